"""The dashboard: one statement for the counts of all views, one for a page of rows, whatever the data's size.

Search finds by number (own, ERP's or the customer's), by SKU and by consignee; each way is an index of its
own, joined by UNION, because one OR over all of them would read every order.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.decisions import Decision
from app.access.terms import Facts
from app.infra.db.transaction import Transaction
from app.orders.queries.access import ORDER_TEXT
from app.orders.rules.facts import Delivery
from app.orders.rules.quantities import Mode
from app.orders.rules.search import Query
from app.orders.rules.states import STATES_OF_VIEW, State, View

VIEWS: Final[tuple[View, ...]] = ("all", "needs_me", "held", "in_erp", "on_the_way", "done", "drafts", "archive")
_NEEDS_BUYER: Final = "(o.state = 'needs_decision' OR (o.state = 'draft' AND o.decision_code <> ''))"
_NEEDS_MANAGER: Final = "(o.state = 'needs_decision' OR o.held_at IS NOT NULL)"
_FOUND: Final = """
    found AS MATERIALIZED (
        SELECT id FROM orders WHERE tenant_id = $1 AND number_tail = $2::int
            AND position($3::text IN upper(number)) > 0
        UNION SELECT id FROM orders WHERE tenant_id = $1 AND erp_tail = $2::int
            AND position($3::text IN upper(erp_number)) > 0
        UNION SELECT id FROM orders WHERE tenant_id = $1 AND customer_number = $4::text AND customer_number <> ''
        UNION SELECT order_id FROM order_lines WHERE tenant_id = $1 AND product_id = ANY (ARRAY (
            SELECT id FROM products WHERE tenant_id = $1 AND sku >= $3::text AND sku < $5::text))
        UNION SELECT id FROM orders WHERE tenant_id = $1 AND $6::text <> '' AND address_id = ANY (ARRAY (
            SELECT a.id FROM consignee_addresses a
            LEFT JOIN counterparties g ON g.tenant_id = $1 AND g.id = a.counterparty_id
            WHERE a.tenant_id = $1
              AND (position($6::text IN lower(g.name)) > 0 OR position($6::text IN lower(a.text)) > 0)))
    )
"""
_NO_SEARCH: Final = "found AS (SELECT $2::int, $3::text, $4::text, $5::text, $6::text)"
# Grouped, so that an index alone answers it; the views are sums of these few groups.
_COUNTS: Final = """
    WITH {found}
    SELECT o.state, o.archived_at IS NOT NULL AS is_archived, o.decision_code <> '' AS is_returned,
        o.held_at IS NOT NULL AS is_held, count(*) AS orders
    FROM orders o
    WHERE o.tenant_id = $1 AND {searched} AND {allowed}
    GROUP BY 1, 2, 3, 4
"""
_ROWS: Final = """
    WITH {found}, page AS MATERIALIZED (
        SELECT o.* FROM orders o
        WHERE o.tenant_id = $1 AND {searched} AND {view} AND {allowed}
          AND ($7::timestamptz IS NULL OR (o.updated_at, o.id) < ($7::timestamptz, $8::uuid))
        ORDER BY o.updated_at DESC, o.id DESC LIMIT $9
    )
    SELECT o.id, o.number, o.erp_number, o.customer_number, o.state, o.mode, o.delivery, o.ship_on,
        o.gross, o.currency, o.kg, o.partner_id, coalesce(b.name, '') AS partner_name, o.region_id, o.contract_id,
        coalesce(g.name, '') AS consignee_name, o.address_text, o.decision_code, o.held_at, o.shared,
        o.author_id, o.branch, o.archived_at, o.created_at, o.submitted_at, o.updated_at, o.erp_synced_at,
        (SELECT count(*) FROM order_lines l WHERE l.tenant_id = $1 AND l.order_id = o.id) AS lines
    FROM page o
    LEFT JOIN partners b ON b.tenant_id = $1 AND b.id = o.partner_id
    LEFT JOIN consignee_addresses a ON a.tenant_id = $1 AND a.id = o.address_id
    LEFT JOIN counterparties g ON g.tenant_id = $1 AND g.id = a.counterparty_id
    ORDER BY o.updated_at DESC, o.id DESC
