"""What goes in and out of signing in and the profile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Login = Annotated[str, Meta(max_length=254, min_length=1, description="E-mail address")]
# Taken exactly as sent: a password is nobody's business to tidy.
Secret = Annotated[str, Meta(max_length=256, min_length=1, extra={"verbatim": True})]
Locale = Literal["ru", "kk", "en"]
PersonName = Annotated[str, Meta(max_length=120, min_length=1)]
Phone = Annotated[str, Meta(max_length=32, pattern=r"^[+0-9 ()-]*$")]
PermissionName = Annotated[str, Meta(max_length=64, pattern="^[a-z_.]+:[a-z_]+$")]
KeyAnswer = Annotated[str, Meta(max_length=8000, min_length=2, description="JSON text of a PublicKeyCredential")]
ThemeName = Literal["auto", "light", "dark"]


class SignIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Who wants in."""

    login: Login
    password: Secret
    otp: Annotated[str, Meta(max_length=16)] = ""  # for accounts with a second factor; others leave it empty


class SignInForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Who wants in, and where to go afterwards."""

    login: Login
    password: Secret
    next: Annotated[str, Meta(max_length=2000)] = ""


class CodeForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The second half of a sign-in: what the first half gave, and a code."""

    ticket: Annotated[str, Meta(max_length=1000, min_length=1)]
    otp: Annotated[str, Meta(max_length=16, min_length=1)]
    next: Annotated[str, Meta(max_length=2000)] = ""


class KeyForm(Struct, forbid_unknown_fields=True, frozen=True):
    """The answer of a passkey, and the ticket of what was asked."""

    ticket: Annotated[str, Meta(max_length=1000, min_length=1)]
    credential: KeyAnswer
    next: Annotated[str, Meta(max_length=2000)] = ""


class KeyAnswered(Struct, forbid_unknown_fields=True, frozen=True):
    """The answer of a passkey, and the ticket of what was asked."""

    ticket: Annotated[str, Meta(max_length=1000, min_length=1)]
    credential: KeyAnswer


class KeyQuestion(Struct, frozen=True):
    """What to ask a passkey: ``options`` is JSON text for ``navigator.credentials``."""

    options: str
    ticket: str


class ThemeForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A theme (empty: as the system has it) and the page to stay on."""

    theme: Literal["", "light", "dark"]
    next: Annotated[str, Meta(max_length=2000)] = ""


class LocaleForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A language and the page to stay on."""

    locale: Locale
    next: Annotated[str, Meta(max_length=2000)] = ""


class ProfileForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Name and phone."""

    name: PersonName
    phone: Phone = ""


class PasswordForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A new password, twice, and the present one as proof."""

    current: Secret
    new: Secret
    repeat: Secret


class TokenForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A token to be made."""

    label: Annotated[str, Meta(max_length=80, min_length=1)]
    days: Literal["7", "30", "90", "365"]
    may_write: bool = False
    permissions: Sequence[PermissionName] = ()  # none chosen: whatever the owner may


class ProfileChange(Struct, forbid_unknown_fields=True, frozen=True):
    """What a person may change about themselves; what is left out stays."""

    locale: Locale | None = None
    theme: ThemeName | None = None
    name: PersonName | None = None
    phone: Phone | None = None


class PasswordChange(Struct, forbid_unknown_fields=True, frozen=True):
    """A new password, and the present one as proof."""

    current: Secret
    new: Secret


class MembershipChoice(Struct, forbid_unknown_fields=True, frozen=True):
    """The place to work in from now on."""

    membership: UUID


class TokenOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """A token to be made."""

    label: Annotated[str, Meta(max_length=80, min_length=1)]
    days: Annotated[int, Meta(ge=1, le=365)] = 90
    read_only: bool = True
    permissions: Sequence[PermissionName] | None = None  # only these; null: whatever the owner may at that moment


class TenantView(Struct, frozen=True):
    """The manufacturer whose portal this is."""

    code: str
    name: str


class MembershipView(Struct, frozen=True):
    """A place a person may work in."""

    id: UUID
    role: str
    cabinet: str
    organisation_id: UUID | None  # null: the manufacturer's own people
    organisation: str
    on_behalf: str  # of whom, while one stands in for a colleague; empty: one's own
    is_active: bool


class UserView(Struct, frozen=True):
    """The person signed in."""

    id: UUID
    name: str
    email: str
    phone: str
    locale: str
    theme: str


class MeView(Struct, frozen=True):
    """Everything a client program needs to know about whom it works for."""

    user: UserView
    tenant: TenantView
    membership: MembershipView
    memberships: Sequence[MembershipView]
    permissions: Sequence[str]
    csrf_token: str  # empty for a bearer token, which needs none


class SessionView(Struct, frozen=True):
    """One session of the person; ``browser`` and ``system`` are names, empty where the program told none."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    browser: str
    system: str
    address: str
    is_current: bool

    @property
    def device(self) -> str:
        """Both names in one, for a page."""
        return ", ".join(filter(None, (self.browser, self.system)))


class TokenView(Struct, frozen=True):
    """One token; its secret is known to nobody but its owner."""

    id: UUID
    label: str
    read_only: bool
    permissions: Sequence[str] | None  # null: whatever the owner may
    created_at: datetime
    expires_at: datetime


class NewTokenView(Struct, frozen=True):
    """A token just made; ``token`` is shown this once."""

    id: UUID
    label: str
    read_only: bool
    permissions: Sequence[str] | None
    expires_at: datetime
    token: str
