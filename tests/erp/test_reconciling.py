"""Whatever is corrupted in the portal's copy is found, healed and reported; what the feed brings meanwhile is not."""

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.erp import feed
from app.erp.channel import Channel
from app.erp.checking import CheckingClient
from app.erp.loading import Side
from app.erp.queries import comparing, reconciling
from app.erp.queries.reconciling import Depth
from app.erp.reconciling import Compared, Reconciler
from app.erp.wire.calling import Address
from app.infra.db.transaction import open_tenant_transaction
from app.orders.rules.differing import plain
from tests.erp.look import Look
from tests.erp.orders import place
from tests.erp.stand_in import INFOBASES, StandIn
from tests.erp.test_outbound import Outbound, settle
from tests.support.databases import Database

# Tables whose rows have the label of one object each, and the column of each that is spoiled.
LABELLED: Final = {
    "regions": "name_ru", "warehouses": "name_ru", "standards": "code", "grades": "name_ru", "products": "fill_ru",
    "partners": "name", "counterparties": "name", "contacts": "name", "consignee_addresses": "text",
    "contracts": "number", "agreements": "name", "price_lists": "name", "managers": "name",
    "batches": "number", "transport_tasks": "plate", "invoices": "number", "claims": "outcome", "attachments": "name",
}  # fmt: skip
TWIN: Final = "00000000-0000-4000-8000-00000000dead"  # of a row the ERP never had
FIGURES: Final = {
    "prices": "amount", "stock_levels": "erp_free", "credit_accounts": "erp_debt", "bonus_balances": "accrued",
    "order_lines": "net", "shipment_lines": "kg", "shipment_sums": "net", "payment_parts": "amount",
}  # fmt: skip
STEPS: Final = {"prices": "0.0001", "stock_levels": "0.001", "shipment_lines": "0.001"}


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
async def client(stand_in: StandIn) -> AsyncIterator[CheckingClient]:
    """The questions of whoever compares."""
    address = Address(stand_in.url, INFOBASES["alatau"], "alatau", "Портал", "karavan-erp")
    async with CheckingClient(address) as way:
        yield way


@pytest.fixture
def reconciler(loaded: Side, channel: Channel, client: CheckingClient) -> Reconciler:
    """Compares, with a feed that is read whenever rest is wanted."""

    async def quiet(_moment: datetime) -> bool:
        while await feed.poll(loaded, channel, 0) != "nothing":
            pass
        return True

    return Reconciler(loaded, channel, client, quiet)


async def compare(reconciler: Reconciler, side: Side, depth: Depth = "labels", heal_most: int = 1000) -> Compared:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await reconciling.ask(transaction, depth, None)
        taken = await reconciling.take(transaction)
    assert taken is not None
    return await reconciler.run(*taken, heal_most)


async def report(look: Look) -> list[tuple[object, ...]]:
    """Stream, kind and how of every difference, and the faults of the run."""
    assert await look.value("SELECT reason FROM erp_reconciliations ORDER BY asked_at DESC LIMIT 1") == ""
    return await look.rows("""
        SELECT d.stream, d.kind, d.how FROM erp_differences d JOIN erp_reconciliations r ON r.id = d.run_id
        WHERE r.asked_at = (SELECT max(asked_at) FROM erp_reconciliations) ORDER BY 1, 2, 3""")


@pytest.mark.parametrize("depth", ["labels", "values"])
async def test_nothing_differs_after_a_load(reconciler: Reconciler, side: Side, look: Look, depth: Depth) -> None:
    done = await compare(reconciler, side, depth)
    assert await report(look) == []
    assert done.objects > 3_000


@pytest.mark.parametrize("table", LABELLED)
async def test_labels_rows_added_and_rows_removed_are_found_and_healed(
    reconciler: Reconciler, side: Side, look: Look, table: str
) -> None:
    column, alive = LABELLED[table], ""
    if await _has(look, "information_schema.columns WHERE column_name = 'deleted_at' AND table_name", table):
        alive = " AND deleted_at IS NULL"
    rows = f"SELECT id, {column}, src_label FROM {table} WHERE tenant_id = 1{alive} ORDER BY id"
    before = await look.rows(rows)
    changed, copied, removed = before[0][0], before[1][0], before[-1][0]
    await look.execute(
        f"UPDATE {table} SET {column} = 'spoiled', src_label = 'spoiled' WHERE tenant_id = 1 AND id = $1", changed
    )
    added = 0
    if not await _has(look, "pg_index WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text", table):
        twin = f"jsonb_populate_record(t, jsonb_build_object('id', '{TWIN}'))"
        await look.execute(
            f"INSERT INTO {table} SELECT ({twin}).* FROM {table} t WHERE t.tenant_id = 1 AND t.id = $1", copied
        )
        added = 1
    is_gone = await _remove(look, table, removed)
    done = await compare(reconciler, side)
    assert done.found == done.healed == 1 + added + is_gone
    after = await look.rows(rows)
    assert after == before
    assert (await compare(reconciler, side)).found == 0


