"""Working on rights in a small shop."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from app.access.actors import Actor
from app.access.logins import login_key
from app.access.terms import ANY, DIMENSIONS, Facts
from app.rights.queries.drafts import Draft
from app.rights.rules.lines import ALL, BLOCKED, NO, Address, Cell, Line, Terms, line_of
from app.rights.services import drafting, publishing
from app.rights.services.desk import Desk
from app.rights.services.publishing import Wish
from tests.access.people import HASH
from tests.orders.shop import ADMIN, TENANT, Shop, person

SECOND_ADMIN: Final = person(12, "admin", None)
OWN_CLIENT: Final = Cell(allows=frozenset({Terms(org="@own")}))
EVERYTHING: Final = ALL
FORBIDDEN: Final = BLOCKED
NOTHING: Final = NO
WISH: Final = Wish("Because it was asked for")
LIMITS: Final = Address("r:distributor_manager", "limit", "view")


async def hire(shop: Shop, one: Actor) -> None:
    """Give somebody an account."""
    await shop.change(
        "INSERT INTO users (tenant_id, id, email, name, password_hash, locale) VALUES ($1, $2, $3, $4, $5, 'en')",
        *(TENANT, one.user_id, one.email, one.name, HASH),
    )
    await shop.change("INSERT INTO logins VALUES ($1, $2, $3)", login_key(one.email), TENANT, one.user_id)
    await shop.change(
        "INSERT INTO memberships (tenant_id, id, user_id, partner_id, role, branch, regions)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(TENANT, one.membership_id, one.user_id, one.partner_id, one.role, one.branch, list(one.regions)),
    )


@asynccontextmanager
async def at_desk(shop: Shop, actor: Actor = ADMIN) -> AsyncIterator[Desk]:
    """Work on rights as somebody, in one transaction."""
    async with shop.desk(actor) as desk:
        place = Desk(desk.transaction, desk.policy, desk.actor, desk.now)
        await place.decision("view")  # as the guard of every route has asked
        yield place


async def draft_with(shop: Shop, cells: Mapping[Address, Cell], actor: Actor = ADMIN) -> Draft:
    """Begin a draft and set cells in it."""
    async with at_desk(shop, actor) as desk:
        draft = await drafting.open_draft(desk, "Autumn")
        for address, cell in cells.items():
            draft = await drafting.set_cell(desk, draft.id, draft.version, address, cell)
    return draft


async def publish(shop: Shop, draft: Draft, actor: Actor = ADMIN, wish: Wish = WISH) -> Draft:
    """Publish a draft as it is."""
    async with at_desk(shop, actor) as desk:
        return await publishing.publish(desk, draft.id, draft.version, wish)


async def change(shop: Shop, address: Address, cell: Cell, actor: Actor = ADMIN) -> Draft:
    """Set one cell for good."""
    done = await publish(shop, await draft_with(shop, {address: cell}, actor), actor)
    assert done.state == "published", done
    return done


async def standing(shop: Shop, actor: Actor = ADMIN) -> set[Line]:
    """Read what the rules that stand say."""
    async with at_desk(shop, actor) as desk:
        work = await drafting.read_work(desk, None)
    return {line_of(rule) for rule in work.rules}


async def may(shop: Shop, actor: Actor, resource: str, action: str, org: UUID | None) -> bool:
    """Ask the policy, as a request of this person would."""
    async with shop.desk(actor) as desk:
        return (await desk.policy.decision(desk.transaction, desk.actor, resource, action)).check(Facts(org=org))


def only(dimension: str, *ids: UUID) -> Terms:
    """Reach these objects only."""
    assert dimension in DIMENSIONS
    return replace(Terms(), **{dimension: "|".join(sorted(map(str, ids))) or ANY})
