"""Shipments, invoices, payments and the rest: loaded to the last digit, followed by the feed, walled by company."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from app.erp import feed
from app.erp.channel import Channel
from app.erp.loading import Side, load_due
from app.erp.mappings.papers import INVOICES, PAYMENTS, SHIPMENTS, TASK_DAYS, TRANSPORT
from app.erp.mappings.service import FILES
from app.infra.db.transaction import open_tenant_transaction
from tests.erp.look import Look
from tests.erp.staged import arrive, ref
from tests.erp.stand_in import StandIn
from tests.support.databases import Database

WALLED = (
    *("shipments", "shipment_lines", "shipment_sums", "transport_tasks", "invoices", "payments", "payment_parts"),
    *("claims", "bonus_balances", "attachments"),
)
EMPTY = "00000000-0000-0000-0000-000000000000"
OPEN_ORDER = "SELECT id, partner_id FROM orders WHERE erp_state = 'ОжидаетсяОбеспечение' ORDER BY number LIMIT 1"


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


async def drain(side: Side, channel: Channel) -> None:
    while await feed.poll(side, channel, 0) != "nothing":
        pass


@asynccontextmanager
async def company(database: Database, partner_id: object) -> AsyncIterator[Look]:
    """What the connections of a client's people see."""
    connection = await asyncpg.connect(database.client_url)
    await connection.execute(
        "SELECT set_config('app.tenant', '1', false), set_config('app.partners', $1, false),"
        " set_config('app.user', $2, false)",
        str(partner_id),
        str(UUID(int=1)),
    )
    try:
        yield Look(connection)
    finally:
        await connection.close()


async def test_papers_agree_with_orders_and_debts(loaded: Side, look: Look) -> None:
    assert loaded.tenant_id == 1
    differing = """
        SELECT (SELECT count(*) FROM invoices i JOIN (
                    SELECT shipment_id, sum(net + vat) AS gross, sum(vat) AS vat FROM shipment_sums GROUP BY 1) s
                    USING (shipment_id) WHERE (i.gross, i.vat) <> (s.gross, s.vat)),
               (SELECT count(*) FROM orders o JOIN (
                    SELECT order_id, sum(gross) AS gross FROM invoices WHERE deleted_at IS NULL GROUP BY 1) i
                    ON i.order_id = o.id WHERE o.erp_number < 'АЛ00-000043' AND o.gross <> i.gross),
               (SELECT count(*) FROM invoices i LEFT JOIN (
                    SELECT invoice_id, sum(amount) AS paid FROM payment_parts GROUP BY 1) p ON p.invoice_id = i.id
                    WHERE i.paid <> coalesce(p.paid, 0)),
               (SELECT count(*) FROM shipments s LEFT JOIN shipment_lines l ON l.shipment_id = s.id WHERE l.id IS NULL),
               (SELECT count(*) FROM shipment_lines l LEFT JOIN batches b ON b.id = l.batch_id WHERE b.id IS NULL),
               (SELECT count(*) FROM shipment_lines WHERE (unit = 't') <> (density IS NOT NULL)),
               (SELECT count(*) FROM credit_accounts a WHERE a.erp_debt <>
                    (SELECT coalesce(sum(gross), 0) FROM invoices i
                     WHERE i.contract_id = a.contract_id AND i.deleted_at IS NULL)
                    - (SELECT coalesce(sum(amount), 0) FROM payments p
                       WHERE p.contract_id = a.contract_id AND p.deleted_at IS NULL))
    """
    assert await look.row(differing) == (0,) * 7


async def test_an_unposted_shipment_is_gone_and_an_empty_contract_is_none(loaded: Side, look: Look) -> None:
    assert loaded.tenant_id == 1
    assert await look.count("SELECT count(*) FROM shipments WHERE deleted_at IS NOT NULL") == 1
    assert await look.count("SELECT count(*) FROM payments WHERE contract_id IS NULL AND deleted_at IS NULL") == 1


