"""What changes in the ERP arrives in seconds, exactly once in effect, wherever somebody dies on the way."""

import asyncio
from collections.abc import Sequence

import pytest

from app.erp import feed, parts, streams
from app.erp.channel import Channel
from app.erp.inbound import Inbound
from app.erp.loading import Side, load_due
from app.erp.streams import FEED
from app.erp.wire.client import ErpClient
from app.erp.wire.failures import ErpError
from app.erp.wire.messages import Entry
from app.infra.db.transaction import Transaction
from tests.erp.look import Look
from tests.erp.stand_in import StandIn
from tests.support.databases import Database


class CrashError(Exception):
    """Somebody pulled the plug."""


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
async def sku(loaded: Side, look: Look) -> str:
    """An item that may be sold and has a price."""
    found = await look.value(
        """
        SELECT p.sku FROM products p JOIN prices r USING (tenant_id)
           WHERE p.tenant_id = $1 AND r.product_id = p.id AND NOT p.is_blocked AND p.deleted_at IS NULL
             AND p.unit = 'piece' ORDER BY p.sku LIMIT 1""",
        loaded.tenant_id,
    )
    assert isinstance(found, str)
    return found


async def drain(side: Side, channel: Channel) -> int:
    """Take everything that waits; give the number of batches."""
    batches = 0
    while await feed.poll(side, channel, 0) != "nothing":
        batches += 1
    return batches


async def price_list(look: Look, sku: str) -> tuple[object, ...]:
    """A list that prices the item: reference, name, price."""
    return await look.row(
        """SELECT l.id, l.name, r.amount::text FROM prices r JOIN products p ON p.id = r.product_id
           JOIN price_lists l ON l.id = r.price_list_id WHERE p.sku = $1 AND NOT l.with_vat ORDER BY l.name LIMIT 1""",
        sku,
    )


async def price_of(look: Look, sku: str, list_id: object) -> str:
    return str(
        await look.value(
            """SELECT r.amount FROM prices r JOIN products p ON p.id = r.product_id
               WHERE p.sku = $1 AND r.price_list_id = $2""",
            sku,
            list_id,
        )
    )


async def block(stand_in: StandIn, sku: str, *, blocked: bool) -> None:
    await stand_in.edit("item_block", sku=sku, blocked=blocked)


async def is_blocked(look: Look, sku: str) -> bool:
    return await look.value("SELECT is_blocked FROM products WHERE sku = $1", sku) is True


