"""What goes in and out of the room."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.access.schemas import KeyAnswer, Locale, Login, PersonName, Secret
from app.infra.http.fields import Line

Role = Annotated[str, Meta(max_length=40, pattern="^[a-z_]+$")]
Branch = Annotated[str, Meta(max_length=80)]
Otp = Annotated[str, Meta(max_length=16, min_length=1)]
# As a letter writes it; longer ones are nobody's.
LinkToken = Annotated[str, Meta(max_length=80, min_length=1)]
# Regions or clients of one of the manufacturer's people.
Reach = Annotated[Sequence[UUID], Meta(max_length=500)]
PersonState = Literal["all", "open", "closed"]
InvitationState = Literal["open", "accepted", "expired", "revoked"]


class PlaceView(Struct, frozen=True):
    """A place a person works in: the organisation and the role. ``version`` goes into If-Match."""

    id: UUID
    user_id: UUID
    role: str
    organisation_id: UUID | None  # null: the manufacturer
    organisation: str
    kind: str  # of the organisation; empty: the manufacturer
    branch: str
    region_id: UUID | None  # of the organisation
    regions: Sequence[UUID]  # the manufacturer's people: those they serve
    clients: Sequence[UUID]  # the manufacturer's people: those assigned to them
    is_open: bool
    version: int


class PersonView(Struct, frozen=True):
    """A person with the places the reader may see."""

    id: UUID
    name: str
    email: str
    phone: str
    locale: str
    created_at: datetime
    seen_at: datetime | None
    is_disabled: bool
    has_second_factor: bool
    places: Sequence[PlaceView]


class PersonSessionView(Struct, frozen=True):
    """Where a person is signed in."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    device: str
    address: str


class EndedView(Struct, frozen=True):
    """How many sessions ended."""

    ended: int


class PlaceChange(Struct, forbid_unknown_fields=True, frozen=True):
    """What a place becomes; a closed one lets nobody in. Regions and clients left out stay as they are."""

    role: Role
    branch: Branch = ""
    is_open: bool = True
    regions: Reach | None = None
    clients: Reach | None = None


class PlaceForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same from a page, with the version that was shown."""

    role: Role
    version: Annotated[int, Meta(ge=1)]
    branch: Branch = ""
    is_open: bool = False
    regions: Reach = ()
    clients: Reach = ()


class InvitationOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to invite, where and as what."""

    email: Login
    role: Role
    organisation_id: UUID | None = None
    branch: Branch = ""
    regions: Sequence[UUID] = ()
    locale: Locale = "ru"


class CrowdForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Lines of a table, as pasted."""

    text: Annotated[str, Meta(max_length=60_000, extra={"multiline": True})] = ""


class CrowdInput(Struct, forbid_unknown_fields=True, frozen=True):
    """Many invitations, all or none; ``dry_run`` only says what is wrong with them."""

    invitations: Annotated[list[InvitationOrder], Meta(min_length=1, max_length=100)]
    dry_run: bool = False


class InvitationForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same from a page; no organisation is one's own, or the manufacturer."""

    email: Login
    role: Role
    locale: Locale
    organisation: UUID | None = None
    branch: Branch = ""
    regions: Sequence[UUID] = ()


class InvitationView(Struct, frozen=True):
    """One invitation; its token is in the letter and nowhere else."""

    id: UUID
    email: str
    role: str
    organisation_id: UUID | None
    organisation: str
    branch: str
    locale: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    state: InvitationState


class CrowdView(Struct, frozen=True):
    """What was sent; empty after a dry run that found nothing wrong."""

    invited: Sequence[InvitationView]


class Acceptance(Struct, forbid_unknown_fields=True, frozen=True):
    """Whoever follows an invitation: the address it was sent to proves that it was meant for them."""

    token: LinkToken
    email: Login
    name: PersonName
    password: Secret
    locale: Locale = "ru"


class AcceptanceForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same from a page, whose address has the token; the password twice."""

    email: Login
    name: PersonName
    password: Secret
    repeat: Secret
    locale: Locale


class ResetRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """Whose password was forgotten."""

    login: Login


class ResetUse(Struct, forbid_unknown_fields=True, frozen=True):
    """A new password by a link; the address must be the one the link was sent to."""

    token: LinkToken
    login: Login
    password: Secret


class ResetForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The same from a page, whose address has the token; the password twice."""

    login: Login
    password: Secret
    repeat: Secret


class PasskeyView(Struct, frozen=True):
    """A passkey; the key itself is on the person's device."""

    id: UUID
    label: str
    created_at: datetime
    used_at: datetime | None


class PasskeyOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """What the browser made, for the ticket of what was asked; the present password proves that the person is there."""

    label: Annotated[str, Meta(max_length=80, min_length=1)]
    password: Secret
    ticket: Annotated[str, Meta(max_length=1000, min_length=1)]
    credential: KeyAnswer


class FactorsView(Struct, frozen=True):
    """What proves, besides the password, that it is the person."""

    totp: bool
    passkeys: Sequence[PasskeyView]
    recovery_codes_left: int
    is_demanded: bool  # by a role of the person, here or in another place of theirs


class TotpStart(Struct, frozen=True):
    """A secret for the app; it counts only once a code of it was confirmed."""

    secret: str
    uri: str


class OtpProof(Struct, forbid_unknown_fields=True, frozen=True):
    """A code of the app."""

    otp: Otp


class PasswordProof(Struct, forbid_unknown_fields=True, frozen=True):
    """The present password, before something is taken away."""

    password: Secret


class RecoveryCodesView(Struct, frozen=True):
    """New one-time codes, shown this once; older ones no longer work."""

    codes: Sequence[str]


class FactorRolesView(Struct, frozen=True):
    """The roles that may not work without a second factor."""

    roles: Sequence[str]


class FactorRolesOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """The roles that may not work without a second factor, all of them."""

    roles: Sequence[Role] = ()


class AbsenceOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """Who stands in, and on which days; the first and the last count."""

    deputy_id: UUID
    starts_on: date
    ends_on: date
    reason: Line = ""
    membership_id: UUID | None = None  # of a colleague one looks after; left out: one's own place


class AbsenceView(Struct, frozen=True):
    """An absence: who is away from which place, who stands in and when."""

    id: UUID
    user_id: UUID
    user: str
    membership_id: UUID
    role: str
    organisation: str
    deputy_id: UUID
    deputy: str
    starts_on: date
    ends_on: date
    reason: str
    state: Literal["coming", "running", "over", "ended"]
