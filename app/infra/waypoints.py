"""Named steps at which a test may stop this process, to break something else meanwhile or this very process.

Without ``KARAVAN_WAYPOINTS`` in the environment a step costs one comparison and does nothing. With it, it names a
folder: a file called like the step is a request, and whichever process renames it first stops there until it is
continued or killed (docs/adr/0012-waypoints.md).
"""

import os
import signal
from pathlib import Path
from typing import Final

VARIABLE: Final = "KARAVAN_WAYPOINTS"
_FOLDER: Final = os.environ.get(VARIABLE, "")


def pass_by(step: str) -> None:
    """Go on, unless a test asked for this step."""
    if _FOLDER:
        _stop_if_asked(Path(_FOLDER), step)


def _stop_if_asked(folder: Path, step: str) -> None:
    try:
        (folder / step).rename(folder / f"{step}.{os.getpid()}")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGSTOP)
