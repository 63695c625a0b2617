"""What a probe finds out about the stand-in, and about an ERP that is not quite what it should be."""

import msgspec

from app.cli.erp import is_usable, shown
from app.erp.families.reading import read_family
from app.erp.loading import Side
from app.erp.mappings import STREAMS
from app.erp.probing import Report, keep, probe_odata, probe_service
from app.erp.wire.calling import Address
from tests.erp.doctored import doctored
from tests.erp.look import Look
from tests.erp.stand_in import StandIn


def address(url: str, password: str = "karavan-erp") -> Address:  # noqa: S107 - of the stand-in
    return Address(url, "erp", "alatau", "Портал", password)


def states(report: Report) -> dict[str, str]:
    return {check.name: check.state for check in report.checks}


async def test_the_stand_in_can_do_everything_over_odata(stand_in: StandIn) -> None:
    report = await probe_odata(address(stand_in.url), read_family(), may_write=True)
    assert states(report) == dict.fromkeys(
        [
            *(
                "answers",
                "clock",
                "family",
                "register of prices",
                "set of claims",
                "register of stock",
                "register of order states",
                "exchange plan",
            ),
            *("own references", "If-Match", "small reads"),
        ],
        "ok",
    )
    assert [one.stream for one in report.streams] == [stream.name for stream in STREAMS]
    assert {one.state for one in report.streams} == {"ok"}
    assert report.p50_ms is not None
    assert is_usable(report)


async def test_nothing_is_written_unless_it_is_asked_for(stand_in: StandIn) -> None:
    before = len(await stand_in.audit())
    report = await probe_odata(address(stand_in.url), read_family(), may_write=False)
    assert len(await stand_in.audit()) == before
    assert (states(report)["own references"], states(report)["If-Match"]) == ("not asked", "not asked")
    assert is_usable(report)


async def test_the_extension_tells_what_it_offers(stand_in: StandIn) -> None:
    report = await probe_service(address(stand_in.url))
    names = ["answers", "tenant", "clock", "capabilities", "small reads"]
    assert states(report) == dict.fromkeys(names, "ok")
    assert {one.state for one in report.streams} == {"ok"}


async def test_a_wrong_password_is_said_and_nothing_more_is_asked(stand_in: StandIn) -> None:
    for report in (
        await probe_odata(address(stand_in.url, "wrong"), read_family(), may_write=True),
        await probe_service(address(stand_in.url, "wrong")),
    ):
        assert states(report) == {"answers": "failed"}
        assert not report.is_reached
        assert not is_usable(report)
        assert shown(report).endswith("Check address, infobase, user and publication.")


async def test_missing_and_optional_fields_are_told_apart(stand_in: StandIn) -> None:
    def without(path: str, body: bytes) -> bytes:
        if not path.endswith("metadata"):
            return body
        text = body.decode()
        return (
            text.replace('Name="ВидПартнера"', 'Name="Вид"').replace('Name="Описание_kk"', 'Name="Описание2"').encode()
        )

    async with doctored(stand_in.url, without) as url:
        report = await probe_odata(address(url), read_family(), may_write=False)
    found = {one.stream: one for one in report.streams if one.state != "ok"}
    assert {name: one.state for name, one in found.items()} == {"partners": "failed", "products": "warning"}
    assert found["partners"].said == "Catalog_Партнеры has no field ВидПартнера"
    assert found["products"].wrong_fields == ["Catalog_Номенклатура has no field Описание_kk (optional)"]
    table = shown(report)
    assert "29 of 31 streams are as they should be." in table
    assert table.endswith(
        "Usable but for partners: these stop and say so, all else goes on. Name the fields on the page Mapping."
    )
    assert "partners" in table
    assert "  products: Catalog_Номенклатура has no field Описание_kk (optional)" in table


async def test_the_last_report_of_each_surface_is_kept(side: Side, stand_in: StandIn, look: Look) -> None:
    first, report = await probe_service(address(stand_in.url)), await probe_service(address(stand_in.url))
    for one in (first, report):
        await keep(side.engine, side.tenant_id, one)
    rows = await look.rows("SELECT surface, report::text FROM erp_probes")
    assert [row[0] for row in rows] == ["h"]
    assert msgspec.json.decode(str(rows[0][1])) == msgspec.json.decode(msgspec.json.encode(report))