async def _remove(look: Look, table: str, row_id: object) -> bool:
    """Remove a row, if nothing hangs on it."""
    try:
        await look.execute(f"DELETE FROM {table} WHERE tenant_id = 1 AND id = $1", row_id)
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


async def _has(look: Look, where: str, value: str) -> bool:
    """Whether the catalogue of the database lists such a thing."""
    return await look.count(f"SELECT count(*) FROM {where} = $1", value) > 0


@pytest.mark.parametrize("table", FIGURES)
async def test_figures_are_compared_to_the_last_digit(
    reconciler: Reconciler, side: Side, look: Look, table: str
) -> None:
    column = FIGURES[table]
    where = f"ctid = (SELECT min(ctid) FROM {table} WHERE tenant_id = 1)"
    step = STEPS.get(table, "0.01")
    before = await look.value(f"SELECT sum({column}) FROM {table} WHERE tenant_id = 1")
    await look.execute(f"UPDATE {table} SET {column} = {column} + {step} WHERE {where}")
    await compare(reconciler, side)
    assert [(kind, how) for _, kind, how in await report(look)] == [("value", "loaded_again")]
    assert await look.value(f"SELECT sum({column}) FROM {table} WHERE tenant_id = 1") == before


async def test_values_that_were_changed_under_the_right_label_are_found_in_depth(
    reconciler: Reconciler, side: Side, look: Look
) -> None:
    await look.execute("UPDATE partners SET name = 'spoiled' WHERE id = (SELECT id FROM partners WHERE tenant_id = 1"
                       " ORDER BY id LIMIT 1)")  # fmt: skip
    assert (await compare(reconciler, side)).found == 0, "labels cannot tell"
    await compare(reconciler, side, "values")
    [(stream, ours)] = await look.rows("SELECT stream, ours FROM erp_differences")
    assert (stream, ours) == ("partners", "name spoiled")
    assert await look.count("SELECT count(*) FROM partners WHERE name = 'spoiled'") == 0


async def test_more_than_the_bound_waits_for_a_person(reconciler: Reconciler, side: Side, look: Look) -> None:
    await look.execute("UPDATE partners SET src_label = 'spoiled' WHERE tenant_id = 1")
    done = await compare(reconciler, side, heal_most=3)
    assert done.found > 3
    assert done.healed == 0
    first = await look.value("SELECT min(since) FROM erp_differences")
    again = await compare(reconciler, side, heal_most=3)
    assert again.found == done.found
    assert await look.value("SELECT min(since) FROM erp_differences") == first, "it has stood since then"


async def test_what_the_feed_brings_meanwhile_is_no_difference(
    reconciler: Reconciler, side: Side, stand_in: StandIn, look: Look
) -> None:
    number = str(await look.value("SELECT number FROM contracts WHERE tenant_id = 1 AND status = 'live' LIMIT 1"))
    await stand_in.edit("credit_limit", contract=number, amount="7654321.00")
    assert (await compare(reconciler, side)).found == 0
    assert await look.count("SELECT count(*) FROM contracts WHERE credit_limit = 7654321") == 1


async def test_an_order_whose_total_is_another_one_there_is_named_with_both(
    reconciler: Reconciler, channel: Channel, loaded: Side, look: Look
) -> None:
    order = await place(loaded)
    await settle(Outbound(loaded, channel, "test"), look)
    await feed_until_rest(loaded, channel)
    assert (await compare(reconciler, loaded)).found == 0
    before = await look.row("SELECT gross, vat FROM orders WHERE id = $1", order.id)
    await look.execute("UPDATE orders SET gross = gross + 0.01 WHERE id = $1", order.id)
    await compare(reconciler, loaded)
    [(kind, how, ours, theirs)] = await look.rows("SELECT kind, how, ours, theirs FROM erp_differences")
    assert (kind, how, theirs) == ("total", "", f"gross {plain(order.gross)}")
    assert ours == f"gross {plain(order.gross + Decimal('0.01'))}"
    assert await is_held(look, order.id)
    await look.execute("UPDATE orders SET gross = $2 WHERE id = $1", order.id, before[0])
    assert (await compare(reconciler, loaded)).found == 0
    assert not await is_held(look, order.id), "both sides agree again"


