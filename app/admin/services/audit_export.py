"""The trail as a file: the same rows as on the page, in the same words, read and sent piece by piece."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec

from app.access.actors import Actor
from app.access.downloads import Download
from app.access.policy import Policy
from app.admin.audit_showing import ChangeView, Show
from app.admin.audit_wording import COLUMNS, TITLE
from app.admin.queries.audit import Place, Record
from app.admin.schemas.audit import Asked, Export, Format
from app.admin.services.audit import Trail
from app.infra import audit
from app.infra.db.transaction import Transaction
from app.infra.i18n.wording import gettext
from app.infra.sheets import Cell, CsvSheet, Sheet, XlsxSheet
from app.kernel.errors import Problem, RejectedError

MOST_ROWS: Final[dict[Format, int]] = {"xlsx": 100_000, "csv": 1_000_000}
_BATCH: Final = 1_000
_WIDTHS: Final = (20, 26, 26, 34, 22, 18, 18, 38, 28, 60, 40, 18, 24, 38, 10, 20)


async def export(trail: Trail, asked: Export) -> Download:
    """Prepare a file and note in the trail that it was taken.

    Raises:
        NotAllowedError: the person may not see the trail.
        RejectedError: it would have more rows than a file of this kind may.
    """
    most = MOST_ROWS[asked.format]
    wanted = await trail.want(asked)
    rows = await trail.count(wanted, most)
    if rows > most:
        raise RejectedError([Problem("export_too_long", "since", {"max": str(most)})])
    given = cast("Mapping[str, object]", msgspec.structs.asdict(asked))
    told = {name: value for name, value in given.items() if value not in {None, ""}}
    await audit.record(
        trail.transaction,
        "audit.exported",
        "audit",
        None,
        actor_id=trail.actor.user_id,
        detail={**told, "rows": rows},
    )
    source = TrailSource(trail.policy, wanted.asked, asked.format, trail.actor.locale, await trail.now())
    return Download("audit:view", source)


class TrailSource:
    """Reads on where it stopped; what is written after it began is not in the file."""

    def __init__(self, policy: Policy, asked: Asked, form: Format, locale: str, now: datetime) -> None:
        """Begin with the newest row before ``now``."""
        self._policy = policy
        self._asked = asked
        self._locale = locale
        self._sheet: Sheet = CsvSheet(locale) if form == "csv" else XlsxSheet(gettext(locale, TITLE), _WIDTHS)
        self._place = Place(now, 0)
        self._has_begun = False
        self._has_ended = False

    async def next(self, transaction: Transaction, actor: Actor) -> bytes | None:
        """Read the next rows as the person may see them now."""
        if self._has_ended:
            return None
        trail = Trail(transaction, actor, self._policy)
        records = await trail.batch(await trail.want(self._asked), self._place, _BATCH)
        if records:
            self._place = Place(records[-1].at, records[-1].id)
        self._has_ended = len(records) < _BATCH
        # A thousand rows in words take a while; nobody else waits for it.
        return await asyncio.to_thread(self._write, records, actor.zone)

    def _write(self, records: Sequence[Record], zone: str) -> bytes:
        show = Show(self._locale, zone)
        head = b"" if self._has_begun else self._sheet.begin([gettext(self._locale, one) for one in COLUMNS.values()])
        self._has_begun = True
        body = self._sheet.rows([_cells(show, record, ZoneInfo(zone)) for record in records])
        return head + body + (self._sheet.end() if self._has_ended else b"")


def _cells(show: Show, record: Record, zone: ZoneInfo) -> list[Cell]:
    row = show.row(record)
    sealed: Cell = "" if record.sealed_at is None else _local(record.sealed_at, zone)
    return [
        _local(record.at, zone),
        row.who,
        row.behalf,
        row.deed,
        record.action,
        row.kind,
        row.object,
        row.object_id,
        row.organisation,
        "\n".join(f"{one.label}: {one.before or '–'} → {one.after or '–'}" for one in row.changes),
        "\n".join(_told(one) for one in row.told),
        row.address,
        row.device,
        row.request_id,
        "" if record.block is None else record.block,
        sealed,
    ]


def _told(one: ChangeView) -> str:
    return f"{one.label}: {one.after}"


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone)
