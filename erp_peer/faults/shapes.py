"""The rules as they are sent: one shape per fault, every one with the requests it strikes."""

import datetime as dt
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

Share = Annotated[float, Meta(ge=0, le=1)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Several = Annotated[int, Meta(ge=1, le=1_000_000)]
Milliseconds = Annotated[float, Meta(ge=0, le=600_000)]
BodyKind = Literal["json", "atom", "html", "empty"]


class Match(Struct, forbid_unknown_fields=True):
    """Which requests: all conditions must hold; an absent one always does."""

    method: str | None = None
    path: str | None = field(name="path~", default=None)  # regular expression, searched in the decoded path
    nth: int | None = None  # only this one of the matching requests, counted from 1
    p: Share | None = None

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is one of those counted."""
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or re.search(self.path, path) is not None


class Base(Struct, kw_only=True, tag_field="fault", forbid_unknown_fields=True):
    """What every rule has."""

    match: Match = field(default_factory=Match)
    times: int | None = None
    for_s: float | None = None


class Latency(Base, tag="latency"):
    """Holds a request back: `even` adds up to the jitter, `long_tail` seldom much more than it."""

    ms: Milliseconds = 0
    jitter_ms: Milliseconds = 0
    dist: Literal["even", "long_tail"] = "even"


class ColdStart(Base, tag="cold_start"):
    """Every session is cold from now on; the first request of a cold one waits."""

    ms: Milliseconds = 1200


class Http(Base, tag="http"):
    """An answer instead of the work."""

    status: Annotated[int, Meta(ge=200, le=599)] = 500
    body: BodyKind = "json"


class HtmlLoginPage(Base, tag="html_login_page"):
    """The page of the web server's own login, with status 200."""


class DropBeforeHandle(Base, tag="drop_before_handle"):
    """The connection breaks, and nothing was done."""


class DropAfterCommit(Base, tag="drop_after_commit"):
    """Everything was done, and the connection breaks."""


class TruncateBody(Base, tag="truncate_body"):
    """Only so many bytes of the answer arrive; `whole` claims that this was all."""

    bytes: Annotated[int, Meta(ge=0)] = 0
    end: Literal["close", "reset", "whole"] = "close"


class GarbleBody(Base, tag="garble_body"):
    """One byte of the answer is another than the one sent."""

    at: Annotated[int, Meta(ge=0)] = 0


class SlowDrip(Base, tag="slow_drip"):
    """The answer comes at so many bytes a second."""

    bps: Annotated[int, Meta(ge=1)] = 1024


class DuplicateDelivery(Base, tag="duplicate_delivery"):
    """The same request is handled twice, a hint is posted twice, an acknowledged batch is given again."""


class ReorderEvents(Base, tag="reorder_events"):
    """A hint is posted after the one that follows it."""


class LockConflict(Base, tag="lock_conflict"):
    """Waits for a lock and fails; `entity` narrows it to calls about one set."""

    entity: str = ""
    ms: Milliseconds = 20_000


class Deadlock(Base, tag="deadlock"):
    """Chosen as the victim of a deadlock: nothing was written."""


class Maintenance(Base, tag="maintenance"):
    """Regulated works; with both times every day between them, else at once."""

    mode: Literal["503", "html", "refuse"] = "503"
    begins: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = field(name="from", default="00:00")
    ends: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = field(name="to", default="00:00")

    @property
    def is_daily(self) -> bool:
        """Whether it has hours."""
        return self.begins != self.ends

    def window(self, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """The hours of now, else the next ones; they may go over midnight."""
        begins, ends = (
            now.replace(hour=int(text[:2]), minute=int(text[3:]), second=0) for text in (self.begins, self.ends)
        )
        if ends <= begins:
            ends += dt.timedelta(days=1)
        day = dt.timedelta(days=1)
        if now < ends - day:
            return begins - day, ends - day
        return (begins, ends) if now < ends else (begins + day, ends + day)


class SessionLimit(Base, tag="sessions"):
    """So many sessions and no more; who gets none within the time is told that there is no licence."""

    limit: Annotated[int, Meta(ge=0)] = 8
    wait_ms: Milliseconds = 20_000


class ClockSkew(Base, tag="clock_skew"):
    """The clock is wrong: the Date header, `now`, the dates of documents."""

    s: float = 0


class RlsHide(Base, tag="rls_hide"):
    """Row-level security hides a share of a set from the standard interface."""

    set: str
    pct: Percent = 10


class SchemaDrift(Base, tag="schema_drift"):
    """Another configuration: an attribute is new, gone, or of another type."""

    set: str
    field: str
    change: Literal["add", "remove", "retype"] = "remove"


class Mishap(Base):
    """What befalls the data just before a request is handled; once unless told otherwise."""

    times: int | None = 1


class NegativeStock(Mishap, tag="negative_stock"):
    """Balances of so many rows of stock go below zero."""

    rows: Several = 1


class SkuRename(Mishap, tag="sku_rename"):
    """So many items get another SKU and name under their references."""

    rows: Several = 1


class DuplicateGuid(Mishap, tag="duplicate_guid"):
    """A partner appears a second time; the next strike marks the second one for deletion."""


class PriceBackdate(Mishap, tag="price_backdate"):
    """So many prices change as of a day in the past."""

    rows: Several = 1
    days: Several = 30


class DataversReset(Mishap, tag="datavers_reset"):
    """A backup is restored: versions and message numbers go back."""

    back: Several = 100


class PacketBomb(Mishap, tag="packet_bomb"):
    """So many objects are registered as changed at once."""

    n: Several = 10_000


AnyRule = (
    Latency
    | ColdStart
    | Http
    | HtmlLoginPage
    | DropBeforeHandle
    | DropAfterCommit
    | TruncateBody
    | GarbleBody
    | SlowDrip
    | DuplicateDelivery
    | ReorderEvents
    | LockConflict
    | Deadlock
    | Maintenance
    | SessionLimit
    | ClockSkew
    | RlsHide
    | SchemaDrift
    | NegativeStock
    | SkuRename
    | DuplicateGuid
    | PriceBackdate
    | DataversReset
    | PacketBomb
)


class Rules(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST faults."""

    rules: list[AnyRule]
