"""The throughput of an hour as bars in whole units of a picture: drawn by the server, so nothing needs scripts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.erp.schemas import MinuteView
from app.infra.i18n.dates import clock_time
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, gettext

WIDTH: Final = 720
HEIGHT: Final = 120
_STEP: Final = 12
_BAR: Final = 9
_EVERY: Final = 15  # minutes between two marks of the axis
_TIP: Final = N_("%(time)s: rows received %(rows)s, messages delivered %(sent)s, failed %(failed)s")


class Bar(Struct, frozen=True):
    """One minute: rows upwards, messages as a dot over them."""

    x: int
    y: int
    height: int
    dot: int  # middle of the dot; 0 where nothing was sent
    is_failed: bool
    title: str


class Mark(Struct, frozen=True):
    """A time under the picture."""

    x: int
    text: str


class Chart(Struct, frozen=True):
    """The picture and the same in words."""

    bars: Sequence[Bar]
    marks: Sequence[Mark]
    most: str
    rows: int
    sent: int
    failed: int
    width: int = WIDTH
    height: int = HEIGHT


def draw_minutes(minutes: Sequence[MinuteView], locale: str, zone: str) -> Chart:
    """Scale to the busiest minute; a minute with a single row is still seen."""
    most = max((one.rows for one in minutes), default=0)
    place = ZoneInfo(zone)
    return Chart(
        bars=[_bar(index, one, most, (locale, place)) for index, one in enumerate(minutes)],
        marks=[
            Mark(index * _STEP, clock_time(one.minute, place))
            for index, one in enumerate(minutes)
            if _minute(one.minute) % _EVERY == 0
        ],
        most=numbers(locale).number(most),
        rows=sum(one.rows for one in minutes),
        sent=sum(one.sent for one in minutes),
        failed=sum(one.failed for one in minutes),
    )


def _bar(index: int, one: MinuteView, most: int, where: tuple[str, ZoneInfo]) -> Bar:
    locale, place = where
    height = max(2, round(one.rows * (HEIGHT - 12) / most)) if one.rows else 0
    figures = numbers(locale)
    counts = {"rows": one.rows, "sent": one.sent, "failed": one.failed}
    told = {name: figures.number(value) for name, value in counts.items()}
    return Bar(
        x=index * _STEP + (_STEP - _BAR) // 2,
        y=HEIGHT - height,
        height=height,
        dot=HEIGHT - height - 6 if one.sent or one.failed else 0,
        is_failed=one.failed > 0,
        title=gettext(locale, _TIP, time=clock_time(one.minute, place), **told),
    )


def _minute(moment: datetime) -> int:
    return moment.minute
