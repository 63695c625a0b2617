"""Who acts: a person in one of their memberships, as the first statement of the request read it."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

Cabinet = Literal["distributor", "direct_buyer", "logistics", "service", "admin"]

# CONTRACT, section 2. The guest is nobody: requests without a session have no Actor.
CABINET_OF_ROLE: Final[dict[str, Cabinet]] = {
    "distributor_head": "distributor",
    "distributor_senior": "distributor",
    "distributor_manager": "distributor",
    "direct_buyer_head": "direct_buyer",
    "direct_buyer_senior": "direct_buyer",
    "direct_buyer_manager": "direct_buyer",
    "forwarder": "logistics",
    "logistician": "service",
    "manager_full": "service",
    "manager_limited": "service",
    "connect_manager": "service",
    "admin": "admin",
}

# Whose head may lend rights to whom (PRODUCT, process 3): the head of the same client.
LENDERS: Final = {
    f"r:{role}": f"r:{cabinet}_head"
    for role, cabinet in CABINET_OF_ROLE.items()
    if f"{cabinet}_head" in CABINET_OF_ROLE
}


class Actor(Struct, frozen=True):
    """One person working in one membership; ``rules_v`` and ``facts_v`` name the policy they are under."""

    tenant_id: int
    user_id: UUID
    membership_id: UUID
    name: str
    email: str
    role: str
    partner_id: UUID | None  # None for the manufacturer's own people
    branch: str
    regions: tuple[UUID, ...]  # staff: regions served
    partners: tuple[UUID, ...]  # limited manager: clients assigned
    locale: str
    theme: str
    zone: str  # IANA name of the tenant's time zone
    rules_v: int
    facts_v: int
    is_script: bool = False  # a token and no session
    read_only: bool = False  # a token made for reading
    permissions: tuple[str, ...] | None = None  # a token made for these alone; None: whatever the person may
    needs_factor: bool = False  # the role demands a second factor and the person has none yet
    deputy_id: UUID | None = None  # who really acts, standing in for the person whose rights these are
    on_behalf: str = ""  # the absent person's name; ``name``, ``email`` and ``locale`` are then the deputy's
    until: date | None = None  # the last day of standing in
    watcher: "Actor | None" = None  # who really sits there and sees the portal as this person does
    seen_until: datetime | None = None  # when that look ends at the latest

    @property
    def person_id(self) -> UUID:
        """Who sits at the keyboard: the deputy where somebody stands in, else the person."""
        return self.deputy_id or self.user_id

    @property
    def kind(self) -> Literal["client", "staff"]:
        """The class of connection the person's requests run on."""
        return "staff" if self.is_staff else "client"

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the manufacturer."""
        return self.partner_id is None

    @property
    def cabinet(self) -> Cabinet:
        """The cabinet this membership opens."""
        return CABINET_OF_ROLE[self.role]
