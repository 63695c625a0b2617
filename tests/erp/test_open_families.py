"""The stand-in under the names of other families: read by their files, and partly unreadable by the usual one."""

import re

import msgspec
import pytest
from msgspec.structs import replace

from app.erp.families.reading import lay_over, read_family
from app.erp.loading import Side, load_due
from app.erp.probing import probe_odata
from app.erp.wire.calling import Address
from tests.erp.doctored import doctored
from tests.erp.look import Look
from tests.erp.open_way import open_channel
from tests.erp.orders import place
from tests.erp.posing import posing
from tests.erp.stand_in import StandIn
from tests.erp.test_open_outbound import settle, state_of, writes_of
from tests.support.databases import Database

STOCK = (
    "SELECT product_id::text, warehouse_id::text, erp_free::text FROM stock_levels WHERE erp_free <> 0 ORDER BY 1, 2"
)


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.mark.parametrize("family", ["bas", "ut11"])
async def test_a_base_of_another_family_is_read_by_its_own_file(
    loaded: Side, stand_in: StandIn, look: Look, *, family: str
) -> None:
    before = await look.rows(STOCK)
    claims = await look.count("SELECT count(*) FROM claims")
    assert before
    assert claims
    async with (
        posing(stand_in.url, family) as url,
        open_channel(url, family=replace(read_family(family), node=f"test-{family}")) as way,
    ):
        read = await load_due(loaded, way)
        assert read.stopped == {}
        assert {"claims", "stock"} <= set(read.applied)
        stale = await way.client.stale({"Catalog_Претензии": {}})
        assert stale.stale == {}
    assert await look.rows(STOCK) == before
    assert await look.count("SELECT count(*) FROM claims") == claims


@pytest.mark.parametrize(
    ("family", "stopped"),
    [
        ("bas", {"claims": "the ERP has no Catalog_Претензии"}),
        ("ut11", {"claims": "the ERP has no Catalog_Претензии", "stock": "the ERP has no AccumulationRegister_Запасы"}),
    ],
)
async def test_the_usual_file_stops_only_the_streams_that_differ_and_says_which(
    loaded: Side, stand_in: StandIn, look: Look, *, family: str, stopped: dict[str, str]
) -> None:
    async with posing(stand_in.url, family) as url, open_channel(url) as way:
        read = await load_due(loaded, way)
    assert set(read.stopped) == set(stopped)
    for stream, reason in stopped.items():
        assert read.stopped[stream].startswith(reason)
        assert await look.value("SELECT state FROM erp_streams WHERE stream = $1", stream) == "stopped"
    assert await look.count("SELECT count(*) FROM erp_streams WHERE state <> 'live'") == len(stopped)


async def test_a_hold_is_reflected_by_the_records_where_no_dimension_names_orders(
    loaded: Side, stand_in: StandIn, look: Look
) -> None:
    family = replace(read_family("ut11"), node="test-holds")
    polled = replace(family, streams={**family.streams, "stock": replace(family.streams["stock"], poll_s=0.0)})
    async with posing(stand_in.url, "ut11") as url, open_channel(url, family=polled) as way:
        await load_due(loaded, way)
        order = await place(loaded)
        await settle(loaded, way, look)
        assert await state_of(look, order) == "accepted"
        assert await writes_of(stand_in, order) == ["odata.create", "odata.post"]
        await load_due(loaded, way)
        assert await look.value("SELECT state FROM stock_holds WHERE order_id = $1", order.id) == "reflected"
        place_ = (order.product_id, order.warehouse_id)
        found = await way.client.available([place_])
        assert order.id in found[0].orders
        free = "SELECT erp_free FROM stock_levels WHERE product_id = $1 AND warehouse_id = $2"
        assert await look.value(free, *place_) == found[0].free


async def test_an_order_leaves_under_the_names_its_base_uses(loaded: Side, stand_in: StandIn, look: Look) -> None:
    theirs = {"Комментарий": "ДополнительнаяИнформация", "СкидкаПроцент": "ПроцентРучнойСкидки"}

    def renamed(text: str, names: dict[str, str]) -> str:
        for old, new in names.items():
            text = re.sub(rf"(?<!\w){old}(?!\w)", new, text)
        return text

    def answer(path: str, body: bytes) -> bytes:
        is_ours = "%D0%97%D0%B0%D0%BA%D0%B0%D0%B7" in path or path.endswith("metadata")  # Заказ…
        return renamed(body.decode(), theirs).encode() if is_ours and body[:1] in {b"{", b"<"} else body

    def ask(target: str, body: bytes) -> tuple[str, bytes]:
        seen.append(body)
        return target, renamed(body.decode(), {new: old for old, new in theirs.items()}).encode()

    seen: list[bytes] = []
    laid = lay_over(
        "erp25",
        '[streams.orders.fields]\n"Комментарий" = "ДополнительнаяИнформация"\n'
        '[streams.orders.sections."Товары".fields]\n"СкидкаПроцент" = "ПроцентРучнойСкидки"',
    )
    await look.execute("UPDATE erp_streams SET state = 'live'")
    async with doctored(stand_in.url, answer, ask) as url, open_channel(url, family=laid) as way:
        order = await place(loaded)
        await settle(loaded, way, look)
    assert await state_of(look, order) == "accepted"
    created = next(body for body in seen if b"Ref_Key" in body)
    told = msgspec.json.decode(created, type=dict[str, object])
    assert "Комментарий" not in told
    rows = msgspec.convert(told["Товары"], list[dict[str, object]])
    assert "СкидкаПроцент" not in rows[0]
    assert "ПроцентРучнойСкидки" in rows[0] or "ДополнительнаяИнформация" in told


async def test_the_probe_tells_which_family_fits_best(stand_in: StandIn) -> None:
    async with posing(stand_in.url, "ut11") as url:
        address = Address(url, "erp", "alatau", "Портал", "karavan-erp")
        usual = await probe_odata(address, read_family(), may_write=False)
        own = await probe_odata(address, read_family("ut11"), may_write=False)
    said = "streams that fit: erp25 29 of 31, bas 30 of 31, ut11 31 of 31"
    found = {name: next(check for check in report.checks if check.name == "family") for name, report in
             (("usual", usual), ("own", own))}  # fmt: skip
    assert (found["usual"].state, found["usual"].said) == ("warning", f"erp25 is in use; {said}")
    assert (found["own"].state, found["own"].said) == ("ok", f"ut11 is in use; {said}")
    assert {one.stream for one in own.streams if one.state == "failed"} == set()
