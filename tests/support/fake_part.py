"""A part that only reports its life: ``fake_part.py JOURNAL NAME READY_FILE [MOOD…]``.

Moods: ``failing`` ends at once, ``stubborn`` ignores TERM, ``parent`` starts a child of its own.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

journal, name, ready = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
moods = sys.argv[4:]


def tell(fact: str) -> None:
    """Add one line; short appends of several processes do not mix."""
    with journal.open("a") as lines:
        lines.write(f"{fact} {name} {os.getpid()}\n")


def stop(_signal: int, _frame: FrameType | None) -> None:
    """End in order."""
    if "stubborn" not in moods:
        tell("stop")
        sys.exit(0)


signal.signal(signal.SIGTERM, stop)
tell("start")
if "failing" in moods:
    sys.exit("a reason to read in the log")
if "parent" in moods:
    child = subprocess.Popen(["sleep", "60"])
    journal.with_name("child.pid").write_text(str(child.pid))
ready.write_text(str(os.getpid()))
while True:
    time.sleep(60)
