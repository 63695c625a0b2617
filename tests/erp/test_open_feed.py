"""What changes in the ERP arrives over the exchange plan, exactly once in effect, wherever somebody dies on the way."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from msgspec import Raw
from msgspec.structs import replace

from app.erp import feed
from app.erp.channel import Channel
from app.erp.families.reading import read_family
from app.erp.inbound import Inbound
from app.erp.loading import Side, load_due
from app.erp.ports import ErpPort
from app.erp.streams import FEED
from app.erp.sweeping import sweep
from app.erp.wire.calling import TooLargeError
from app.erp.wire.odata.client import OdataClient
from app.erp.wire.odata.packets import Node, Plan, Record
from tests.erp.doctored import doctored
from tests.erp.look import Look
from tests.erp.open_way import open_channel, quick
from tests.erp.stand_in import StandIn
from tests.erp.test_feed import block, drain, is_blocked, price_list, price_of
from tests.support.databases import Database


class CrashError(Exception):
    """Somebody pulled the plug."""


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.fixture
async def open_way(stand_in: StandIn) -> AsyncIterator[Channel]:
    async with open_channel(stand_in.url) as way:
        yield way


@pytest.fixture
async def sku(side: Side, open_way: Channel, look: Look) -> str:
    """An item that may be sold; everything is loaded and every change so far is taken."""
    await look.execute("DELETE FROM erp_streams WHERE stream = $1", FEED)
    await look.execute("UPDATE erp_streams SET state = 'new', mapping = ''")
    await load_due(side, open_way)
    await drain(side, open_way)
    await load_due(side, open_way)
    found = await look.value(
        """SELECT p.sku FROM products p JOIN prices r ON r.product_id = p.id
           WHERE NOT p.is_blocked AND p.deleted_at IS NULL AND p.unit = 'piece' ORDER BY p.sku LIMIT 1"""
    )
    assert isinstance(found, str)
    return found


async def test_an_edit_and_a_price_arrive_in_the_next_packet(
    side: Side, open_way: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    list_id, name, former = await price_list(look, sku)
    code = await stand_in.code("price_types", str(name))
    await stand_in.edit("price", sku=sku, price_type=code, amount="4321.5000")
    await block(stand_in, sku, blocked=True)
    assert await feed.poll(side, open_way, 0) == "batch"
    assert await price_of(look, sku, list_id) == "4321.5000"
    assert await is_blocked(look, sku)
    assert await look.count("SELECT count(*) FROM erp_streams WHERE state = 'stopped'") == 0
    await stand_in.edit("price", sku=sku, price_type=code, amount=former)
    await block(stand_in, sku, blocked=False)
    await drain(side, open_way)
    assert (await price_of(look, sku, list_id), await is_blocked(look, sku)) == (former, False)


@pytest.mark.parametrize("place", ["fetch", "apply", "before commit", "ack", "after ack"])
async def test_a_crash_anywhere_loses_no_change(
    side: Side,
    open_way: Channel,
    stand_in: StandIn,
    look: Look,
    sku: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    place: str,
) -> None:
    await block(stand_in, sku, blocked=True)

    async def crash(*_args: object, **_more: object) -> None:
        raise CrashError

    real = OdataClient.acknowledge

    async def acknowledge_then_crash(client: OdataClient, batch: int) -> None:
        await real(client, batch)
        raise CrashError

    with monkeypatch.context() as patch:
        match place:
            case "fetch":
                patch.setattr(feed, "_take", crash)
            case "apply":
                patch.setattr(feed, "_remember", crash)
            case "before commit":
                patch.setattr(feed, "note_answer", crash)
            case "ack":
                patch.setattr(OdataClient, "acknowledge", crash)
            case _:
                patch.setattr(OdataClient, "acknowledge", acknowledge_then_crash)
        with pytest.raises(CrashError):
            await feed.poll(side, open_way, 0)
    # Whoever takes over knows nothing but what was committed; a change made meanwhile must not be confirmed unseen.
    await stand_in.edit("sku", sku=sku, new_sku="ZZ-0007")
    async with open_channel(stand_in.url) as second:
        await load_due(side, second)
        await drain(side, second)
        assert await look.row("SELECT is_blocked, $1 = ANY (old_skus) FROM products WHERE sku = 'ZZ-0007'", sku) == (
            True,
            True,
        )
        await stand_in.edit("sku", sku="ZZ-0007", new_sku=sku)
        await block(stand_in, sku, blocked=False)
        await drain(side, second)
    assert not await is_blocked(look, sku)


async def test_an_erp_restored_from_a_backup_is_read_anew(
    side: Side, open_way: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    await block(stand_in, sku, blocked=True)
    await feed.poll(side, open_way, 0)
    # The ERP's own number is lower than the one it is known to have given: it forgot.
    await look.execute("UPDATE erp_streams SET cursor = '900000000' WHERE stream = $1", FEED)
    async with open_channel(stand_in.url) as way:
        await load_due(side, way)
        assert await feed.poll(side, way, 0) == "restored"
        assert await look.count("SELECT count(*) FROM erp_streams WHERE state = 'new' AND mapping = ''") >= 23
        await load_due(side, way)
        assert await look.count("SELECT count(*) FROM erp_streams WHERE state <> 'live'") == 0
        await block(stand_in, sku, blocked=False)
        await drain(side, way)
    assert not await is_blocked(look, sku)


async def test_a_packet_too_large_for_one_piece_is_replaced_by_reading_everything(
    side: Side, open_way: Channel, stand_in: StandIn, look: Look, sku: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await block(stand_in, sku, blocked=True)

    async def bomb(*_args: object) -> None:
        message = "too much"
        raise TooLargeError(message)

    with monkeypatch.context() as patch:
        patch.setattr(Plan, "take", bomb)
        assert await feed.poll(side, open_way, 0) == "batch"
    await load_due(side, open_way)
    assert await is_blocked(look, sku)
    await block(stand_in, sku, blocked=False)


async def test_an_object_removed_for_good_ends_here_too(
    side: Side, open_way: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    assert sku
    ref = "0d9b52f0-1111-4222-8333-444455556666"
    base = f"{stand_in.url}/erp/odata/standard.odata/Catalog_БизнесРегионы"
    auth = httpx.BasicAuth("Портал", "karavan-erp")
    region = {"Ref_Key": ref, "Description": "Пробный", "КодСтраны": "KZ"}
    async with httpx.AsyncClient(auth=auth, trust_env=False) as http:
        made = await http.post(f"{base}?$format=json", json=region)
        assert made.status_code == 201, made.text
        await drain(side, open_way)
        ended = "SELECT deleted_at IS NOT NULL FROM regions WHERE id = $1"
        assert await look.value(ended, ref) is False
        gone = await http.delete(f"{base}(guid'{ref}')")
        assert gone.status_code == 204
    await drain(side, open_way)
    await load_due(side, open_way)
    assert await look.value(ended, ref) is True


async def test_what_the_plan_does_not_tell_is_asked_again_when_it_is_old(
    side: Side, stand_in: StandIn, look: Look, sku: str
) -> None:
    assert sku
    family = quick()
    stock = replace(family.streams["stock"], poll_s=30.0)
    polled = replace(family, streams={**family.streams, "stock": stock})
    async with open_channel(stand_in.url, family=polled) as way:
        assert set((await load_due(side, way)).applied) == {"stock"}
        assert (await load_due(side, way)).applied == {}
        await look.execute("UPDATE erp_streams SET loaded_at = now() - interval '31 s' WHERE stream = 'stock'")
        assert set((await load_due(side, way)).applied) == {"stock"}


async def test_a_missing_field_stops_its_stream_alone_and_says_so(side: Side, stand_in: StandIn, look: Look) -> None:
    await look.execute("DELETE FROM erp_streams")

    def without(path: str, body: bytes) -> bytes:
        if not path.endswith("metadata"):
            return body
        text = body.decode()
        start = text.index('<EntityType Name="Catalog_Партнеры">')
        end = text.index("</EntityType>", start)
        cut = re.sub(r'<Property Name="ВидПартнера"[^>]*/>', "", text[start:end])
        retyped = re.sub(r'(<Property Name="НеттоКг" Type=)"[^"]*"', r'\1"Edm.String"', text[end:])
        optional = re.sub(r'<Property Name="Description_kk"[^>]*/>', "", cut)
        return (text[:start] + optional + retyped).encode()

    async with doctored(stand_in.url, without) as url, open_channel(url) as way:
        loaded = await load_due(side, way)
    assert loaded.stopped == {
        "partners": "Catalog_Партнеры has no field ВидПартнера",
        "characteristics": "Catalog_ХарактеристикиНоменклатуры.НеттоКг is Edm.String, which is no numeric",
    }
    rows = await look.rows("SELECT stream, reason FROM erp_streams WHERE state = 'stopped' ORDER BY stream")
    assert [tuple(row) for row in rows] == sorted(loaded.stopped.items())
    assert await look.count("SELECT count(*) FROM erp_streams WHERE state = 'live' AND stream = 'orders'") == 1


async def test_a_stream_without_a_source_is_named_and_not_empty(side: Side, stand_in: StandIn, look: Look) -> None:
    await look.execute("DELETE FROM erp_streams")
    family = quick()
    streams = {name: source for name, source in family.streams.items() if name != "plans"}
    partial = replace(family, streams=streams, missing={"plans": "plans are kept in another base"})
    async with open_channel(stand_in.url, family=partial) as way:
        loaded = await load_due(side, way)
    assert loaded.stopped == {"plans": "not offered by plain OData: plans are kept in another base"}
    assert await look.value("SELECT state FROM erp_streams WHERE stream = 'plans'") == "stopped"


def test_the_usual_family_reads_no_column_twice() -> None:
    for name, source in read_family().streams.items():
        told = [*source.same, *source.fields, *source.sections, *source.figures, *source.flags, *source.dimensions]
        assert len(told) == len(set(told)), name


async def test_what_the_plan_lost_is_found_by_its_label(
    side: Side, open_way: Channel, stand_in: StandIn, look: Look, sku: str
) -> None:
    assert await sweep(side, open_way) == []
    # Told and confirmed, but never applied: no packet will bring it again.
    await block(stand_in, sku, blocked=True)
    batch = await open_way.call(lambda client: client.changes(limit=1, wait_s=0))
    assert batch.batch is not None
    number = batch.batch
    await open_way.call(lambda client: client.acknowledge(number))
    assert await feed.poll(side, open_way, 0) == "nothing"
    assert not await is_blocked(look, sku)
    assert await sweep(side, open_way) == ["characteristics"]
    await load_due(side, open_way)
    assert await is_blocked(look, sku)
    one = "SELECT min(id::text)::uuid FROM consignee_addresses"
    await look.execute(f"DELETE FROM consignee_addresses WHERE id = ({one})")
    assert await sweep(side, open_way) == ["addresses"]
    await block(stand_in, sku, blocked=False)


async def test_between_two_packets_nothing_is_said_to_be_fresh(side: Side, stand_in: StandIn, look: Look) -> None:
    slow = replace(quick(), changes_every_s=60.0)
    async with open_channel(stand_in.url, family=slow) as way:
        await load_due(side, way)
        await feed.poll(side, way, 0)
        heard = await look.value("SELECT feed_at FROM erp_freshness")
        assert await feed.poll(side, way, 0) == "nothing"
        assert await look.value("SELECT feed_at FROM erp_freshness") == heard


async def test_a_hint_brings_the_next_packet_forward_and_a_thousand_of_them_no_further(
    side: Side, stand_in: StandIn, look: Look, sku: str
) -> None:
    slow = replace(quick(), changes_every_s=60.0)
    woken = asyncio.Event()
    async with open_channel(stand_in.url, family=slow) as way:
        await load_due(side, way)
        await feed.poll(side, way, 0)
        await block(stand_in, sku, blocked=True)
        assert await feed.poll(side, way, 0) == "nothing"
        running = asyncio.create_task(Inbound(side, way, woken=woken).run())
        try:
            await asyncio.sleep(0.5)
            assert not await is_blocked(look, sku), "nobody said a word"
            took = await packets(way.client, woken)
            assert await is_blocked(look, sku)
        finally:
            running.cancel()
        # One at once, and one for what was said while it travelled.
        assert took <= 2
    await block(stand_in, sku, blocked=False)


async def packets(client: ErpPort, woken: asyncio.Event) -> int:
    """Hint without end for a while; give how many packets were taken meanwhile."""
    real, count = Plan.take, 0

    async def counted(plan: Plan, node: Node, number: int) -> list[tuple[Record, Raw]]:
        nonlocal count
        count += 1
        return await real(plan, node, number)

    assert client.surface == "o"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "take", counted)
        ends = time.monotonic() + 3.5
        while time.monotonic() < ends:
            woken.set()
            await asyncio.sleep(0.01)
    return count