async def is_held(look: Look, order_id: UUID) -> bool:
    held, rows = await look.row(
        "SELECT held_at IS NOT NULL, (SELECT count(*) FROM order_differences WHERE order_id = $1)"
        " FROM orders WHERE id = $1",
        order_id,
    )
    assert held is (rows == 1)
    return held is True


async def test_a_line_an_accountant_changed_holds_the_order_until_it_is_put_right(
    reconciler: Reconciler, channel: Channel, loaded: Side, look: Look, stand_in: StandIn
) -> None:
    order = await place(loaded)
    sender = Outbound(loaded, channel, "test")
    await settle(sender, look)
    await feed_until_rest(loaded, channel)
    number = str(await look.value("SELECT erp_number FROM orders WHERE id = $1", order.id))
    price = cast("Decimal", await look.value("SELECT price FROM order_lines WHERE order_id = $1", order.id))
    await stand_in.edit("order_line", order=number, line="1", price=f"{price + Decimal('0.01')}")
    await feed_until_rest(loaded, channel)
    assert await is_held(look, order.id), "at once, in the transaction that brought it"
    assert [row[0] for row in await look.rows("SELECT kind FROM outbox WHERE lane = 'notify' ORDER BY seq")][-1] == (
        "order.held"
    )
    done = await compare(reconciler, loaded)
    assert (done.found, done.healed) == (1, 0), "a comparison names it and leaves it to a person"
    await stand_in.edit("order_line", order=number, line="1", price=f"{price}")
    await feed_until_rest(loaded, channel)
    assert not await is_held(look, order.id)


async def test_what_only_the_erp_says_of_an_order_is_put_right(
    reconciler: Reconciler, channel: Channel, loaded: Side, look: Look
) -> None:
    order = await place(loaded)
    await settle(Outbound(loaded, channel, "test"), look)
    await feed_until_rest(loaded, channel)
    await look.execute("UPDATE order_lines SET shipped = 1, cancelled = true WHERE order_id = $1", order.id)
    await compare(reconciler, loaded)
    assert await look.rows("SELECT kind, how, ours, theirs FROM erp_differences") == [
        ("value", "loaded_again", "1.shipped 1, 1.cancelled true", "1.shipped 0, 1.cancelled false")
    ]
    assert await look.row("SELECT shipped, cancelled FROM order_lines WHERE order_id = $1", order.id) == (0, False)
    assert not await is_held(look, order.id)


async def feed_until_rest(side: Side, channel: Channel) -> None:
    while await feed.poll(side, channel, 0) != "nothing":
        pass


LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.dictionaries(st.uuids(), LABELS, max_size=30))
async def test_the_hash_is_the_same_here_there_and_by_hand(side: Side, rows: dict[UUID, str]) -> None:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute(
            "CREATE TEMP TABLE labelled (tenant_id int, id uuid, src_label text) ON COMMIT DROP"
        )
        await transaction.driver.executemany("INSERT INTO labelled VALUES (1, $1, $2)", list(rows.items()))
        ours = await comparing.read_buckets(transaction, "labelled")
    assert ours == by_hand(rows)


async def test_the_stand_in_counts_its_buckets_alike(client: CheckingClient, loaded: Side, look: Look) -> None:
    theirs = {one.bucket: (one.count, one.hash) for one in await client.buckets("partners")}
    listed = {one.ref: one.label for bucket in theirs for one in await client.rows("partners", bucket)}
    assert theirs == by_hand(listed)
    assert len(listed) == await look.count("SELECT count(*) FROM partners WHERE tenant_id = $1", loaded.tenant_id)


def by_hand(rows: dict[UUID, str]) -> dict[int, tuple[int, str]]:
    """The page's own words, in Python."""
    found: dict[int, tuple[int, int]] = {}
    for ref, label in rows.items():
        count, total = found.get(ref.bytes[0], (0, 0))
        digest = hashlib.md5(f"{ref} {label}".encode(), usedforsecurity=False).digest()
        found[ref.bytes[0]] = count + 1, total ^ int.from_bytes(digest[:8], "big")
    return {bucket: (count, f"{total:016x}") for bucket, (count, total) in found.items()}


async def test_what_the_mapping_leaves_out_is_not_missing_however_little_may_be_healed(
    reconciler: Reconciler, side: Side, look: Look
) -> None:
    await look.execute("UPDATE grades SET src_label = 'spoiled' WHERE tenant_id = 1")
    await compare(reconciler, side, heal_most=0)
    assert set(await report(look)) == {("products", "label", "")}
