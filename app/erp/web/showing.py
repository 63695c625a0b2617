"""The exchange in the reader's words, ready to be drawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from app.erp.notices import alert_text, stream_name
from app.erp.schemas import (
    AlertView,
    ChannelView,
    ConflictView,
    ExchangeView,
    LaneView,
    LetterView,
    MessageView,
    StreamView,
)
from app.erp.web.chart import Chart, draw_minutes
from app.erp.wording import DEEDS, FAILURES, KINDS, REFUSED, STAGES, STATES, TITLES
from app.infra.i18n.wording import N_, gettext
from app.infra.pages.views import BadgeView

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_SECONDS: Final = N_("%(count)s s")
_MINUTES: Final = N_("%(count)s min")
_HOURS: Final = N_("%(count)s h")
_DAYS: Final = N_("%(count)s d")


class StreamRow(Struct, frozen=True):
    """One stream in words."""

    view: StreamView
    name: str
    badge: BadgeView
    lag: str
    bound: str
    percent: int  # of a load under way


class LaneRow(Struct, frozen=True):
    """Messages of one kind and stage in words."""

    view: LaneView
    kind: str
    badge: BadgeView


class AlertRow(Struct, frozen=True):
    """One alert in words."""

    view: AlertView
    title: str
    text: str


class ChannelCard(Struct, frozen=True):
    """One direction in words."""

    view: ChannelView
    failure: str
    tone: str


class Monitor(Struct, frozen=True):
    """The first page."""

    view: ExchangeView
    cards: Sequence[ChannelCard]
    chart: Chart
    streams: Sequence[StreamRow]
    lanes: Sequence[LaneRow]
    alerts: Sequence[AlertRow]
    past: Sequence[AlertRow]
    waiting: int
    dead: int
    oldest: datetime | None


class LetterRow(Struct, frozen=True):
    """One attempt in words."""

    view: LetterView
    failure: str


class DeedRow(Struct, frozen=True):
    """What somebody did, in words."""

    at: datetime
    who: str
    deed: str
    reason: str
    successor: str


class MessageRow(Struct, frozen=True):
    """One message in words."""

    view: MessageView
    kind: str
    badge: BadgeView
    failure: str
    letters: Sequence[LetterRow]
    deeds: Sequence[DeedRow]


class ConflictRow(Struct, frozen=True):
    """One conflict in words."""

    view: ConflictView
    kind: str
    differing: int


def show_exchange(view: ExchangeView, locale: str, zone: str) -> Monitor:
    """Put the exchange into words."""
    waiting = [one for one in view.lanes if one.stage != "dead"]
    alerts = [
        AlertRow(one, gettext(locale, TITLES[one.kind]), _alert_text(one, locale))
        for one in view.alerts
        if one.kind in TITLES
    ]
    return Monitor(
        view=view,
        cards=[_card(one, locale) for one in view.channels],
        chart=draw_minutes(view.minutes, locale, zone),
        streams=[_stream(one, locale) for one in view.streams],
        lanes=[LaneRow(one, kind_word(one.kind, locale), _stage(one.stage, locale)) for one in view.lanes],
        alerts=[one for one in alerts if one.view.ended_at is None],
        past=[one for one in alerts if one.view.ended_at is not None],
        waiting=sum(one.count for one in waiting),
        dead=sum(one.count for one in view.lanes if one.stage == "dead"),
        oldest=min((one.oldest for one in waiting), default=None),
    )


def show_message(view: MessageView, locale: str) -> MessageRow:
    """Put a message into words."""
    return MessageRow(
        view=view,
        kind=kind_word(view.kind, locale),
        badge=_stage(view.stage, locale),
        failure=failure_word(view.failure, locale),
        letters=[LetterRow(one, failure_word(one.failure, locale)) for one in view.letters],
        deeds=[
            DeedRow(
                *(one.at, one.who, gettext(locale, DEEDS[one.deed]), one.reason),
                "" if one.successor_id is None or one.successor_id == view.id else str(one.successor_id),
            )
            for one in view.deeds
        ],
    )


def show_conflict(view: ConflictView, locale: str) -> ConflictRow:
    """Put a conflict into words."""
    return ConflictRow(view, kind_word(view.kind, locale), sum(one.is_different for one in view.fields))


def kind_word(kind: str, locale: str) -> str:
    """Name a kind of message; one of another release keeps its code."""
    return gettext(locale, KINDS[kind]) if kind in KINDS else kind


def failure_word(failure: str, locale: str) -> str:
    """Name a class of failure, or the code with which the ERP refused."""
    if failure in FAILURES:
        return gettext(locale, FAILURES[failure])
    return gettext(locale, REFUSED, code=failure) if failure else ""


def span(seconds: int, locale: str) -> str:
    """Write a span of time in its largest unit, as people say it."""
    for unit, text in ((_DAY, _DAYS), (_HOUR, _HOURS), (_MINUTE, _MINUTES)):
        if seconds >= 2 * unit or (seconds >= unit and seconds % unit == 0):
            return gettext(locale, text, count=seconds // unit)
    return gettext(locale, _SECONDS, count=seconds)


def _alert_text(one: AlertView, locale: str) -> str:
    return alert_text(locale, {"kind": one.kind, "stream": one.subject, "detail": one.detail})


def _stage(stage: str, locale: str) -> BadgeView:
    words, tone = STAGES.get(stage, STAGES["new"])
    return BadgeView(gettext(locale, words), tone)


def _stream(one: StreamView, locale: str) -> StreamRow:
    words, tone, icon = STATES[one.state]
    return StreamRow(
        view=one,
        name=stream_name(locale, one.stream),
        badge=BadgeView(gettext(locale, words), tone, icon),
        lag="" if one.lag_s is None else span(one.lag_s, locale),
        bound=span(one.bound_s, locale),
        percent=min(100, one.rows * 100 // one.total) if one.state == "loading" and one.total else 0,
    )


def _card(one: ChannelView, locale: str) -> ChannelCard:
    if one.broken_since is not None or one.silent_since is not None:
        tone = "bad"
    else:
        tone = "warn" if one.paused_at is not None else "ok"
    return ChannelCard(one, failure_word(one.failure, locale), tone)
