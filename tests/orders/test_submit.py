"""From a draft to a submitted order: what is taken, frozen and queued, and what a refusal leaves."""

from decimal import Decimal

import msgspec

from app.orders.events import OrderPut
from app.orders.schemas import Details, NewLine, Submission
from app.orders.services.drafts import edit_details, start
from app.orders.services.lines import add_lines
from app.orders.services.placing import submit
from tests.orders.shop import ALPHA_LLP, ALPHA_YARD, CONTRACT, DRUM, PAIL, SOON, Shop


async def test_a_submitted_order_is_frozen_held_and_queued(shop: Shop) -> None:
    async with shop.desk() as desk:
        order = await start(desk, contract_id=CONTRACT)
        details = Details(contract_id=CONTRACT, counterparty_id=ALPHA_LLP, address_id=ALPHA_YARD, ship_on=SOON)
        await edit_details(desk, order.id, details, 1)
        lines = [NewLine(product_id=DRUM, quantity=Decimal(3)), NewLine(product_id=PAIL, quantity=Decimal(8))]
        await add_lines(desk, order.id, lines, 2)
    async with shop.desk() as desk:
        placed = await submit(desk, order.id, Submission())
    assert placed.state == "submitted"
    [row] = await shop.look("SELECT * FROM orders")
    print(dict(row))
    [out] = await shop.look("SELECT * FROM outbox WHERE lane = 'erp'")
    print(msgspec.json.decode(out["body"], type=OrderPut))
    print(await shop.look("SELECT * FROM stock_holds"), await shop.look("SELECT unreflected FROM credit_accounts"))
