"""What goes in and out of rights, for pages and scripts."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.access.explaining import Failing
from app.access.rules import Effect
from app.access.terms import ANY
from app.rights.rules.lines import Level

Subject = Annotated[
    str, Meta(min_length=1, max_length=80, description="r:role, u:person, m:membership or o:organisation")
]
PermissionName = Annotated[str, Meta(min_length=1, max_length=80, description="resource:action")]
Term = Annotated[str, Meta(max_length=8000, description="*, @own or ids joined by |, in order")]
DimensionName = Literal["", "reg", "org", "ctr", "agr", "lin", "prd"]
Gap = Literal["segment", "price", "blocked", "live"]
Title = Annotated[str, Meta(min_length=1, max_length=120)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, extra={"multiline": True})]
_DO = "^(all|no|blocked|add|own:[a-z]{1,20}|line:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"


class TermsView(Struct, forbid_unknown_fields=True, frozen=True):
    """How far a line reaches; what is left out is any."""

    reg: Term = ANY
    org: Term = ANY
    ctr: Term = ANY
    agr: Term = ANY
    lin: Term = ANY
    prd: Term = ANY
    val: Literal["*", "live"] = "*"
    aut: Literal["*", "@own", "@branch"] = "*"
    since: datetime | None = None
    until: datetime | None = None


class CellInput(Struct, forbid_unknown_fields=True, frozen=True):
    """What a cell is to say, whole: lines not named here end."""

    subject: Subject
    permission: PermissionName
    slice: DimensionName = ""
    item: UUID | None = None
    allows: Annotated[list[TermsView], Meta(max_length=50)] = []
    denies: Annotated[list[TermsView], Meta(max_length=50)] = []


class CellOutput(Struct, frozen=True):
    """A cell of a draft: what is written in it, and what it comes to with everything inherited."""

    subject: str
    permission: str
    level: Level
    allows: list[TermsView]
    denies: list[TermsView]
    is_changed: bool
    draft_version: int


class DraftInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A draft to begin."""

    title: Title


class PublishInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Why, and from when; without a moment at once."""

    reason: Reason
    activates_at: datetime | None = None


class ReasonInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Why a draft goes back."""

    reason: Reason


class SettleInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Whose version of the cells both changed is kept."""

    keep: Literal["mine", "theirs"]


class RevertInput(Struct, forbid_unknown_fields=True, frozen=True):
    """The version to go back to."""

    version: Annotated[int, Meta(ge=1)]


class RuleView(Struct, frozen=True):
    """One rule, and where it comes from."""

    id: UUID
    subject: str
    permission: str
    effect: Effect
    terms: TermsView
    owner_id: UUID | None
    note: str
    author: str
    at: datetime
    version: Annotated[int, Meta(ge=0)]


class ChangeView(Struct, frozen=True):
    """One line of a draft."""

    id: UUID
    op: Literal["add", "end"]
    rule_id: UUID | None
    subject: str
    permission: str
    effect: Effect
    terms: TermsView


class ConflictView(Struct, frozen=True):
    """A cell two people changed: both versions."""

    subject: str
    permission: str
    mine_allows: list[TermsView]
    mine_denies: list[TermsView]
    theirs_allows: list[TermsView]
    theirs_denies: list[TermsView]


class DraftView(Struct, frozen=True):
    """A draft."""

    id: UUID
    title: str
    author: str
    organisation_id: UUID | None
    base: int
    state: Literal["draft", "waiting", "published", "dropped"]
    version: Annotated[int, Meta(ge=0)]
    reason: str
    activates_at: datetime | None
    refusal: str
    published: int | None
    changes: int
    updated_at: datetime


class OutlookView(Struct, frozen=True):
    """What stands between a draft and its publication."""

    conflicts: list[ConflictView]
    contradictions: int
    dead: int
    needs_second: bool
    has_second: bool  # false: nobody could approve it yet; another administrator must be invited


class VersionView(Struct, frozen=True):
    """One publication."""

    version: Annotated[int, Meta(ge=0)]
    at: datetime
    author: str
    approver: str
    reason: str
    organisation_id: UUID | None
    activates_at: datetime | None
    ended: int
    added: int
    impact: dict[str, int]


class TallyView(Struct, frozen=True):
    """What happens to one permission."""

    permission: str
    kind: str
    people_gaining: int
    people_losing: int
    gained: int
    lost: int


class PreviewView(Struct, frozen=True):
    """What a draft would do."""

    people_gaining: int
    people_losing: int
    permissions: list[TallyView]


class PreviewRow(Struct, frozen=True):
    """One person, or one object, behind a number of the preview."""

    id: str
    name: str
    gained: int = 0
    lost: int = 0


class CellForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A change of one cell, as the page sends it. ``do`` is a level, a way of being own, a line to add or to drop."""

    subject: Subject
    permission: PermissionName
    do: Annotated[str, Meta(pattern=_DO)]
    draft: UUID | None = None
    version: Annotated[int, Meta(ge=0)] = 0
    slice: DimensionName = ""
    item: UUID | None = None
    back: Annotated[str, Meta(max_length=1000)] = "/access"
    effect: Effect = "allow"
    reg: Term = ANY
    org: Term = ANY
    ctr: Term = ANY
    agr: Term = ANY
    lin: Term = ANY
    prd: Term = ANY
    val: Literal["*", "live"] = "*"
    aut: Literal["*", "@own", "@branch"] = "*"
    since: date | None = None
    until: date | None = None


class PublishForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Publish a draft: why, and from which day."""

    version: Annotated[int, Meta(ge=0)]
    reason: Annotated[str, Meta(min_length=1, max_length=500, extra={"multiline": True})]
    on: date | None = None


class VersionForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Something done to a draft as it was seen."""

    version: Annotated[int, Meta(ge=0)]


class BackForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A waiting draft sent back."""

    version: Annotated[int, Meta(ge=0)]
    reason: Annotated[str, Meta(min_length=1, max_length=500, extra={"multiline": True})]


class SettleForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Whose version of a conflict stays."""

    version: Annotated[int, Meta(ge=0)]
    keep: Literal["mine", "theirs"]


class TitleForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A draft to begin."""

    title: Annotated[str, Meta(max_length=120)] = ""


class FactsView(Struct, frozen=True):
    """What rules may ask about one object."""

    reg: UUID | None
    org: UUID | None
    ctr: UUID | None
    agr: UUID | None
    lin: UUID | None
    prd: UUID | None
    live: bool | None
    author: UUID | None
    branch: str
    shared: bool


class FailView(Struct, frozen=True):
    """What a rule asks and the object has not; ``wanted`` are ids that would have been right."""

    dimension: Failing
    wanted: list[UUID]


class ReasonView(Struct, frozen=True):
    """One rule of an explanation; ``path`` leads from the person to whom it is written for."""

    rule: RuleView
    path: list[str]
    fails: list[FailView]


class RemedyView(Struct, frozen=True):
    """What would grant it: rules that must go or be dated anew, papers to mend in the ERP, a line to add."""

    kind: Literal["lift", "erp", "renew", "date", "add"]
    rules: list[UUID]
    subject: str
    terms: TermsView


class FindingView(Struct, frozen=True):
    """The answer about one object; a product has one for each agreement.

    ``gaps``: why there is no offer whoever asks: segment, price, blocked or live.
    """

    name: str
    allowed: bool
    facts: FactsView
    gaps: list[Gap]
    allows: list[ReasonView]
    denies: list[ReasonView]
    nearest: list[ReasonView]
    remedies: list[RemedyView]


class OwnView(Struct, frozen=True):
    """What "own" means for the person."""

    reg: list[UUID]
    org: list[UUID]
    ctr: list[UUID]
    agr: list[UUID]
    branch: str


class ExplainView(Struct, frozen=True):
    """Why somebody may or may not; without an object ``rules`` are all there are about the right."""

    user: UUID
    membership: UUID
    name: str
    role: str
    organisation: str
    permission: str
    object_kind: str
    object: UUID | None
    object_name: str
    allowed: bool
    findings: list[FindingView]
    rules: list[ReasonView]
    own: OwnView


class SeeAsForm(Struct, forbid_unknown_fields=True, frozen=True):
    """As whom to look, and why; the reason is kept for good."""

    person: UUID
    reason: Annotated[str, Meta(min_length=5, max_length=500, extra={"multiline": True})]


class SeeingView(Struct, frozen=True):
    """A look through another person's eyes; ``person`` is the membership it is through."""

    person: UUID
    user_id: UUID
    name: str
    reason: str
    began_at: datetime
    ends_at: datetime


class SeeingState(Struct, frozen=True):
    """As whom this browser looks; null: as oneself."""

    look: SeeingView | None
