"""Children that cannot outlive their parent, however it dies."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(death: signal.Signals, parent: int | None = None) -> None:
    """Ask the kernel to send ``death`` to this process when its parent ends, even by kill -9.

    Call it in the child. ``parent`` is the number the parent knew itself by before it made the
    child: a parent that is already gone cannot be waited for, so the child ends at once.
    """
    _libc.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), death)