async def test_a_shipment_an_invoice_and_a_payment_arrive_by_the_feed(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    order_id, partner_id = await look.row(OPEN_ORDER)
    for _step in range(2):
        await stand_in.advance(str(order_id))
    await drain(loaded, channel)
    shipped = "SELECT id, partner_id, state FROM shipments WHERE order_id = $1 AND deleted_at IS NULL"
    shipment_id, owner, state = await look.row(shipped, order_id)
    assert (owner, state) == (partner_id, "on_the_way")
    lines = "SELECT count(*) FROM shipment_lines WHERE shipment_id = $1"
    assert await look.count(lines, shipment_id) == await look.count(
        "SELECT count(*) FROM order_lines WHERE order_id = $1 AND NOT cancelled", order_id
    )
    invoiced = "SELECT number, state, gross - paid FROM invoices WHERE shipment_id = $1"
    number, state, left = await look.row(invoiced, shipment_id)
    assert state == "unpaid"
    assert left == await look.value("SELECT sum(net + vat) FROM shipment_sums WHERE shipment_id = $1", shipment_id)
    await stand_in.edit("payment", invoice=number, amount="1.00")
    await drain(loaded, channel)
    assert (await look.row(invoiced, shipment_id))[1] == "partly"
    await stand_in.advance(str(order_id))
    await drain(loaded, channel)
    assert (await look.row(invoiced, shipment_id))[1:] == ("paid", 0)
    assert (await look.row(shipped, order_id))[2] == "delivered"
    assert await look.value("SELECT sum(amount) FROM payment_parts WHERE order_id = $1", order_id) == left


async def test_a_claim_decided_and_points_given_arrive(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    number = await look.value("SELECT number FROM claims WHERE closed_on IS NULL ORDER BY number LIMIT 1")
    await stand_in.edit("claim", claim=number, status="НеУдовлетворена", outcome="Расхождение в норме")
    points, programme, partner = await look.row(
        "SELECT b.partner_id, b.programme, p.name FROM bonus_balances b JOIN partners p ON p.id = b.partner_id LIMIT 1"
    )
    await stand_in.edit(
        "bonus", partner=await stand_in.code("partners", str(partner)), programme=programme, accrued="9"
    )
    await drain(loaded, channel)
    decided = "SELECT state, outcome, closed_on IS NOT NULL FROM claims WHERE number = $1"
    assert await look.row(decided, number) == ("refused", "Расхождение в норме", True)
    assert await look.value("SELECT accrued::text FROM bonus_balances WHERE partner_id = $1", points) == "9.00"


async def test_what_a_whole_load_no_longer_has_ends(loaded: Side, channel: Channel, look: Look) -> None:
    invented = """
        INSERT INTO invoices (tenant_id, id, number, issued_at, partner_id, currency, gross, vat, paid, state,
                              src_version, src_label)
        SELECT 1, gen_random_uuid(), 'NOBODY', now(), partner_id, 'KZT', 1, 0, 0, 'unpaid', 1, 'x' FROM invoices LIMIT 1
    """
    await look.execute(invented)
    async with open_tenant_transaction(loaded.engine, 1) as transaction:
        await transaction.driver.execute("UPDATE erp_streams SET state = 'new' WHERE stream = 'invoices'")
    await load_due(loaded, channel)
    gone = "SELECT deleted_at IS NOT NULL FROM invoices WHERE number = 'NOBODY'"
    assert await look.value(gone) is True


async def test_a_client_sees_its_own_papers_and_a_carrier_what_it_carries_without_a_sum(
    loaded: Side, database: Database, look: Look
) -> None:
    assert loaded.tenant_id == 1
    buyer, carrier = await look.row(
        "SELECT partner_id, carrier_id FROM shipments WHERE carrier_id IS NOT NULL AND deleted_at IS NULL LIMIT 1"
    )
    async with company(database, buyer) as own:
        for table in ("shipments", "shipment_sums", "invoices", "payments", "payment_parts", "claims"):
            whole = await look.count(f"SELECT count(*) FROM {table} WHERE partner_id = $1", buyer)
            assert await own.count(f"SELECT count(*) FROM {table}") == whole, table
        assert await own.count("SELECT count(*) FROM shipment_lines") == await look.count(
            "SELECT count(*) FROM shipment_lines l JOIN shipments s ON s.id = l.shipment_id WHERE s.partner_id = $1",
            buyer,
        )
        assert await own.count("SELECT count(*) FROM attachments WHERE owner_kind = 'contract'") == await look.count(
            "SELECT count(*) FROM contracts WHERE partner_id = $1", buyer
        )
    async with company(database, carrier) as carried:
        seen = "SELECT count(*) FROM shipments WHERE carrier_id = $1"
        assert await carried.count("SELECT count(*) FROM shipments") == await look.count(seen, carrier)
        assert await carried.count("SELECT count(*) FROM shipment_lines") == await look.count(
            "SELECT count(*) FROM shipment_lines l JOIN shipments s ON s.id = l.shipment_id WHERE s.carrier_id = $1",
            carrier,
        )
        for table in set(WALLED) - {"shipments", "shipment_lines", "transport_tasks"}:
            assert await carried.count(f"SELECT count(*) FROM {table}") == 0, table


async def test_a_company_without_papers_sees_none(loaded: Side, database: Database) -> None:
    assert loaded.tenant_id == 1
    async with company(database, UUID(int=0xF)) as stranger:
        for table in WALLED:
            assert await stranger.count(f"SELECT count(*) FROM {table}") == 0, table


async def test_a_line_and_a_part_that_left_the_paper_leave_us_too(side: Side, look: Look) -> None:
    line = {
        "КодСтроки": "1",
        "Характеристика_Key": ref("oil"),
        "Серия_Key": EMPTY,
        "Количество": "2",
        "МассаКг": "360",
        "ОбъемЛ": "0",
        "Плотность": "0",
        "Температура": "0",
        "Пломбы": "",
        "Сумма": "10.00",
        "СуммаНДС": "1.60",
    }
    part = {"Счет_Key": ref("invoice"), "ЗаказКлиента_Key": EMPTY, "Сумма": "5.00"}
    head = {"Ref_Key": ref("paper"), "Партнер_Key": ref("buyer"), "Posted": "true"}
    await arrive(side, SHIPMENTS, 1_000, head | {"Товары": [line, line | {"КодСтроки": "2"}]})
    await arrive(side, PAYMENTS, 1_001, head | {"РасшифровкаПлатежа": [part, part]})
    tables = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {}), (SELECT count(*) FROM {})"
    counts = tables.format(
        *(
            f"{table} WHERE {key} = '{ref('paper')}'"
            for table, key in (
                ("shipment_lines", "shipment_id"),
                ("shipment_sums", "shipment_id"),
                ("payment_parts", "payment_id"),
            )
        )
    )
    assert await look.row(counts) == (2, 2, 2)
    await arrive(side, SHIPMENTS, 1_002, head | {"DataVersion": "v2", "Товары": [line]})
    await arrive(side, PAYMENTS, 1_003, head | {"DataVersion": "v2", "РасшифровкаПлатежа": [part]})
    assert await look.row(counts) == (1, 1, 1)
    await arrive(side, SHIPMENTS, 1_001, head | {"DataVersion": "v0", "Товары": list[str]()})
    assert await look.row(counts) == (1, 1, 1), "an older version takes nothing away"


async def test_what_the_feed_marks_as_deleted_or_unposts_ends(side: Side, look: Look) -> None:
    gone = "SELECT deleted_at IS NOT NULL FROM invoices WHERE id = $1"
    head = {"Ref_Key": ref("bill"), "Партнер_Key": ref("buyer"), "Posted": "true"}
    await arrive(side, INVOICES, 1_000, head)
    assert await look.value(gone, UUID(ref("bill"))) is False
    await arrive(side, INVOICES, 1_001, head | {"DataVersion": "v2", "Posted": "false"})
    assert await look.value(gone, UUID(ref("bill"))) is True
    await arrive(side, INVOICES, 1_002, head | {"DataVersion": "v3"})
    assert await look.value(gone, UUID(ref("bill"))) is False
    await arrive(side, INVOICES, 1_003, head | {"DataVersion": "v4", "DeletionMark": "true"})
    assert await look.value(gone, UUID(ref("bill"))) is True


async def test_a_driver_of_long_ago_is_not_taken(side: Side, look: Look) -> None:
    now = datetime.now(UTC).date()
    for name, days in (("late", TASK_DAYS), ("fresh", TASK_DAYS - 1)):
        day = (now - timedelta(days=days)).isoformat()
        task = {"Ref_Key": ref(name), "Number": name, "Заказ_Key": ref("order"), "ДатаПрибытия": day}
        await arrive(side, TRANSPORT, 1_000, task)
    await arrive(side, TRANSPORT, 1_001, {"Ref_Key": ref("no day"), "Number": "no day", "Заказ_Key": ref("order")})
    taken = await look.rows("SELECT number FROM transport_tasks WHERE order_id = $1 ORDER BY 1", UUID(ref("order")))
    assert taken == [("fresh",), ("no day",)]


async def test_files_of_what_the_portal_does_not_know_are_left_alone(side: Side, look: Look) -> None:
    own = {"Ref_Key": ref("scan"), "ВладелецФайла_Type": "Catalog_Претензии", "ВладелецФайла_Key": ref("claim")}
    await arrive(side, FILES, 1_000, own, own | {"Ref_Key": ref("other"), "ВладелецФайла_Type": "Catalog_Склады"})
    assert await look.rows("SELECT owner_kind FROM attachments WHERE id = ANY ($1)", [ref("scan"), ref("other")]) == [
        ("claim",)
    ]
