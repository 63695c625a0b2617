"""People and their places under the reader's decision, and the few writes a colleague may make."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.access.terms import Facts
from app.infra.db.transaction import Row, Transaction
from app.people.schemas import PersonState, PersonView, PlaceView

# A place's region is its organisation's; nobody but the person wrote it.
COLUMNS: Final[Mapping[str, str]] = {
    "reg": "p.region_id",
    "org": "m.partner_id",
    "ctr": "NULL::uuid",
    "agr": "NULL::uuid",
    "lin": "NULL::uuid",
    "prd": "NULL::uuid",
    "live": "NULL::boolean",
    "author": "m.user_id",
    "branch": "m.branch",
    "shared": "false",
}
_PLACE: Final = """
    m.id, m.user_id, m.role, m.partner_id, coalesce(p.name, house_name(t, $3)) AS organisation,
    coalesce(p.kind, '') AS kind, m.branch, p.region_id, m.regions, m.partners, m.ended_at, m.version
    FROM memberships m
    JOIN tenants t ON t.id = m.tenant_id
    LEFT JOIN partners p ON p.tenant_id = m.tenant_id AND p.id = m.partner_id
"""
_PERSON: Final = "u.id, u.name, u.email, u.phone, u.locale, u.created_at, u.seen_at, u.disabled_at, u.has_factor"
_FOUND: Final = """
    FROM people() u WHERE u.id IN (
        SELECT m.user_id FROM memberships m
        LEFT JOIN partners p ON p.tenant_id = m.tenant_id AND p.id = m.partner_id
        WHERE m.tenant_id = $1 AND {allowed}
          AND ($2::text = '' OR m.role = $2) AND ($3::uuid IS NULL OR m.partner_id = $3)
          AND ($4::uuid IS NULL OR m.user_id = $4)
          AND ($5 = 'all' OR (m.ended_at IS NULL) = ($5 = 'open')))
      AND ($5 <> 'open' OR u.disabled_at IS NULL)
      AND ($6 = '' OR u.name ILIKE $6 OR u.email ILIKE $6)
