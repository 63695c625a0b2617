"""Comparisons with the ERP: what was found, who asked, how often they are made, and the same as a file."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.access.actors import Actor
from app.access.downloads import Download
from app.access.policy import Policy
from app.erp.notices import stream_name
from app.erp.queries import reconciling
from app.erp.queries.reconciling import Depth, Found, Regulation, Run
from app.erp.schemas import ComparisonView, DifferenceView, FileFormat, RegulationInput, RegulationView
from app.erp.services.post import Post
from app.erp.wording import COLUMNS, DIFFERENCES, HOWS, SHEET
from app.infra.db.transaction import Transaction
from app.infra.i18n.wording import gettext
from app.infra.sheets import Cell, CsvSheet, Sheet, XlsxSheet
from app.kernel.errors import BusyError, ChangedMeanwhileError, NotFoundError

_MOST_RUNS: Final = 30
MOST_SHOWN: Final = 200
_BATCH: Final = 1_000
_WIDTHS: Final = (26, 40, 18, 50, 50, 20, 20, 20, 24, 38)


async def read_comparisons(post: Post) -> Sequence[ComparisonView]:
    """Read comparisons, the newest first."""
    await post.require("manage")
    return [_run(one) for one in await reconciling.read_runs(post.transaction, _MOST_RUNS)]


async def read_differences(post: Post, run_id: UUID) -> Sequence[DifferenceView]:
    """Read what a comparison found, those that stand first.

    Raises:
        NotFoundError: there is no such comparison.
    """
    if run_id not in {one.id for one in await read_comparisons(post)}:
        raise NotFoundError
    return [_difference(one) for one in await reconciling.read_differences(post.transaction, run_id, MOST_SHOWN)]


async def ask(post: Post, depth: Depth) -> UUID:
    """Ask for a comparison now.

    Raises:
        BusyError: one is under way.
    """
    await post.require("manage")
    if await reconciling.count_open(post.transaction):
        raise BusyError
    run_id = await reconciling.ask(post.transaction, depth, post.actor.user_id)
    await post.note("exchange.compared", run_id, "", ({}, {"depth": depth}))
    return run_id


async def read_regulation(post: Post) -> RegulationView:
    """Read how often is compared, and how much is healed without asking."""
    await post.require("manage")
    return _regulation(await reconciling.read_regulation(post.transaction))


async def regulate(post: Post, wish: RegulationInput, version: int) -> RegulationView:
    """Change it.

    Raises:
        ChangedMeanwhileError: somebody was faster.
    """
    await post.require("manage")
    old = await reconciling.read_regulation(post.transaction)
    if old.version != version or not await reconciling.regulate(
        post.transaction, wish.every_m, wish.heal_most, version
    ):
        raise ChangedMeanwhileError(old.version)
    await post.note(
        "exchange.regulated",
        *(None, "", ({"every_m": old.every_m, "heal_most": old.heal_most},
                     {"every_m": wish.every_m, "heal_most": wish.heal_most})),
    )  # fmt: skip
    return await read_regulation(post)


async def export(post: Post, run_id: UUID, form: FileFormat) -> Download:
    """Give what a comparison found as a file.

    Raises:
        NotFoundError: there is no such comparison.
    """
    await read_differences(post, run_id)
    await post.note("exchange.differences_exported", run_id, "", ({}, {"format": form}))
    return Download("erp:manage", _Pieces(run_id, form, post.policy))


class _Pieces:
    """The file, piece by piece."""

    def __init__(self, run_id: UUID, form: FileFormat, policy: Policy) -> None:
        self._run_id = run_id
        self._form: FileFormat = form
        self._policy = policy
        self._sheet: Sheet | None = None
        self._skipped = 0
        self._is_over = False

    async def next(self, transaction: Transaction, actor: Actor) -> bytes | None:
        """Give the next piece, read as this person."""
        if self._is_over:
            return None
        head = b""
        if self._sheet is None:
            title = gettext(actor.locale, SHEET)
            self._sheet = CsvSheet(actor.locale) if self._form == "csv" else XlsxSheet(title, _WIDTHS)
            head = self._sheet.begin([gettext(actor.locale, one) for one in COLUMNS])
        # The mark of the statement rests on this decision, in this transaction.
        await Post(transaction, actor, self._policy).require("manage")
        rows = await reconciling.read_differences(transaction, self._run_id, _BATCH, self._skipped)
        self._skipped += len(rows)
        body = await asyncio.to_thread(self._sheet.rows, [_cells(one, actor) for one in rows])
        self._is_over = len(rows) < _BATCH
        return head + body + (self._sheet.end() if self._is_over else b"")


def _cells(one: Found, actor: Actor) -> list[Cell]:
    zone, locale = ZoneInfo(actor.zone), actor.locale
    return [
        stream_name(locale, one.stream),
        one.name,
        gettext(locale, DIFFERENCES[one.kind][0]),
        one.ours,
        one.theirs,
        one.since.astimezone(zone),
        one.found_at.astimezone(zone),
        "" if one.healed_at is None else one.healed_at.astimezone(zone),
        gettext(locale, HOWS[one.how]),
        str(one.ref),
    ]


def _run(one: Run) -> ComparisonView:
    return ComparisonView(
        id=one.id,
        depth=one.depth,
        asked_at=one.asked_at,
        asked_by=one.asked_by,
        began_at=one.began_at,
        ended_at=one.ended_at,
        state=one.state,
        objects=one.objects,
        found=one.found,
        healed=one.healed,
        reason=one.reason,
    )


def _difference(one: Found) -> DifferenceView:
    return DifferenceView(
        *(
            one.stream,
            one.ref,
            one.name,
            one.kind,
            one.ours,
            one.theirs,
            one.since,
            one.found_at,
            one.healed_at,
            one.how,
        )
    )


def _regulation(one: Regulation) -> RegulationView:
    return RegulationView(one.every_m, one.heal_most, one.version)
