"""The fuse before Redis: while it does not answer nobody waits for it, and one at a time looks whether it is back."""

from typing import Final

OPEN_S: Final = 0.5


class Fuse:
    """Blows at the first failure; half a second later exactly one call may try."""

    def __init__(self, open_s: float = OPEN_S) -> None:
        """Begin whole."""
        self._open_s = open_s
        self._shut_until = 0.0
        self._is_blown = False
        self._is_trying = False

    @property
    def is_blown(self) -> bool:
        """Whether the last call failed."""
        return self._is_blown

    def may_call(self, now: float) -> bool:
        """Say whether to call at all; whoever hears yes tells how it went."""
        if not self._is_blown:
            return True
        if now < self._shut_until or self._is_trying:
            return False
        self._is_trying = True
        return True

    def succeeded(self) -> None:
        """Redis answered."""
        self._is_blown = self._is_trying = False

    def failed(self, now: float) -> None:
        """Redis did not answer in time, or was not there."""
        self._is_blown, self._is_trying = True, False
        self._shut_until = now + self._open_s

    def gave_up(self) -> None:
        """The caller was cancelled: that says nothing about Redis."""
        self._is_trying = False
