"""The peer's clock, which tests and demos may move."""

import datetime as dt

from erp_peer.faults.ailments import present


class Clock:
    """Real time plus an offset, plus what is wrong with it for one request."""

    def __init__(self) -> None:
        self._offset = dt.timedelta()

    @property
    def offset_s(self) -> float:
        """How far the clock is ahead of real time."""
        return self._offset.total_seconds()

    def now(self) -> dt.datetime:
        """Present time in UTC, without the fraction of a second."""
        wrong = dt.timedelta(seconds=present().skew_s)
        return (dt.datetime.now(dt.UTC) + self._offset + wrong).replace(microsecond=0)

    def shift(self, offset_s: float) -> None:
        """Set the offset; 0 puts the clock back."""
        self._offset = dt.timedelta(seconds=offset_s)

    def set(self, moment: dt.datetime) -> None:
        """Let the clock go on from a moment."""
        self._offset = moment - dt.datetime.now(dt.UTC)
