"""A tenant's own mapping at work: held against the living ERP, used by the adapter, and gone back from."""

import asyncio
import re
from uuid import UUID

import msgspec
import pytest

from app.erp import surfaces
from app.erp.drafting import family_of, hold, look_at_draft, read_mapping, until_changed
from app.erp.families.reading import lay_over, read_family
from app.erp.loading import Side, load_due
from app.erp.queries.mappings import Used
from app.erp.schemas import DraftLook, FieldChange
from app.erp.wire.calling import Address
from tests.erp.doctored import doctored
from tests.erp.look import Look
from tests.erp.open_way import open_channel
from tests.erp.stand_in import StandIn

NEW_NAME = '[streams.partners.fields]\n"ВидПартнера" = "ТипПартнера"'
PERSON = UUID(int=7)


def address(url: str) -> Address:
    return Address(url, "erp", "alatau", "Портал", "karavan-erp")


def renamed(path: str, body: bytes) -> bytes:
    """A base in which a field of partners is called otherwise."""
    is_partners = "%D0%9F%D0%B0%D1%80%D1%82%D0%BD%D0%B5%D1%80%D1%8B" in path or path.endswith("metadata")
    return re.sub(r"(?<!\w)ВидПартнера(?!\w)", "ТипПартнера", body.decode()).encode() if is_partners else body


def theirs(target: str, body: bytes) -> tuple[str, bytes]:
    ours, new = (
        "%D0%92%D0%B8%D0%B4%D0%9F%D0%B0%D1%80%D1%82%D0%BD%D0%B5%D1%80%D0%B0",
        "%D0%A2%D0%B8%D0%BF%D0%9F%D0%B0%D1%80%D1%82%D0%BD%D0%B5%D1%80%D0%B0",
    )
    return target.replace(new, ours), body


async def put_draft(look: Look, text: str, tenant: int = 1) -> None:
    await look.execute(
        "INSERT INTO erp_mapping_desks (tenant_id, draft_family, draft_text, draft_by, drafted_at)"
        " VALUES ($1, 'erp25', $2, $3, now())",
        *(tenant, text, PERSON),
    )


async def use(look: Look, text: str, tenant: int = 1) -> UUID:
    """What the service does once a person says so."""
    await look.execute(
        "INSERT INTO erp_mappings (tenant_id, id, family, text, reason, made_by, used_by)"
        " VALUES ($1, gen_random_uuid(), 'erp25', $2, 'why', $3, $3)",
        *(tenant, text, PERSON),
    )
    await look.execute(
        "INSERT INTO erp_mapping_desks (tenant_id, used_id) SELECT tenant_id, id FROM erp_mappings WHERE tenant_id = $1"
        " ON CONFLICT (tenant_id) DO UPDATE SET used_id = (SELECT id FROM erp_mappings WHERE tenant_id = $1"
        " ORDER BY used_at DESC LIMIT 1)",
        tenant,
    )
    found = await look.value("SELECT used_id FROM erp_mapping_desks WHERE tenant_id = $1", tenant)
    assert isinstance(found, UUID)
    return found


async def test_a_draft_shows_what_would_be_readable_again_and_one_object_both_ways(
    side: Side, stand_in: StandIn, look: Look
) -> None:
    await put_draft(look, NEW_NAME)
    async with doctored(stand_in.url, renamed, theirs) as url:

        async def find() -> Address:
            return address(url)

        assert await look_at_draft(side.engine, side.tenant_id, find)
        assert not await look_at_draft(side.engine, side.tenant_id, find), "it was looked at"
    seen = msgspec.json.decode(str(await look.value("SELECT look::text FROM erp_mapping_desks")), type=DraftLook)
    assert seen.is_answered
    assert (seen.fits["erp25"], seen.total, seen.worse) == (30, 31, [])
    [partners] = seen.streams
    assert (partners.stream, partners.is_readable_now, partners.is_readable_then) == ("partners", False, True)
    assert partners.changes == [FieldChange("ВидПартнера", "ВидПартнера", "ТипПартнера")]
    sample = {one.path: (one.before, one.after) for one in partners.sample}
    assert sample["ВидПартнера"][0] == ""
    assert sample["ВидПартнера"][1] != ""


