"""Names of files as people may read and save them: the ERP says them, so they are no more to be trusted than the bytes.

A mark that turns the direction of writing makes ``gpj.exe`` read as a picture; slashes and control characters mean
something to whatever saves the file.
"""

import re
from typing import Final

_DECEIVES: Final = re.compile("[\x00-\x1f\x7f-\x9f/\\\\\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def plain_name(name: str) -> str:
    """Give the name with a low line for whatever is not seen or not meant literally."""
    return _DECEIVES.sub("_", name)
