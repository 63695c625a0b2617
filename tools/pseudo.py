"""An invented language 40 % longer than English, with accents and brackets.

It shows what does not fit and what was never marked for translation.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

from app.infra.i18n.catalogue import Catalogue
from app.infra.i18n.languages import SOURCE
from app.infra.i18n.wording import catalogues
from tools.i18n_files import extract_rooms

_KEEP: Final = re.compile(r"(%\(\w+\)s|%%|<[^>]*>)")
_ACCENTS: Final = str.maketrans("aceinouyACEINOUYsz", "áčéíñóúýÁČÉÍÑÓÚÝšž")
_FILLER: Final = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore "


def stretch(text: str) -> str:
    """Give the text in the invented language; places and tags stay."""
    body = "".join(part if _KEEP.fullmatch(part) else part.translate(_ACCENTS) for part in _KEEP.split(text))
    more = max(1, len(_KEEP.sub("", text)) * 2 // 5)
    return f"[{body} {(_FILLER * (more // len(_FILLER) + 1))[:more].strip()}]"


@contextmanager
def pseudo_english() -> Iterator[None]:
    """Let English pages speak the invented language; for renderers made while the block runs."""
    texts = {text.key: text for room in extract_rooms().values() for text in room}
    single = {key: stretch(text.msgid) for key, text in texts.items()}
    plural = {key: (stretch(text.msgid), stretch(text.plural)) for key, text in texts.items() if text.plural}
    with patch.dict(catalogues(), {SOURCE: Catalogue(single, plural, lambda count: int(count != 1))}):
        yield
