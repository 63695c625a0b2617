"""The exchange as pages and API show it, and what is sent to steer it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Reason = Annotated[str, Meta(max_length=300, description="why; it stays in the audit trail")]


class ChannelView(Struct, frozen=True, kw_only=True):
    """One direction of the exchange."""

    direction: Literal["in", "out"]
    node: str
    version: int
    surface: str = "h"
    paused_at: datetime | None = None
    paused_by: str = ""
    pause_reason: str = ""
    broken_since: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    failure_text: str = ""
    answered_at: datetime | None = None
    silent_since: datetime | None = None  # the worker itself has not been heard of
    skew_s: float | None = None


class StreamView(Struct, frozen=True, kw_only=True):
    """One stream; ``lag_s`` against ``bound_s``, the freshness promised for its entity."""

    stream: str
    set_name: str
    entity: int | None
    name: str
    state: str
    rows: int
    total: int | None
    lag_s: int | None
    bound_s: int
    as_of: datetime | None
    loaded_at: datetime | None
    came: int  # rows in the last hour
    reason: str
    cache: str


class MinuteView(Struct, frozen=True):
    """What passed within one minute."""

    minute: datetime
    rows: int
    sent: int
    failed: int


class LaneView(Struct, frozen=True):
    """Messages of one kind in one stage."""

    kind: str
    stage: str
    count: int
    oldest: datetime
    attempts: int


class AlertView(Struct, frozen=True):
    """One thing wrong with the exchange."""

    id: UUID
    kind: str
    subject: str
    since: datetime
    ended_at: datetime | None
    detail: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    version: int


class ExchangeView(Struct, frozen=True, kw_only=True):
    """The exchange at a glance."""

    now: datetime
    feed_at: datetime | None
    away_since: datetime | None
    channels: Sequence[ChannelView]
    streams: Sequence[StreamView]
    minutes: Sequence[MinuteView]
    lanes: Sequence[LaneView]
    delivered: int
    conflicts: int
    alerts: Sequence[AlertView]


class PauseInput(Struct, frozen=True):
    """Keep a direction still, or let it through."""

    paused: bool
    reason: Reason = ""


class ReasonInput(Struct, frozen=True):
    """Why something is done."""

    reason: Reason = ""


class PauseForm(Struct, frozen=True):
    """The same from a page."""

    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1
    paused: bool = False
    reason: Reason = ""


class ReloadForm(Struct, frozen=True):
    """Which stream to load anew, and why."""

    stream: Annotated[str, Meta(max_length=60)]
    reason: Reason = ""


class VersionForm(Struct, frozen=True):
    """Which version is meant."""

    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1


class LetterView(Struct, frozen=True):
    """One attempt to deliver a message, masked."""

    at: datetime
    attempt: int
    failure: str
    request: str
    response: str


class DeedView(Struct, frozen=True):
    """What somebody did about a message."""

    at: datetime
    who: str
    deed: Literal["retry", "renew", "skip"]
    reason: str
    successor_id: UUID | None


class MessageView(Struct, frozen=True, kw_only=True):
    """One message to the ERP that was given up, or that somebody decided about."""

    id: UUID
    order_id: UUID | None
    number: str
    kind: str
    stage: str
    attempts: int
    failure: str
    text: str
    created_at: datetime
    ended_at: datetime | None
    letters: Sequence[LetterView] = ()
    deeds: Sequence[DeedView] = ()


class FieldView(Struct, frozen=True):
    """One field in three versions; empty where a version has none."""

    path: str
    base: str
    ours: str
    theirs: str
    is_different: bool


class ConflictView(Struct, frozen=True, kw_only=True):
    """One conflict: what both last had, what the portal wants, what stands in the ERP."""

    id: UUID
    kind: str
    name: str
    ref: UUID
    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    choice: Literal["ours", "theirs"] | None
    reason: str
    version: int
    fields: Sequence[FieldView]


class ChoiceInput(Struct, frozen=True):
    """Which version stands, and why."""

    choice: Literal["ours", "theirs"]
    reason: Reason = ""


class ChoiceForm(Struct, frozen=True):
    """The same from a page."""

    choice: Literal["ours", "theirs"]
    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1
    reason: Reason = ""


FileFormat = Literal["csv", "xlsx"]


class ComparisonView(Struct, frozen=True, kw_only=True):
    """One comparison of the portal's data with the ERP's."""

    id: UUID
    depth: Literal["labels", "values"]
    asked_at: datetime
    asked_by: str  # empty: the schedule
    began_at: datetime | None
    ended_at: datetime | None
    state: str
    objects: int
    found: int
    healed: int
    reason: str


class DifferenceView(Struct, frozen=True):
    """One object in which both sides differ, or did: what, where, since when, healed how."""

    stream: str
    ref: UUID
    name: str
    kind: Literal["missing", "extra", "label", "value", "total"]
    ours: str
    theirs: str
    since: datetime
    found_at: datetime
    healed_at: datetime | None
    how: str


class RegulationView(Struct, frozen=True):
    """How often is compared, and how many objects of a stream are healed without asking."""

    every_m: int
    heal_most: int
    version: int


class RegulationInput(Struct, frozen=True):
    """The same as somebody wants it."""

    every_m: Annotated[int, Meta(ge=10, le=1440)]
    heal_most: Annotated[int, Meta(ge=0, le=1000)]


class RegulationForm(Struct, frozen=True):
    """The same from a page."""

    every_m: Annotated[int, Meta(ge=10, le=1440)]
    heal_most: Annotated[int, Meta(ge=0, le=1000)]
    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1


class CompareInput(Struct, frozen=True):
    """How deep to compare: labels and figures, or every value."""

    depth: Literal["labels", "values"] = "labels"


class FileInput(Struct, frozen=True):
    """Which kind of file."""

    format: FileFormat


class FieldChange(Struct, frozen=True):
    """One thing a draft says otherwise than the mapping in use; empty where one of them says nothing."""

    path: str
    before: str
    after: str


class StreamLook(Struct, frozen=True):
    """What a draft does to one stream; an empty ``stream`` is what concerns all of them."""

    stream: str
    is_readable_now: bool
    is_readable_then: bool
    reason: str = ""  # why it could not be read
    changes: Sequence[FieldChange] = ()
    sample: Sequence[FieldChange] = ()  # one object of the ERP, read both ways: what would be different


class DraftLook(Struct, frozen=True):
    """A draft held against the living ERP."""

    is_answered: bool
    said: str = ""  # what the ERP said instead of an answer
    fits: Mapping[str, int] = {}  # streams each family could read here
    total: int = 0  # streams in all
    streams: Sequence[StreamLook] = ()

    @property
    def worse(self) -> Sequence[str]:
        """Streams, and what concerns all of them (empty), that would not be readable any more."""
        return [one.stream for one in self.streams if one.is_readable_now and not one.is_readable_then]


class FamilyView(Struct, frozen=True):
    """One family that is shipped; ``unseen``: no living base of it has been met."""

    family: str
    title: str
    proof: Literal["stand_in", "unseen"]


class DraftView(Struct, frozen=True, kw_only=True):
    """The mapping that is being prepared; without a look it waits for one."""

    family: str
    text: str
    made_by: str
    made_at: datetime
    looked_at: datetime | None
    look: DraftLook | None
    may_be_used: bool


class KeptMappingView(Struct, frozen=True, kw_only=True):
    """A mapping that is in use, or was."""

    id: UUID
    family: str
    text: str
    reason: str
    made_by: str
    used_at: datetime
    used_by: str
    is_used: bool


class ProbeView(Struct, frozen=True, kw_only=True):
    """What the last probe of an interface found; ``failed`` and ``doubts`` are its questions and streams, in words."""

    surface: Literal["h", "o"]
    at: datetime
    streams: int  # that are as they should be
    total: int
    failed: Sequence[str]
    doubts: Sequence[str]


class MappingView(Struct, frozen=True, kw_only=True):
    """Where each stream comes from over the standard interface, as this tenant has it."""

    family: str
    text: str
    version: int
    surface: str  # in use now; the mapping matters over o
    families: Sequence[FamilyView]
    draft: DraftView | None
    kept: Sequence[KeptMappingView]
    probes: Sequence[ProbeView]


MappingText = Annotated[
    str, Meta(max_length=32_000, description="TOML that is laid over the family", extra={"multiline": True})
]
FamilyName = Annotated[str, Meta(max_length=40, description="a family that is shipped")]


class DraftInput(Struct, frozen=True):
    """A mapping as somebody wants it."""

    family: FamilyName
    text: MappingText = ""


class DraftForm(Struct, frozen=True):
    """The same from a page."""

    family: FamilyName
    text: MappingText = ""
    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1


class UseForm(Struct, frozen=True):
    """Put a draft into use, and why."""

    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1
    reason: Reason = ""
