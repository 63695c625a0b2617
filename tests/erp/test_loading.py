"""The first load equals what the ERP has; loading again changes nothing; a cut or broken load leaves no damage."""

import httpx
import msgspec
import pytest
from msgspec import Struct

from app.erp.channel import Channel
from app.erp.loading import Side, load_due
from app.erp.mappings import STREAMS
from app.erp.wire.failures import ErpError
from app.infra.db.transaction import open_tenant_transaction
from tests.erp.look import Look
from tests.erp.scissors import cut_line
from tests.erp.stand_in import StandIn, channel_to
from tests.support.peer import ErpPeer


class _Infobase(Struct):
    rows: dict[str, int]


class _State(Struct):
    infobases: dict[str, _Infobase]


# Rows of the ERP that are no rows of ours: groups of products, memberships and prices that ended.
_COUNTED = {
    "regions": "SELECT count(*) FROM regions",
    "plants": "SELECT count(*) FROM plants",
    "warehouses": "SELECT count(*) FROM warehouses",
    "lines": "SELECT count(*) FROM product_lines",
    "standards": "SELECT count(*) FROM standards",
    "packages": "SELECT count(*) FROM packages",
    "characteristics": "SELECT count(*) FROM products",
    "segments": "SELECT count(*) FROM segments",
    "price_types": "SELECT count(*) FROM price_lists",
    "prices": "SELECT (SELECT count(*) FROM prices) + (SELECT count(*) FROM planned_prices)",
    "managers": "SELECT count(*) FROM managers",
    "partners": "SELECT count(*) FROM partners",
    "counterparties": "SELECT count(*) FROM counterparties",
    "contacts": "SELECT count(*) FROM contacts",
    "addresses": "SELECT count(*) FROM consignee_addresses",
    "contracts": "SELECT count(*) FROM contracts",
    "agreements": "SELECT count(*) FROM agreements",
    "stock": "SELECT count(*) FROM stock_levels",
    "limits": "SELECT count(*) FROM credit_accounts",
    "plans": "SELECT count(*) FROM sales_plans",
    "orders": "SELECT count(*) FROM orders",
    "transport": "SELECT count(*) FROM transport_tasks",
    "batches": "SELECT count(*) FROM batches",
    "shipments": "SELECT count(*) FROM shipments",
    "invoices": "SELECT count(*) FROM invoices",
    "payments": "SELECT count(*) FROM payments",
    "claims": "SELECT count(*) FROM claims",
    "bonus": "SELECT count(*) FROM bonus_balances",
    "files": "SELECT count(*) FROM attachments",
}


async def rows_in_erp(peer: ErpPeer, ib: str) -> dict[str, int]:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{peer.control_url}/state", headers={"X-Control-Token": peer.control_token})
    return msgspec.json.decode(answer.content, type=_State).infobases[ib].rows


async def test_the_first_load_brings_everything_and_the_second_nothing(
    side: Side, channel: Channel, erp_peer: ErpPeer, look: Look
) -> None:
    loaded = await load_due(side, channel)
    assert loaded.stopped == {}
    assert list(loaded.applied) == [stream.name for stream in STREAMS]
    expected = await rows_in_erp(erp_peer, "erp")
    found = {name: await look.value(query) for name, query in _COUNTED.items()}
    assert found == {name: expected[name] for name in _COUNTED}

    before = await fingerprints(look)
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute("UPDATE erp_streams SET state = 'new'")
    again = await load_due(side, channel)
    assert {name: applied for name, applied in again.applied.items() if not applied.is_nothing} == {}
    assert await fingerprints(look) == before


