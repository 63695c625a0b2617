"""The exchange at a glance, as pages and API show it, and what is done from there."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.erp.entities import BY_STREAM
from app.erp.mappings import STREAMS
from app.erp.queries import alerts, channels, conflicts, overview, throughput
from app.erp.queries.channels import ChannelRow, Direction
from app.erp.queries.overview import Freshness, StreamState
from app.erp.queries.throughput import StreamAmount
from app.erp.schemas import AlertView, ChannelView, ExchangeView, LaneView, MinuteView, StreamView
from app.erp.services.post import Post, read_reason
from app.kernel.errors import ChangedMeanwhileError, NotFoundError

MINUTES: Final = 60
_DIRECTIONS: Final[tuple[Direction, ...]] = ("in", "out")
_MOST_ALERTS: Final = 30
_SILENT: Final = timedelta(seconds=60)
_GRACE: Final = timedelta(seconds=8)  # a feed with nothing to say answers every few seconds: that is no delay


async def read_exchange(post: Post) -> ExchangeView:
    """Read everything the first page shows; the number of statements does not depend on the amount of data.

    Raises:
        NotAllowedError: the person may not see the exchange.
    """
    await post.require("view")
    transaction = post.transaction
    fresh = await overview.read_freshness(transaction)
    rows = {row.stream: row for row in await overview.read_stream_states(transaction, post.node)}
    amounts = await throughput.read_streams_amounts(transaction, MINUTES)
    known = {row.direction: row for row in await channels.read_channels(transaction, post.node)}
    minutes = await throughput.read_minutes(transaction, MINUTES)
    streams = [_stream(one.name, one.set_name, rows.get(one.name), amounts, fresh) for one in STREAMS]
    return ExchangeView(
        now=fresh.now,
        feed_at=fresh.feed_at,
        away_since=fresh.away_since,
        channels=[_channel(post.node, one, known.get(one), fresh) for one in _DIRECTIONS],
        streams=sorted(streams, key=lambda one: (one.entity or 99, one.stream)),
        minutes=[MinuteView(one.minute, one.row_count, one.sent, one.failed) for one in minutes],
        lanes=[
            LaneView(one.kind, one.stage, one.count, one.oldest, one.attempts)
            for one in await overview.read_waiting(transaction)
        ],
        delivered=await overview.count_delivered(transaction),
        conflicts=await conflicts.count_open(transaction),
        alerts=await read_alerts(post),
    )


async def read_alerts(post: Post) -> list[AlertView]:
    """Read what is wrong now, and what was within a week."""
    await post.require("view")
    return [
        AlertView(
            *(one.id, one.kind, one.subject, one.since, one.ended_at, one.detail),
            *(one.acknowledged_at, one.acknowledged_by, one.version),
        )
        for one in await alerts.read_alerts(post.transaction, _MOST_ALERTS)
    ]


async def see_alert(post: Post, alert_id: UUID, version: int) -> None:
    """Note that this person looks after an alert.

    Raises:
        ChangedMeanwhileError: somebody else does.
        NotFoundError: there is no such alert.
    """
    await post.require("manage")
    seen = await alerts.acknowledge(post.transaction, alert_id, post.actor.user_id, version)
    if not seen:
        if not await alerts.find_alerts(post.transaction, [alert_id]):
            raise NotFoundError
        raise ChangedMeanwhileError(version + 1)
    await post.note("exchange.alert_seen", alert_id, seen["kind"], ({"seen": False}, {"seen": True}))


async def set_pause(post: Post, direction: Direction, *, is_paused: bool, reason: str, version: int) -> None:
    """Keep a direction still, or let it through again; its loop obeys with its next step.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        RejectedError: no reason was given.
    """
    await post.require("manage")
    why = read_reason(reason)
    await channels.make_channel(post.transaction, post.node, direction)
    place = (post.node, direction)
    if not await channels.set_pause(
        post.transaction, place, post.actor.user_id, is_paused=is_paused, reason=why, version=version
    ):
        raise ChangedMeanwhileError(version + 1)
    await post.note(
        "exchange.paused" if is_paused else "exchange.resumed",
        *(None, direction, ({"paused": not is_paused}, {"paused": is_paused}), why),
    )


async def reload(post: Post, stream: str, reason: str) -> None:
    """Let one stream be loaded anew, every value compared; what is there stays in use meanwhile.

    Raises:
        NotFoundError: there is no such stream.
        RejectedError: no reason was given.
    """
    await post.require("manage")
    why = read_reason(reason)
    before = await overview.ask_reload(post.transaction, post.node, stream)
    if before is None:
        raise NotFoundError
    await post.note("exchange.reload_asked", None, stream, ({"state": before}, {"state": "new"}), why)


def as_of_stream(stream: str, fresh: Freshness) -> datetime | None:
    """Of which moment the data of a stream is: the feed's, or when the stream stopped."""
    return fresh.behind.get(stream, fresh.feed_at)


def _channel(node: str, direction: Direction, row: ChannelRow | None, fresh: Freshness) -> ChannelView:
    if row is None:
        return ChannelView(direction=direction, node=node, version=1)
    is_silent = row.seen_at is not None and fresh.now - row.seen_at > _SILENT
    return ChannelView(
        direction=direction,
        node=node,
        version=row.version,
        surface=row.surface,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        pause_reason=row.pause_reason,
        broken_since=row.broken_since,
        failed_at=row.failed_at,
        failure=row.failure,
        failure_text=row.failure_text,
        answered_at=row.answered_at,
        silent_since=row.seen_at if is_silent else None,
        skew_s=row.skew_s,
    )


def _stream(
    name: str, set_name: str, row: StreamState | None, amounts: Mapping[str, StreamAmount], fresh: Freshness
) -> StreamView:
    entity = BY_STREAM.get(name)
    as_of = as_of_stream(name, fresh)
    amount = amounts.get(name)
    lag = None if as_of is None else max(timedelta(), fresh.now - as_of)
    bound = 0 if entity is None else entity.fresh_o_s if fresh.surface == "o" else entity.fresh_h_s
    return StreamView(
        stream=name,
        set_name=set_name,
        entity=None if entity is None else entity.number,
        name="" if entity is None else entity.name,
        state=_state(row, lag, bound, fresh),
        rows=0 if row is None else row.row_count,
        total=None if row is None else row.total_count,
        lag_s=None if lag is None else int(lag.total_seconds()),
        bound_s=bound,
        as_of=as_of,
        loaded_at=None if row is None else row.loaded_at,
        came=0 if amount is None else amount.row_count,
        reason="" if row is None else row.reason,
        cache="" if entity is None else str(entity.cache),
    )


def _state(row: StreamState | None, lag: timedelta | None, bound: int, fresh: Freshness) -> str:
    if row is None:
        return "new"
    if row.state != "live":
        return row.state
    if fresh.paused_at is not None:
        return "paused"
    return "late" if lag is None or lag > timedelta(seconds=bound) + _GRACE else "live"
