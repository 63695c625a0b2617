"""How a part without a port says that it has begun its work."""

import os
from pathlib import Path

VARIABLE = "KARAVAN_READY_FILE"


def say_ready() -> None:
    """Tell the starter, if this process was started by one."""
    if path := os.environ.get(VARIABLE):
        Path(path).write_text(str(os.getpid()))
