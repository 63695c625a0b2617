"""What a direction carried and how it stands, gathered in memory until the worker writes it down a moment later.

Losing a second of it with a worker loses a figure of a chart and nothing else.
"""

from datetime import datetime

from app.erp.masking import masked_text
from app.erp.queries.channels import ChannelNote
from app.erp.queries.throughput import Amount
from app.kernel.clock import utc_now

_LONGEST: int = 500


class Meter:
    """Counts for one direction of one tenant."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._amounts: dict[tuple[datetime, str], Amount] = {}
        self._note = ChannelNote()

    def came(self, stream: str, rows: int, seconds: float) -> None:
        """Note rows of a batch that were applied."""
        amount = self._amount(stream)
        amount.rows += rows
        amount.batches += 1
        amount.seconds += seconds

    def went(self, kind: str, *, is_sent: bool) -> None:
        """Note an intent that arrived, or an attempt that did not."""
        amount = self._amount(kind)
        amount.sent += is_sent
        amount.failed += not is_sent

    def answered(self) -> None:
        """Note that the ERP answered."""
        self._note.answered_at = utc_now()

    def failed(self, failure: str, text: str) -> None:
        """Note that a call failed."""
        self._note.failed_at, self._note.failure = utc_now(), failure
        self._note.failure_text = masked_text(text, _LONGEST)

    def take(self) -> tuple[dict[tuple[datetime, str], Amount], ChannelNote]:
        """Give what was gathered, and begin anew."""
        taken = self._amounts, self._note
        self._amounts, self._note = {}, ChannelNote()
        return taken

    def put_back(self, amounts: dict[tuple[datetime, str], Amount]) -> None:
        """Take back what could not be written."""
        for (minute, stream), amount in amounts.items():
            known = self._amounts.setdefault((minute, stream), Amount())
            known.rows += amount.rows
            known.batches += amount.batches
            known.seconds += amount.seconds
            known.sent += amount.sent
            known.failed += amount.failed

    def _amount(self, stream: str) -> Amount:
        minute = utc_now().replace(second=0, microsecond=0)
        return self._amounts.setdefault((minute, stream), Amount())
