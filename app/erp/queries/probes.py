"""What the last probe of each interface found, for the people who look after the exchange."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, cast

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction

_LAST: Final = "SELECT surface, at, report::text AS report FROM erp_probes WHERE tenant_id = $1 ORDER BY surface"


class Answer(Struct, frozen=True):
    """One question, or one stream, and its answer."""

    state: str
    said: str
    name: str = ""
    stream: str = ""


class Probe(Struct, frozen=True):
    """A report as it was kept."""

    surface: Literal["h", "o"]
    at: datetime
    checks: Sequence[Answer]
    streams: Sequence[Answer]


class _Report(Struct):
    checks: list[Answer] = []
    streams: list[Answer] = []


async def read_probes(transaction: Transaction) -> Sequence[Probe]:
    """Read the last report of every interface that was ever probed."""
    found: list[Probe] = []
    for row in await transaction.driver.fetch(_LAST, transaction.tenant_id):
        report = msgspec.json.decode(cast("str", row["report"]), type=_Report)
        surface = cast('Literal["h", "o"]', row["surface"])
        found.append(Probe(surface, cast("datetime", row["at"]), report.checks, report.streams))
    return found