"""


class BoardRow(Struct, frozen=True):
    """One order in a list. Whether money may be shown is the caller's question."""

    id: UUID
    number: str
    erp_number: str
    customer_number: str
    state: State
    mode: Mode
    delivery: Delivery
    ship_on: date | None
    gross: Decimal
    currency: str
    kg: Decimal
    partner_id: UUID
    partner_name: str
    region_id: UUID | None
    contract_id: UUID | None
    consignee_name: str
    address_text: str
    decision_code: str
    held_at: datetime | None
    shared: bool
    author_id: UUID
    branch: str
    archived_at: datetime | None
    created_at: datetime
    submitted_at: datetime | None
    updated_at: datetime
    erp_synced_at: datetime | None
    lines: int

    @property
    def facts(self) -> Facts:
        """What a rule may ask about it."""
        return Facts(
            reg=self.region_id,
            org=self.partner_id,
            ctr=self.contract_id,
            author=self.author_id,
            branch=self.branch,
            shared=self.shared,
        )


# The columns are what the statement says they are; checking fifty rows of them would cost as much as reading them.
_MAKE_ROW: Final = cast("Callable[..., BoardRow]", BoardRow)


class Group(Struct, frozen=True):
    """Orders that stand in the same views."""

    state: State
    is_archived: bool
    is_returned: bool
    is_held: bool
    orders: int


class Place(Struct, frozen=True):
    """Where a page ends: the next one begins after this row."""

    updated_at: datetime
    id: UUID


class Board(Struct, frozen=True):
    """What a list is asked for; ``visible`` is order:view."""

    visible: Decision
    view: View
    query: Query | None
    is_staff: bool


async def read_counts(transaction: Transaction, board: Board) -> dict[View, int]:
    """Count every view under the same rights and search; exact."""
    allowed, values = board.visible.text(ORDER_TEXT, 7)
    found, searched, params = _search(board.query)
    statement = _COUNTS.format(found=found, searched=searched, allowed=allowed)
    rows = await transaction.driver.fetch(statement, transaction.tenant_id, *params, *values)
    groups = [msgspec.convert(dict(cast("dict[str, object]", row)), Group) for row in rows]
    return {view: sum(one.orders for one in groups if view in views_of(one, is_staff=board.is_staff)) for view in VIEWS}


def views_of(group: Group, *, is_staff: bool) -> set[View]:
    """Name the views an order of this kind stands in; the conditions of the list say the same."""
    if group.is_archived:
        return {"archive"}
    views: set[View] = {"all"}
    views |= {view for view, states in STATES_OF_VIEW.items() if group.state in states}
    if group.is_held:
        views.add("held")
    is_managers = group.state == "needs_decision" or (group.is_held and is_staff)
    if is_managers or (group.state == "draft" and group.is_returned and not is_staff):
        views.add("needs_me")
    return views


async def read_rows(transaction: Transaction, board: Board, after: Place | None, limit: int) -> list[BoardRow]:
    """Read a page, newest change first."""
    allowed, values = board.visible.text(ORDER_TEXT, 10)
    found, searched, params = _search(board.query)
    statement = _ROWS.format(found=found, searched=searched, view=_condition(board.view, board), allowed=allowed)
    rows = await transaction.driver.fetch(
        statement,
        transaction.tenant_id,
        *params,
        after.updated_at if after else None,
        after.id if after else None,
        limit,
        *values,
    )
    return [_MAKE_ROW(**cast("dict[str, object]", row)) for row in rows]


def _search(query: Query | None) -> tuple[str, str, list[object]]:
    if query is None:
        return _NO_SEARCH, "true", [None, None, None, None, None]
    params: list[object] = [query.tail, query.upper, query.text, query.beyond, query.words]
    return _FOUND, "o.id IN (SELECT id FROM found)", params


def _condition(view: View, board: Board) -> str:
    if view == "archive":
        return "o.archived_at IS NOT NULL"
    if view == "all":
        return "o.archived_at IS NULL"
    if view == "held":
        return "(o.archived_at IS NULL AND o.held_at IS NOT NULL)"
    if view == "needs_me":
        waiting = _NEEDS_MANAGER if board.is_staff else _NEEDS_BUYER
        return f"(o.archived_at IS NULL AND {waiting})"
    states = ", ".join(f"'{state}'" for state in STATES_OF_VIEW[view])
    return f"(o.archived_at IS NULL AND o.state IN ({states}))"