async def test_a_draft_that_would_stop_a_stream_or_the_whole_exchange_says_so(stand_in: StandIn) -> None:
    usual = read_family()
    stops = await hold(address(stand_in.url), usual, lay_over("erp25", NEW_NAME))
    assert stops.worse == ["partners"]
    assert stops.streams[0].reason == "Catalog_Партнеры has no field ТипПартнера"
    meant = await hold(address(stand_in.url), usual, lay_over("erp25", '[missing]\nplans = "kept elsewhere"'))
    assert meant.worse == []
    assert [(one.stream, one.is_readable_then) for one in meant.streams] == [("plans", False)]
    plan = await hold(address(stand_in.url), usual, lay_over("erp25", 'plan = "ExchangePlan_Мой"'))
    assert plan.worse == [""]
    assert plan.streams[0].changes == [FieldChange("plan", "ExchangePlan_ПорталB2B", "ExchangePlan_Мой")]
    out = await hold(address(stand_in.url), usual, lay_over("erp25", '[out.order]\nset = "Document_Заявка"'))
    assert (out.worse, out.streams[0].reason) == ([""], "the ERP has no Document_Заявка")


async def test_an_erp_that_is_away_or_lets_nobody_in_is_no_answer(side: Side, stand_in: StandIn, look: Look) -> None:
    await stand_in.fault("http", "/odata/", status=503, body="html")
    seen = await hold(address(stand_in.url), read_family(), read_family("bas"))
    assert (seen.is_answered, list(seen.streams)) == (False, [])
    assert "503" in seen.said
    await put_draft(look, NEW_NAME)

    async def nowhere() -> None:
        return None

    assert await look_at_draft(side.engine, side.tenant_id, nowhere)
    kept = msgspec.json.decode(str(await look.value("SELECT look::text FROM erp_mapping_desks")), type=DraftLook)
    assert not kept.is_answered


async def test_what_was_seen_of_an_older_draft_is_not_kept(side: Side, stand_in: StandIn, look: Look) -> None:
    await put_draft(look, NEW_NAME)

    async def somebody_is_faster() -> Address:
        await look.execute("UPDATE erp_mapping_desks SET draft_text = 'zone = \"+05:00\"', version = version + 1")
        return address(stand_in.url)

    assert await look_at_draft(side.engine, side.tenant_id, somebody_is_faster)
    assert await look.value("SELECT look FROM erp_mapping_desks") is None


async def test_what_is_in_force_is_read_by_the_adapter_at_once_and_by_its_tenant_alone(
    side: Side, other_side: Side, stand_in: StandIn, look: Look
) -> None:
    async with doctored(stand_in.url, renamed, theirs) as url:
        usual = (await read_mapping(side.engine, side.tenant_id)).family
        async with open_channel(url, family=usual) as way:
            stopped = (await load_due(side, way)).stopped
            assert stopped == {"partners": "Catalog_Партнеры has no field ВидПартнера"}
        waiting = asyncio.create_task(until_changed(side.engine, side.tenant_id, None, every_s=0.02))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        used_id = await use(look, NEW_NAME)
        async with asyncio.timeout(5):
            await waiting
        mapping = await read_mapping(side.engine, side.tenant_id)
        assert mapping.id == used_id
        async with surfaces.open_port(address(url), "o", mapping.family) as port:
            assert await port.refusals() == {}
        async with open_channel(url, family=mapping.family) as way:
            read = await load_due(side, way, retry_stopped=True)
    assert read.stopped == {}
    # Only what the mapping changes is read anew.
    assert set(read.applied) == {"partners"} | {name for name in read.applied if mapping.family.streams[name].poll_s}
    assert await look.count("SELECT count(*) FROM partners WHERE kind IS NOT NULL") > 0
    assert (await read_mapping(other_side.engine, other_side.tenant_id)).family == read_family()


@pytest.mark.parametrize(
    ("text", "stopped"),
    [('[streams.partners]\nset = "A B"', {"partners"}), ('[missing]\nboats = "x"', set[str]()), ("[", None)],
)
def test_what_an_earlier_release_accepted_and_this_one_does_not_stops_what_it_speaks_of(
    text: str, stopped: set[str] | None
) -> None:
    family = family_of(Used(UUID(int=1), "erp25", text))
    every = set(read_family().streams)
    assert set(family.missing) == (every if stopped is None else stopped)
    assert set(family.streams) == every - set(family.missing)
    assert family_of(Used(UUID(int=1), "no such family", "")).family == "erp25"
