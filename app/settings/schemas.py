"""What goes in and out of settings, for pages and scripts."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=80)]
OtherName = Annotated[str, Meta(max_length=80, description="Empty: the same as in Russian")]
Tagline = Annotated[str, Meta(max_length=160)]
Colour = Annotated[str, Meta(pattern="^#[0-9A-Fa-f]{6}$", max_length=7, description="# and six hexadecimal digits")]
AnyColour = Annotated[str, Meta(pattern="^(#[0-9A-Fa-f]{6})?$", max_length=7)]
Currency = Literal["KZT", "KGS", "TJS", "CNY", "UZS", "MNT", "TMT", "RUB", "USD"]
Zone = Annotated[str, Meta(max_length=40, description="IANA name, e.g. Asia/Almaty")]
Country = Literal["KZ", "KG", "TJ", "CN", "UZ", "MN", "TM"]
Version = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Weekday = Annotated[int, Meta(ge=1, le=7, description="Monday is 1")]
_DAYS: Meta = Meta(max_length=200)


class BrandInput(Struct, forbid_unknown_fields=True, frozen=True):
    """How the manufacturer is called and which colour is its own; without a colour the portal's stands."""

    name_ru: Name
    name_kk: OtherName = ""
    name_en: OtherName = ""
    tagline_ru: Tagline = ""
    tagline_kk: Tagline = ""
    tagline_en: Tagline = ""
    accent: AnyColour = ""


class BrandForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same on a page; ``check`` only shows what the colour would become."""

    version: Version
    name_ru: Name
    has_accent: bool
    accent: Colour
    name_kk: OtherName = ""
    name_en: OtherName = ""
    tagline_ru: Tagline = ""
    tagline_kk: Tagline = ""
    tagline_en: Tagline = ""
    do: Literal["save", "check"] = "save"


class VersionForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Which version is changed."""

    version: Version


class LogoInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A PNG as base64; empty takes the logo away."""

    png: Annotated[str, Meta(max_length=700_000)]


class FitView(Struct, frozen=True):
    """A colour on the hardest ground of a theme: as chosen, as used, and the contrast of both (WCAG asks 4.5)."""

    theme: Literal["light", "dark"]
    ground: str
    chosen: str
    chosen_ratio: str
    used: str
    used_ratio: str
    is_changed: bool
    on_used: str


class BrandView(Struct, frozen=True):
    """The brand as it stands."""

    name_ru: str
    name_kk: str
    name_en: str
    tagline_ru: str
    tagline_kk: str
    tagline_en: str
    accent: str
    logo_href: str
    styles_href: str
    fits: Sequence[FitView]
    version: int


class MoneyInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Which currencies the manufacturer trades in, and which one it counts its own figures in."""

    currencies: Annotated[list[Currency], Meta(min_length=1, max_length=9)]
    currency: Currency


class MoneyForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same on a page."""

    version: Version
    currencies: Annotated[list[Currency], Meta(max_length=9)]
    currency: Currency


class CurrencyView(Struct, frozen=True):
    """One currency: whether it is traded, how it is rounded and shown."""

    code: str
    is_traded: bool
    minor_digits: int
    shown_digits: int
    is_used: bool  # some contract in force is in it


class MoneyView(Struct, frozen=True):
    """Currencies as they stand."""

    currency: str
    currencies: Sequence[CurrencyView]
    version: int


class TimeInput(Struct, forbid_unknown_fields=True, frozen=True):
    """In which zone the manufacturer's business day begins and ends."""

    zone: Zone


class TimeForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same on a page."""

    version: Version
    zone: Zone


class TimeView(Struct, frozen=True):
    """The zone as it stands."""

    zone: str
    version: int


class DayInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A holiday, or a day off made a working one; without a year it comes every year."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]
    name_ru: Name
    name_kk: OtherName = ""
    name_en: OtherName = ""
    year: Annotated[int, Meta(ge=2000, le=2199)] | None = None
    is_working: bool = False


class CalendarInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A country's calendar, whole: days that are not named end."""

    zone: Zone
    weekdays: Annotated[list[Weekday], Meta(min_length=1, max_length=7)]
    opens: time
    closes: time
    days: Annotated[list[DayInput], _DAYS]
    pause_from: time | None = None
    pause_to: time | None = None


class DayForm(Struct, forbid_unknown_fields=True, frozen=True):
    """One line of the list of days; an empty one is no day."""

    date: Annotated[str, Meta(max_length=10)] = ""
    kind: Literal["off", "on"] = "off"
    name_ru: OtherName = ""
    name_kk: OtherName = ""
    name_en: OtherName = ""


class CalendarForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A calendar on a page."""

    version: Version
    zone: Zone
    weekdays: Annotated[list[Weekday], Meta(max_length=7)]
    opens: time
    closes: time
    days: Annotated[list[DayForm], _DAYS]
    pause_from: time | None = None
    pause_to: time | None = None


class DayView(Struct, frozen=True):
    """A special day as it stands."""

    month: int
    day: int
    year: int | None
    is_working: bool
    name_ru: str
    name_kk: str
    name_en: str


class CalendarView(Struct, frozen=True):
    """A calendar as it stands; version 0 is the one we ship."""

    country: str
    zone: str
    weekdays: Sequence[int]
    opens: time
    closes: time
    pause_from: time | None
    pause_to: time | None
    days: Sequence[DayView]
    version: int


class InfobaseInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the tenant's 1C:ERP is and how to enter it. Whoever changes where or as whom says the password anew."""

    base: Annotated[str, Meta(max_length=200, min_length=1, description="https://erp.plant.example/path")]
    infobase: Annotated[str, Meta(max_length=64, pattern="^[A-Za-z0-9_-]+$")]
    username: Annotated[str, Meta(max_length=80, min_length=1, pattern="^[^:]*$")]
    secret: Annotated[str, Meta(max_length=256, extra={"verbatim": True}, description="Empty: as it was")] = ""


class InfobaseForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same on a page."""

    version: Version
    base: Annotated[str, Meta(max_length=200, min_length=1)]
    infobase: Annotated[str, Meta(max_length=64, pattern="^[A-Za-z0-9_-]+$")]
    username: Annotated[str, Meta(max_length=80, min_length=1, pattern="^[^:]*$")]
    secret: Annotated[str, Meta(max_length=256, extra={"verbatim": True})] = ""


Surface = Literal["auto", "h", "o"]


class SurfaceInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Over which interface of 1C the portal talks: h (the portal's extension), o (OData), auto (h where it answers)."""

    surface: Surface


class SurfaceForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same on a page."""

    version: Version
    surface: Surface


VerdictName = Literal[
    "", "pending", "ok", "away", "refused", "not_found", "wrong_tenant", "not_ours", "not_listed", "lost"
]


class InfobaseView(Struct, frozen=True):
    """Where the tenant's 1C:ERP is; the password is never told. ``is_own``: not the one the operator set for all."""

    is_own: bool
    base: str
    infobase: str
    username: str
    verdict: VerdictName  # of the last look; "pending": the worker was asked and has not answered yet
    said: str
    checked_at: datetime | None
    surface: Surface  # what is wanted
    surface_used: Literal["", "h", "o"]  # what the worker uses now; empty: it has not chosen yet
    version: int
