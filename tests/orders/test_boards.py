"""The dashboard: what it costs and what its tabs count."""

import pytest
from asyncpg.connection import LoggedQuery

from app.access.actors import Actor
from app.orders.queries.board import VIEWS
from app.orders.rules.states import TURN, View
from app.orders.services.board import read_board
from tests.orders.shop import (
    HEAD,
    MANAGER,
    NOW,
    Shop,
    serve,
)
from tests.orders.steps import make_draft
from tests.support.wire import wire_of


async def watched(shop: Shop) -> list[str]:
    """List what reading the dashboard sends."""
    seen: list[str] = []

    def note(record: LoggedQuery) -> None:
        seen.append(record.query)

    async with shop.desk(HEAD) as desk:
        await desk.decision("order", "view")
        with (await wire_of(desk.transaction)).query_logger(note):
            await read_board(desk, "all", "AL-5W30")
    return seen


async def test_the_dashboard_costs_two_statements_on_any_number_of_orders(shop: Shop) -> None:
    async def statements() -> list[str]:
        one = serve(shop.database, pool_size=1)
        try:
            await watched(one)  # the driver learns types at their first use
            return await watched(one)
        finally:
            await one.close()

    few = await statements()
    for _ in range(6):
        await make_draft(shop)
    assert few == await statements()
    assert len(few) == 2


@pytest.mark.parametrize("actor", [HEAD, MANAGER], ids=["buyer", "manager"])
async def test_every_tab_counts_what_its_list_shows(shop: Shop, actor: Actor) -> None:
    states = [*TURN, "draft", "draft", "closed", "needs_decision"]
    for place, state in enumerate(states):
        order_id = await make_draft(shop, {})
        await shop.change(
            "UPDATE orders SET state = $2, decision_code = $3, archived_at = $4 WHERE id = $1",
            order_id,
            state,
            "returned" if place == len(TURN) else "",
            NOW if place == len(states) - 2 else None,
        )
    for place in (0, 3):  # a draft is never held; whatever is tells so in any state
        await shop.change(
            "UPDATE orders SET held_at = $2 WHERE id = (SELECT id FROM orders WHERE state = $1)",
            list(TURN)[place + 1],
            NOW,
        )
    counts: dict[View, int] = {}
    for view in VIEWS:
        async with shop.desk(actor) as desk:
            page = await read_board(desk, view)
        assert len(page.rows) == page.counts[view], view
        counts = page.counts
    assert counts == {
        "all": 14, "needs_me": 3 if actor is HEAD else 4, "held": 2, "in_erp": 4, "on_the_way": 2, "done": 3,
        "drafts": 3, "archive": 1,
    }  # fmt: skip