"""
_ARGS: Final = 6


class PersonFilter(Struct, frozen=True):
    """What a reader asks for; None and "" ask for everybody."""

    id: UUID | None = None
    role: str = ""
    organisation_id: UUID | None = None
    state: PersonState = "all"
    text: str = ""  # part of a name or an address


class PersonPlace(Struct, frozen=True):
    """Where a page begins: after the person of this name and id."""

    limit: int
    after: tuple[str, UUID] | None = None


class People(Struct, frozen=True):
    """One page of people, and how many there are."""

    rows: Sequence[PersonView]
    total: int
    next: tuple[str, UUID] | None


async def read_people(
    transaction: Transaction, decision: Decision, wanted: PersonFilter, place: PersonPlace, locale: str
) -> People:
    """List people by name, each with the places within ``decision``, which is user:view."""
    if decision.is_empty:
        return People([], 0, None)
    allowed, params = decision.text(COLUMNS, _ARGS + 1)
    found = _FOUND.format(allowed=allowed)
    pattern = f"%{_escaped(wanted.text)}%" if wanted.text else ""
    args = (
        *(transaction.tenant_id, wanted.role, wanted.organisation_id, wanted.id, wanted.state, pattern),
        *params,
    )
    after = "" if place.after is None else f" AND (u.name, u.id) > (${len(args) + 2}, ${len(args) + 3})"
    rows = await transaction.driver.fetch(
        f"SELECT {_PERSON} {found}{after} ORDER BY u.name, u.id LIMIT ${len(args) + 1}",
        *args,
        place.limit + 1,
        *(place.after or ()),
    )
    total = cast("int", await transaction.driver.fetchval(f"SELECT count(*) {found}", *args))
    shown = rows[: place.limit]
    places = await _places_of(transaction, decision, [cast("UUID", row["id"]) for row in shown], locale)
    people = [_person(row, places.get(cast("UUID", row["id"]), [])) for row in shown]
    last = (people[-1].name, people[-1].id) if len(rows) > place.limit else None
    return People(people, total, last)


async def read_place(
    transaction: Transaction, decision: Decision, place_id: UUID, locale: str, *, lock: bool = False
) -> PlaceView | None:
    """Read one place within ``decision``; ``lock`` holds its row until the end."""
    if decision.is_empty:
        return None
    allowed, params = decision.text(COLUMNS, 4)
    row = await transaction.driver.fetchrow(
        f"SELECT {_PLACE} WHERE m.tenant_id = $1 AND m.id = $2 AND {allowed} {'FOR UPDATE OF m' if lock else ''}",
        transaction.tenant_id,
        place_id,
        locale,
        *params,
    )
    return None if row is None else _place(row)


async def change_place(transaction: Transaction, place: PlaceView) -> int:
    """Write what a locked place became; gives its new version. Ended twice keeps the first end."""
    return cast(
        "int",
        await transaction.driver.fetchval(
            "UPDATE memberships SET role = $3, branch = $4, version = version + 1,"
            " ended_at = CASE WHEN $5 THEN NULL ELSE coalesce(ended_at, now()) END"
            " WHERE tenant_id = $1 AND id = $2 RETURNING version",
            *(transaction.tenant_id, place.id, place.role, place.branch, place.is_open),
        ),
    )


async def change_reach(transaction: Transaction, decision: Decision, place: PlaceView) -> None:
    """Write the regions and clients of a locked place with the manufacturer; ``decision`` is user:edit."""
    allowed, params = decision.text(COLUMNS, 5)
    await transaction.driver.execute(
        "UPDATE memberships SET regions = $3, partners = $4 WHERE tenant_id = $1 AND id = ("
        "SELECT m.id FROM memberships m LEFT JOIN partners p ON p.tenant_id = m.tenant_id AND p.id = m.partner_id"
        f" WHERE m.tenant_id = $1 AND m.id = $2 AND m.partner_id IS NULL AND {allowed})",
        *(transaction.tenant_id, place.id, place.regions, place.clients),
        *params,
    )


async def count_admins(transaction: Transaction, *, without: UUID) -> int:
    """Count the administrators who can sign in, ``without`` one; two who shut out each other wait here in turn."""
    rows = await transaction.driver.fetch(
        "SELECT m.user_id FROM memberships m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id"
        " WHERE m.tenant_id = $1 AND m.role = 'admin' AND m.partner_id IS NULL AND m.ended_at IS NULL"
        " AND u.disabled_at IS NULL ORDER BY m.id FOR UPDATE OF m, u",
        transaction.tenant_id,
    )
    return len({row["user_id"] for row in rows} - {without})


async def set_disabled(transaction: Transaction, user_id: UUID, *, is_disabled: bool) -> bool:
    """Shut an account, or open it again; False if it was so already. Its sessions and tokens end with the epoch."""
    done = await transaction.driver.execute(
        "UPDATE users SET disabled_at = CASE WHEN $3 THEN now() END, epoch = epoch + 1"
        " WHERE tenant_id = $1 AND id = $2 AND (disabled_at IS NULL) = $3",
        transaction.tenant_id,
        user_id,
        is_disabled,
    )
    return not done.endswith(" 0")


async def read_sessions(transaction: Transaction, user_id: UUID) -> Sequence[Row]:
    """Read where a person is signed in, as far as the connection may know."""
    return await transaction.driver.fetch("SELECT * FROM person_sessions($1)", user_id)


async def end_sessions(transaction: Transaction, user_id: UUID, session_id: UUID | None = None) -> int:
    """End one of those sessions, or all; gives how many."""
    return cast("int", await transaction.driver.fetchval("SELECT end_sessions($1, $2)", user_id, session_id))


async def read_organisations(transaction: Transaction, decision: Decision) -> Sequence[Row]:
    """Read the organisations people may be led in, by name; ``decision`` is user:edit."""
    if decision.is_empty:
        return []
    columns = {**COLUMNS, "org": "p.id", "author": "NULL::uuid", "branch": "''"}
    allowed, params = decision.text(columns, 2)
    return await transaction.driver.fetch(
        "SELECT p.id, p.name, p.kind, p.region_id FROM partners p"
        f" WHERE p.tenant_id = $1 AND p.deleted_at IS NULL AND {allowed} ORDER BY p.name, p.id",
        transaction.tenant_id,
        *params,
    )


async def read_clients(
    transaction: Transaction, decision: Decision, ids: Sequence[UUID], text: str, most: int
) -> Sequence[Row]:
    """Read organisations by id, and some whose name has ``text``; ``decision`` is user:edit."""
    if decision.is_empty:
        return []
    columns = {**COLUMNS, "org": "p.id", "author": "NULL::uuid", "branch": "''"}
    allowed, params = decision.text(columns, 5)
    return await transaction.driver.fetch(
        "SELECT p.id, p.name FROM partners p WHERE p.tenant_id = $1 AND p.deleted_at IS NULL"
        f" AND (p.id = ANY ($2) OR ($3 <> '' AND p.kind <> 'prospect' AND p.name ILIKE $3)) AND {allowed}"
        " ORDER BY p.id = ANY ($2) DESC, p.name, p.id LIMIT $4 + cardinality($2::uuid[])",
        *(transaction.tenant_id, list(ids), f"%{_escaped(text)}%" if text else "", most),
        *params,
    )


async def house_name(transaction: Transaction, locale: str) -> str:
    """Name the manufacturer in a language."""
    return str(
        await transaction.driver.fetchval(
            "SELECT house_name(t, $2) FROM tenants t WHERE id = $1", transaction.tenant_id, locale
        )
    )


async def read_regions(transaction: Transaction) -> Sequence[Row]:
    """Read the regions, for branches."""
    return await transaction.driver.fetch(
        "SELECT id, name_ru, name_kk, name_en FROM regions WHERE tenant_id = $1 AND deleted_at IS NULL"
        " ORDER BY name_ru, id",
        transaction.tenant_id,
    )


def facts_of(place: PlaceView) -> Facts:
    """What a rule may ask about a place."""
    return Facts(reg=place.region_id, org=place.organisation_id, author=place.user_id, branch=place.branch)


async def _places_of(
    transaction: Transaction, decision: Decision, ids: Sequence[UUID], locale: str
) -> dict[UUID, list[PlaceView]]:
    allowed, params = decision.text(COLUMNS, 4)
    rows = await transaction.driver.fetch(
        f"SELECT {_PLACE} WHERE m.tenant_id = $1 AND m.user_id = ANY ($2) AND {allowed} ORDER BY m.id",
        transaction.tenant_id,
        list(ids),
        locale,
        *params,
    )
    found: dict[UUID, list[PlaceView]] = {}
    for row in rows:
        found.setdefault(cast("UUID", row["user_id"]), []).append(_place(row))
    return found


def _person(row: Row, places: Sequence[PlaceView]) -> PersonView:
    return PersonView(
        id=cast("UUID", row["id"]),
        name=str(row["name"]),
        email=str(row["email"]),
        phone=str(row["phone"]),
        locale=str(row["locale"]),
        created_at=cast("datetime", row["created_at"]),
        seen_at=cast("datetime | None", row["seen_at"]),
        is_disabled=row["disabled_at"] is not None,
        has_second_factor=row["has_factor"] is True,
        places=places,
    )


def _place(row: Row) -> PlaceView:
    return PlaceView(
        id=cast("UUID", row["id"]),
        user_id=cast("UUID", row["user_id"]),
        role=str(row["role"]),
        organisation_id=cast("UUID | None", row["partner_id"]),
        organisation=str(row["organisation"]),
        kind=str(row["kind"]),
        branch=str(row["branch"]),
        region_id=cast("UUID | None", row["region_id"]),
        regions=cast("list[UUID]", row["regions"]),
        clients=cast("list[UUID]", row["partners"]),
        is_open=row["ended_at"] is None,
        version=cast("int", row["version"]),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
