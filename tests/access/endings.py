"""Ways in which a right ends while it is used, and what its holder must not see from then on."""

from collections.abc import Awaitable, Callable
from random import randint
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.access.actors import Actor
from tests.orders.shop import BETA_AGREEMENT, BETA_CONTRACT, BETA_ONLY, BUYER, LIST, SENIOR, STRANGER

Write = Callable[["asyncpg.Connection[asyncpg.Record]", Actor, UUID], Awaitable[str]]
_DENY: Final = (
    "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect)"
    " VALUES (1, $2, 'u:' || $1::uuid::text, 'order', 'view', 'deny')"
)
_ORDER: Final = (
    "INSERT INTO orders (tenant_id, id, number, partner_id, author_id, updated_at) VALUES (1, $1, $2, $3, $4, now())"
)
_PRICE: Final = "UPDATE prices SET amount = $1::int WHERE price_list_id = $2 AND product_id = $3"


class Kind(Struct, frozen=True):
    """A way to lose a right, and the way back; $1 is the person, $2 an id of the round."""

    name: str
    take: str
    give: str


class Lane(Struct, frozen=True):
    """Somebody who reads one address all the while, and whose rights to it end in many ways.

    ``old``: what the answer shows while the right stands. ``write`` writes something that is secret once it has ended,
    and says how it would show.
    """

    person: Actor
    path: str
    old: str
    write: Write
    erase: str  # $1 the id of the round
    kinds: tuple[Kind, ...]


def _kind(name: str, take: str, give: str) -> Kind:
    """Say a way in a table's own words; every way is about somebody and happens in some round."""
    return Kind(name, *(f"{words} AND $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL" for words in (take, give)))


DISABLED: Final = _kind(
    "the person is disabled",
    "UPDATE users SET disabled_at = now() WHERE id = $1",
    "UPDATE users SET disabled_at = NULL WHERE id = $1",
)
OF_PEOPLE: Final = (
    Kind("a rule denies", _DENY, "DELETE FROM access_rules WHERE id = $2 AND $1::uuid IS NOT NULL"),
    _kind(
        "the role is cut",
        "UPDATE memberships SET role = 'forwarder', branch = role WHERE user_id = $1",
        "UPDATE memberships SET role = branch, branch = '' WHERE user_id = $1",
    ),
    DISABLED,
    _kind(
        "the place is left",
        "UPDATE memberships SET ended_at = now() WHERE user_id = $1",
        "UPDATE memberships SET ended_at = NULL WHERE user_id = $1",
    ),
)
_CONTRACT: Final = f"WHERE id = '{BETA_CONTRACT}'"
_AGREEMENT: Final = f"WHERE id = '{BETA_AGREEMENT}'"
OF_PAPERS: Final = (
    _kind(
        "the contract is closed",
        f"UPDATE contracts SET status = 'closed' {_CONTRACT}",
        f"UPDATE contracts SET status = 'live' {_CONTRACT}",
    ),
    _kind(
        "the agreement is closed",
        f"UPDATE agreements SET status = 'closed' {_AGREEMENT}",
        f"UPDATE agreements SET status = 'live' {_AGREEMENT}",
    ),
    _kind(
        "the contract ran out",
        f"UPDATE contracts SET valid_to = '2020-02-01' {_CONTRACT}",
        f"UPDATE contracts SET valid_to = NULL {_CONTRACT}",
    ),
    _kind(
        "the agreement is withdrawn",
        f"UPDATE agreements SET deleted_at = now() {_AGREEMENT}",
        f"UPDATE agreements SET deleted_at = NULL {_AGREEMENT}",
    ),
)


async def write_order(connection: "asyncpg.Connection[asyncpg.Record]", person: Actor, round_id: UUID) -> str:
    """Give the person an order of their own."""
    number = f"NEW-{round_id.hex[:12]}"
    await connection.execute(_ORDER, round_id, number, person.partner_id, person.user_id)
    return number


async def write_price(connection: "asyncpg.Connection[asyncpg.Record]", _person: Actor, _round_id: UUID) -> str:
    """Change a price that only this client's agreement shows."""
    amount = randint(10**8, 10**9)  # as the price of a drum it stands out
    await connection.execute(_PRICE, amount, LIST, BETA_ONLY)
    return str(amount)


_ERASE_ORDER: Final = "DELETE FROM orders WHERE id = $1"
_ERASE_PRICE: Final = f"UPDATE prices SET amount = 1 WHERE product_id = '{BETA_ONLY}' AND $1::uuid IS NOT NULL"
LANES: Final = (
    Lane(BUYER, "/api/v1/orders", "OLD-ONE", write_order, _ERASE_ORDER, OF_PEOPLE),
    Lane(SENIOR, "/api/v1/orders", "OLD-TWO", write_order, _ERASE_ORDER, OF_PEOPLE),
    Lane(STRANGER, "/api/v1/catalog/products", "AL-BETA", write_price, _ERASE_PRICE, OF_PAPERS),
)


async def open_lane(connection: "asyncpg.Connection[asyncpg.Record]", lane: Lane) -> None:
    """Give the holder something to see all the while."""
    if lane.write is write_order:
        await connection.execute(
            _ORDER, lane.person.membership_id, lane.old, lane.person.partner_id, lane.person.user_id
        )