async def fingerprints(look: Look) -> dict[str, str]:
    """Every row of every table fed from the ERP, down to its last version mark."""
    tables = {target.table for stream in STREAMS for target in stream.targets}
    return {
        table: str(await look.value(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"))
        for table in sorted(tables)
    }


async def test_what_was_loaded_says_what_the_erp_says(side: Side, channel: Channel, look: Look) -> None:
    await load_due(side, channel)
    sums = """
        SELECT (SELECT sum(amount) FROM prices) > 0, (SELECT sum(erp_free) FROM stock_levels) <> 0,
               (SELECT sum(gross) FROM orders) > 0, (SELECT sum(gross) FROM order_lines) > 0,
               (SELECT count(*) FROM orders WHERE contract_id IS NULL),
               (SELECT count(*) FROM order_lines l LEFT JOIN products p ON p.id = l.product_id WHERE p.id IS NULL),
               (SELECT count(DISTINCT pos) - max(pos) FROM products),
               (SELECT count(*) FROM products WHERE '' IN (name_ru, name_kk, name_en) OR name_ru <> btrim(name_ru)),
               (SELECT count(*) FROM catalog_audit(1))
    """
    *has_figures, lost_contracts, lost_products, holes, nameless, wrong_bits = await look.row(sums)
    assert has_figures == [True] * 4
    assert (lost_contracts, lost_products, holes, nameless, wrong_bits) == (0, 0, 1, 0, 0)
    out_of_sight = """
        SELECT count(*) FROM orders o JOIN partners p ON p.id = o.partner_id
        WHERE NOT o.shared OR o.region_id IS DISTINCT FROM p.region_id
    """
    assert await look.value(out_of_sight) == 0, "an order of the ERP is the whole company's, and its client's manager's"
    states = {state for (state,) in await look.rows("SELECT DISTINCT state FROM orders")}
    assert "closed" in states
    assert states <= {"accepted", "in_work", "loading", "shipped", "delivered", "closed", "cancelled"}


@pytest.mark.parametrize("after", [300, 5_000, 70_001])
async def test_a_cut_answer_goes_on_where_it_stopped(side: Side, stand_in: StandIn, look: Look, after: int) -> None:
    async with cut_line(stand_in.url, cuts=4, after=after) as (url, scissors), channel_to(url) as cut_channel:
        loaded = await load_due(side, cut_channel)
        assert scissors.cuts == 0
    assert loaded.stopped == {}
    assert await look.count("SELECT count(*) FROM products") == 300
    assert await look.count("SELECT count(*) FROM erp_streams WHERE row_count <> total_count") == 0


async def test_an_erp_that_goes_away_in_the_middle_keeps_what_came(
    side: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    await stand_in.fault("maintenance", mode="html")
    with pytest.raises(ErpError):
        await load_due(side, channel)
    await stand_in.clear_faults()
    channel.breaker.succeeded()
    await stand_in.fault("http", "/snapshot/prices", status=503, body="html")
    with pytest.raises(ErpError):
        await load_due(side, channel)
    states = await look.rows("SELECT stream, state FROM erp_streams")
    assert ("products", "live") in states
    assert "prices" not in {stream for stream, _ in states}
    await stand_in.clear_faults()
    channel.breaker.succeeded()
    loaded = await load_due(side, channel)
    assert "products" not in loaded.applied
    assert await look.count("SELECT count(*) FROM erp_streams WHERE state <> 'live'") == 0


async def test_two_tenants_load_side_by_side_and_never_mix(
    side: Side, other_side: Side, channel: Channel, look: Look, stand_in: StandIn, erp_peer: ErpPeer
) -> None:
    async with channel_to(stand_in.url, "hantengri") as other_channel:
        await load_due(other_side, other_channel)
        await load_due(side, channel)
    for tenant_id, ib in ((1, "erp"), (2, "erp2")):
        expected = await rows_in_erp(erp_peer, ib)
        counted = await look.rows("SELECT count(*) FROM products WHERE tenant_id = $1", tenant_id)
        assert counted[0][0] == expected["characteristics"]
    shared = await look.value(
        "SELECT count(*) FROM partners a JOIN partners b USING (id) WHERE a.tenant_id < b.tenant_id"
    )
    assert shared == 0
