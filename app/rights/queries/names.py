"""Names of what rules speak about: objects by id, objects by part of a name, and the people behind subjects."""

from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.terms import Dimension
from app.infra.db.transaction import Row, Transaction

_LANGUAGES: Final = ("ru", "kk", "en")
_TABLES: Final[Mapping[Dimension, tuple[str, str]]] = {
    # table as x, its name in the reader's language
    "reg": ("regions x", "x.name_{locale}"),
    "org": ("partners x", "x.name"),
    "ctr": ("contracts x JOIN partners p ON p.tenant_id = x.tenant_id AND p.id = x.partner_id",
            "x.number || ' · ' || p.name"),
    "agr": ("agreements x JOIN partners p ON p.tenant_id = x.tenant_id AND p.id = x.partner_id",
            "x.number || ' · ' || p.name"),
    "lin": ("product_lines x", "x.name_{locale}"),
    "prd": ("products x", "x.sku || ' · ' || x.name_{locale}"),
}  # fmt: skip
_PERSON: Final = """
    SELECT /*free ruling*/ s.id, s.user_id, s.name, s.email, s.role, s.partner_id, coalesce(o.name, '') AS organisation
    FROM seats() s LEFT JOIN partners o ON o.tenant_id = $1 AND o.id = s.partner_id
"""


class Named(Struct, frozen=True):
    """An object with its name in the reader's language."""

    id: UUID
    name: str


class Person(Struct, frozen=True):
    """One membership and who is in it."""

    id: UUID  # of the membership
    user_id: UUID
    name: str
    email: str
    role: str
    partner_id: UUID | None
    organisation: str


async def read_names(
    transaction: Transaction, dimension: Dimension, ids: Sequence[UUID], locale: str
) -> dict[UUID, str]:
    """Name these objects; what does not exist any more is left out."""
    tables, name = _said(dimension, locale)
    rows = await transaction.driver.fetch(
        f"SELECT /*free ruling*/ x.id, {name} AS name FROM {tables}"
        " WHERE x.tenant_id = $1 AND x.id = ANY ($2::uuid[]) AND x.deleted_at IS NULL",
        transaction.tenant_id,
        list(ids),
    )
    return {one.id: one.name for one in map(_named, rows)}


async def search_names(
    transaction: Transaction, dimension: Dimension, text: str, locale: str, limit: int
) -> list[Named]:
    """Find objects by part of a name, by name."""
    tables, name = _said(dimension, locale)
    rows = await transaction.driver.fetch(
        f"SELECT /*free ruling*/ x.id, {name} AS name FROM {tables}"
        f" WHERE x.tenant_id = $1 AND x.deleted_at IS NULL AND position(lower($2) in lower({name})) > 0"
        f" ORDER BY {name}, x.id LIMIT $3",
        transaction.tenant_id,
        text,
        limit,
    )
    return [_named(row) for row in rows]


async def search_people(transaction: Transaction, text: str, partner_id: UUID | None, limit: int) -> list[Person]:
    """Find people by part of a name or an address, by name; ``partner_id`` narrows to one client's."""
    rows = await transaction.driver.fetch(
        f"{_PERSON} WHERE ($2::uuid IS NULL OR s.partner_id = $2)"
        " AND position(lower($3) in lower(s.name || ' ' || s.email)) > 0 ORDER BY s.name, s.id LIMIT $4",
        *(transaction.tenant_id, partner_id, text, limit),
    )
    return [_person(row) for row in rows]


async def read_people(transaction: Transaction, users: Sequence[UUID], memberships: Sequence[UUID]) -> list[Person]:
    """Read the people behind subjects, one row a membership, the first one first."""
    rows = await transaction.driver.fetch(
        f"{_PERSON} WHERE s.user_id = ANY ($2::uuid[]) OR s.id = ANY ($3::uuid[]) ORDER BY s.name, s.id",
        *(transaction.tenant_id, list(users), list(memberships)),
    )
    return [_person(row) for row in rows]


def _said(dimension: Dimension, locale: str) -> tuple[str, str]:
    tables, name = _TABLES[dimension]
    return tables, name.format(locale=locale if locale in _LANGUAGES else "ru")


def _named(row: Row) -> Named:
    return Named(cast("UUID", row["id"]), str(row["name"]))


def _person(row: Row) -> Person:
    return Person(
        id=cast("UUID", row["id"]),
        user_id=cast("UUID", row["user_id"]),
        name=str(row["name"]),
        email=str(row["email"]),
        role=str(row["role"]),
        partner_id=cast("UUID | None", row["partner_id"]),
        organisation=str(row["organisation"]),
    )