async def test_a_new_sku_and_a_blocked_item_arrive_and_search_follows(
    side: Side, channel: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    await stand_in.edit("sku", sku=sku, new_sku="ZZ-0001")
    await block(stand_in, "ZZ-0001", blocked=True)
    assert await drain(side, channel) >= 1
    found = "SELECT is_blocked, $1 = ANY (old_skus) FROM products WHERE sku = 'ZZ-0001'"
    assert await look.row(found, sku) == (True, True)
    assert await look.count("SELECT count(*) FROM catalog_audit(1)") == 0
    await stand_in.edit("sku", sku="ZZ-0001", new_sku=sku)
    await block(stand_in, sku, blocked=False)
    await drain(side, channel)
    assert not await is_blocked(look, sku)


async def test_an_agreement_that_ends_moves_the_facts_of_its_client(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    agreement_id, number, partner_id = await look.row(
        "SELECT id, number, partner_id FROM agreements WHERE status = 'live' AND deleted_at IS NULL ORDER BY id LIMIT 1"
    )
    version = "SELECT facts_v FROM facts_versions WHERE partner_id = $1"
    before = await look.count(version, partner_id)
    await stand_in.edit("agreement_end", agreement=number, valid_to="2030-01-31")
    await drain(loaded, channel)
    ends = await look.value("SELECT valid_to::text FROM agreements WHERE id = $1", agreement_id)
    assert ends == "2030-01-31"
    assert await look.count(version, partner_id) > before


async def test_a_waiting_poll_hears_of_a_change_at_once(
    side: Side, channel: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    waiting = asyncio.create_task(feed.poll(side, channel, 10))
    await asyncio.sleep(0.3)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await block(stand_in, sku, blocked=True)
    assert await waiting == "batch"
    assert loop.time() - began < 3
    assert await is_blocked(look, sku)
    await block(stand_in, sku, blocked=False)


@pytest.mark.parametrize("place", ["fetch", "apply", "before commit", "after commit", "ack", "after ack"])
async def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(
    side: Side,
    channel: Channel,
    stand_in: StandIn,
    look: Look,
    sku: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    place: str,
) -> None:
    list_id, name, former = await price_list(look, sku)
    code = await stand_in.code("price_types", str(name))
    await stand_in.edit("price", sku=sku, price_type=code, amount="4321.5000")

    async def crash(*_args: object, **_more: object) -> None:
        raise CrashError

    real_acknowledge = ErpClient.acknowledge

    async def acknowledge_then_crash(client: ErpClient, batch: int) -> None:
        await real_acknowledge(client, batch)
        raise CrashError

    with monkeypatch.context() as patch:
        match place:
            case "fetch":
                patch.setattr(feed, "_take", crash)
            case "apply":
                patch.setattr(feed, "_remember", crash)
            case "before commit":
                patch.setattr(feed, "note_answer", crash)
            case "after commit" | "ack":
                patch.setattr(ErpClient, "acknowledge", crash)
            case _:
                patch.setattr(ErpClient, "acknowledge", acknowledge_then_crash)
        with pytest.raises(CrashError):
            await feed.poll(side, channel, 0)
    committed = place in {"after commit", "ack", "after ack"}
    assert (await price_of(look, sku, list_id) == "4321.5000") is committed
    stamp = await look.value("SELECT max(synced_at) FROM prices")
    await drain(side, channel)
    assert await price_of(look, sku, list_id) == "4321.5000"
    if committed:
        assert await look.value("SELECT max(synced_at) FROM prices") == stamp
    doubled = "SELECT count(*) FROM (SELECT FROM erp_inbox GROUP BY tenant_id, ref, label HAVING count(*) > 1) twice"
    assert await look.value(doubled) == 0
    await stand_in.edit("price", sku=sku, price_type=code, amount=former)


async def test_a_batch_of_many_parts_that_breaks_between_them_is_applied_once(
    side: Side, channel: Channel, stand_in: StandIn, look: Look, sku: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drain(side, channel)
    for blocked in (True, False, True):
        await block(stand_in, sku, blocked=blocked)
    list_id, name, former = await price_list(look, sku)
    code = await stand_in.code("price_types", str(name))
    await stand_in.edit("price", sku=sku, price_type=code, amount="4321.5000")
    real_apply = feed.apply_batch
    applied: list[int] = []

    async def break_at_the_second(
        transaction: Transaction, side: Side, node: str, number: int, entries: Sequence[Entry]
    ) -> None:
        applied.append(len(entries))
        if len(applied) == 2:
            raise CrashError
        await real_apply(transaction, side, node, number, entries)

    mark = "SELECT batch FROM erp_streams WHERE tenant_id = 1 AND stream = $1"
    before = await look.value(mark, FEED)
    with monkeypatch.context() as patch:
        patch.setattr(parts, "MOST_WEIGHT", 1)
        patch.setattr(feed, "apply_batch", break_at_the_second)
        with pytest.raises(CrashError):
            await feed.poll(side, channel, 0)
    assert await is_blocked(look, sku)
    assert await price_of(look, sku, list_id) == former
    assert await look.value(mark, FEED) == before
    await drain(side, channel)
    assert await price_of(look, sku, list_id) == "4321.5000"
    doubled = "SELECT count(*) FROM (SELECT FROM erp_inbox GROUP BY tenant_id, ref, label HAVING count(*) > 1) twice"
    assert await look.value(doubled) == 0
    await block(stand_in, sku, blocked=False)
    await stand_in.edit("price", sku=sku, price_type=code, amount=former)


async def test_an_answer_lost_on_the_way_is_asked_for_again(
    side: Side, channel: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    await block(stand_in, sku, blocked=True)
    await stand_in.fault("drop_after_commit", "/changes", times=2)
    failures = 0
    for _ in range(6):
        try:
            await feed.poll(side, channel, 0)
        except ErpError:
            failures += 1
    assert failures == 2
    assert await is_blocked(look, sku)
    await block(stand_in, sku, blocked=False)


async def test_pages_know_since_when_the_erp_is_away(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    inbound = Inbound(loaded, channel)
    assert await inbound.step(0)
    freshness = "SELECT feed_at IS NOT NULL AS heard, away_since IS NOT NULL AS is_away FROM erp_freshness"
    assert tuple(await look.row(freshness) or ()) == (True, False)
    await stand_in.fault("maintenance", mode="503")
    assert not await inbound.step(0)
    since = await look.value("SELECT away_since FROM erp_freshness")
    assert since is not None
    assert not await inbound.step(0)
    assert await look.value("SELECT away_since FROM erp_freshness") == since
    await stand_in.clear_faults()
    for _ in range(20):
        if await inbound.step(0):
            break
    assert tuple(await look.row(freshness) or ()) == (True, False)


async def test_figures_count_as_fresh_only_when_nothing_waits_in_the_erp(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look, sku: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drain(loaded, channel)
    fed = "SELECT feed_at FROM erp_freshness"
    before = await look.value(fed)
    list_id, name, price = await price_list(look, sku)
    code = await stand_in.code("price_types", str(name))
    for blocked in (True, False):
        await block(stand_in, sku, blocked=blocked)
    await stand_in.edit("price", sku=sku, price_type=code, amount="4321.5000")
    monkeypatch.setattr(feed, "_LIMIT", 1)
    answers: list[str] = []
    while not answers or answers[-1] == "more":
        assert await look.value(fed) == before
        answers.append(await feed.poll(loaded, channel, 0))
    assert len(answers) > 1
    assert await look.value(fed) != before
    monkeypatch.undo()
    await stand_in.edit("price", sku=sku, price_type=code, amount=price)
    await drain(loaded, channel)
    assert await price_of(look, sku, list_id) == price


async def test_a_restored_erp_is_noticed_and_everything_compared_again(
    side: Side, channel: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    await look.execute("UPDATE erp_streams SET batch = batch + 1000000000 WHERE stream = $1", streams.FEED)
    exists = await look.count("SELECT count(*) FROM erp_streams WHERE stream = $1", streams.FEED)
    if not exists:
        await look.execute(
            "INSERT INTO erp_streams (tenant_id, node, stream, batch, state)"
            " VALUES (1, 'portal', $1, 1000000000, 'live')",
            streams.FEED,
        )
    await block(stand_in, sku, blocked=True)
    assert await feed.poll(side, channel, 0) == "restored"
    assert await look.count("SELECT count(*) FROM erp_streams WHERE state = 'new'") > 20
    await look.execute("UPDATE products SET src_version = src_version + (1000000000::bigint << 20)")
    loaded_again = await load_due(side, channel)
    assert loaded_again.stopped == {}
    assert await is_blocked(look, sku)
    await block(stand_in, sku, blocked=False)
