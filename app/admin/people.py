"""Whom the demo gives accounts: people the ERP already knows, so that names and clients are credible."""

from collections.abc import Iterable, Sequence
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import CABINET_OF_ROLE
from app.infra.db.transaction import Row, Transaction

_LEVELS: Final = ("head", "senior", "manager")
_STAFF_ROLES: Final = ("manager_full", "manager_limited", "logistician", "connect_manager", "admin")
_HEADS: Final = ("distributor_head", "direct_buyer_head")
_COMPANIES: Final = 2  # of each kind
_STAFF_EACH: Final = 2

_CLIENT_PEOPLE: Final = """
    SELECT c.id, c.name, c.email, c.phone, c.role, c.locale, p.id AS partner_id, p.name AS organisation, p.kind,
           coalesce(c.region_id::text, '') AS branch,
           coalesce(l.contracts, 0) AS contracts, coalesce(l.agreements, 0) AS agreements,
           coalesce(k.overdue, false) AS overdue
    FROM partners p
    JOIN contacts c ON c.tenant_id = p.tenant_id AND c.partner_id = p.id AND c.deleted_at IS NULL
    LEFT JOIN (
        SELECT a.partner_id, count(DISTINCT t.id) AS contracts, count(*) AS agreements FROM agreements a
        JOIN contracts t ON t.tenant_id = a.tenant_id AND t.id = a.contract_id
        WHERE a.tenant_id = $1 AND a.status = 'live' AND a.deleted_at IS NULL
          AND t.status = 'live' AND t.deleted_at IS NULL
          AND least(a.valid_to, t.valid_to, 'infinity')
              >= (SELECT (now() AT TIME ZONE zone)::date FROM tenants WHERE id = $1)
        GROUP BY a.partner_id
    ) l ON l.partner_id = p.id
    LEFT JOIN (
        SELECT partner_id, bool_or(overdue_days > 0 AND forbid_overdue) AS overdue,
               bool_or(overdue_days > 0 OR (limited AND erp_debt + erp_orders > erp_limit * 0.9)) AS troubled
        FROM credit_accounts WHERE tenant_id = $1 GROUP BY partner_id
    ) k ON k.partner_id = p.id
    WHERE p.tenant_id = $1 AND p.deleted_at IS NULL AND c.email <> '' AND c.role = ANY ($2)
    ORDER BY least(contracts, 2) DESC, coalesce(k.troubled, false), contracts DESC, agreements DESC, p.name, p.id,
             c.name, c.id
"""
_STAFF: Final = """
    SELECT m.id, m.name, m.email, m.phone, m.role, m.locale, m.regions, $3 AS organisation,
           ARRAY(SELECT p.id FROM partners p WHERE p.tenant_id = $1 AND p.manager_id = m.id AND p.deleted_at IS NULL
                 ORDER BY p.id) AS partners
    FROM managers m
    WHERE m.tenant_id = $1 AND m.deleted_at IS NULL AND m.email <> '' AND m.role = ANY ($2)
    ORDER BY cardinality(m.regions) DESC, m.name, m.id
"""


class Person(Struct, frozen=True):
    """Somebody to get an account: who, in which organisation, as what."""

    id: UUID  # the ERP's own id of the contact or manager; the account keeps it
    name: str
    email: str
    phone: str
    role: str
    locale: str
    organisation: str
    partner_id: UUID | None = None
    branch: str = ""
    regions: tuple[UUID, ...] = ()
    partners: tuple[UUID, ...] = ()
    kind: str = ""
    overdue: bool = False  # the company has invoices past their day, and its contract forbids ordering on

    @property
    def cabinet(self) -> str:
        """The cabinet the role opens."""
        return CABINET_OF_ROLE[self.role]


class NoDemoPeopleError(Exception):
    """The ERP's data has nobody for some role; the message names it."""


async def choose_people(transaction: Transaction, tenant_name: str) -> list[Person]:
    """Choose two companies of each kind with one person a role, and up to two of each role of staff.

    Of a kind the first company has contracts and credit to try everything with; beside them comes one that
    is overdue. Whoever is first in a role reads Russian, the others what the ERP says of them.

    Raises:
        NoDemoPeopleError: somebody is missing, so the first load has not come or brought too little.
    """
    driver, tenant = transaction.driver, transaction.tenant_id
    roles = [role for role in CABINET_OF_ROLE if role not in _STAFF_ROLES]
    clients = [_person(row) for row in await driver.fetch(_CLIENT_PEOPLE, tenant, roles)]
    staff = [_person(row) for row in await driver.fetch(_STAFF, tenant, list(_STAFF_ROLES), tenant_name)]
    chosen = [
        *_companies(clients, "distributor", [f"distributor_{level}" for level in _LEVELS]),
        *_companies(clients, "direct_buyer", [f"direct_buyer_{level}" for level in _LEVELS]),
        *_companies(clients, "logistics", ["forwarder"]),
    ]
    known = {person.partner_id for person in chosen}
    if late := next((p for p in clients if p.overdue and p.role in _HEADS and p.partner_id not in known), None):
        chosen.append(late)
    for role in _STAFF_ROLES:
        able = [person for person in staff if person.role == role]
        if role == "manager_limited":
            # Those with clients among the chosen first: both sides of a conversation can then be tried.
            able.sort(key=lambda person: -len(known.intersection(person.partners)))
        elif role == "manager_full":
            # The first of them serves the first dealer.
            able.sort(key=lambda person: chosen[0].branch not in map(str, person.regions))
        chosen.extend(able[:_STAFF_EACH])
    if missing := sorted(set(CABINET_OF_ROLE) - {person.role for person in chosen}):
        message = f"1C:ERP of {tenant_name} has nobody for: {', '.join(missing)}. Was its data loaded?"
        raise NoDemoPeopleError(message)
    return _first_in_russian(chosen)


def _first_in_russian(people: Iterable[Person]) -> list[Person]:
    seen = set[str]()
    found: list[Person] = []
    for person in people:
        found.append(person if person.role in seen else replace(person, locale="ru"))
        seen.add(person.role)
    return found


def _companies(people: Iterable[Person], kind: str, roles: Sequence[str]) -> list[Person]:
    """Take the first companies of the kind that have somebody for every role."""
    by_company: dict[UUID | None, dict[str, Person]] = {}
    for person in people:
        if person.kind == kind:
            by_company.setdefault(person.partner_id, {}).setdefault(person.role, person)
    complete = [found for found in by_company.values() if all(role in found for role in roles)]
    return [found[role] for found in complete[:_COMPANIES] for role in roles]


def _person(row: Row) -> Person:
    return msgspec.convert(dict(cast("dict[str, object]", row)), Person)
