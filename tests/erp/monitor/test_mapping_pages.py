"""An administrator changes the mapping: drafted, held against 1C, seen, used with a reason, and taken back."""

from typing import Final, cast
from uuid import UUID

import httpx
import msgspec
import pytest

from app.erp.probing import Check, Report, StreamCheck
from app.erp.schemas import DraftLook, FieldChange, StreamLook
from tests.orders.shop import ADMIN, BUYER, MANAGER, Shop
from tests.orders.site import Site, body_of, codes_of, texts
from tests.settings.desk import tag, trail

API: Final = "/api/v1/erp/mapping"
RENAMED: Final = '[streams.partners.fields]\n"ВидПартнера" = "ТипПартнера"'
WHY: Final = {"reason": "Поле переименовано"}
GOOD: Final = DraftLook(
    is_answered=True,
    fits={"erp25": 30, "bas": 29},
    total=31,
    streams=[
        StreamLook(
            *("partners", False, True),
            changes=[FieldChange("ВидПартнера", "ВидПартнера", "ТипПартнера")],
            sample=[FieldChange("ВидПартнера", "", "Дистрибьютор")],
        )
    ],
)
STOPS: Final = DraftLook(
    is_answered=True, streams=[StreamLook("prices", True, False, "the ERP has no InformationRegister_X")]
)


async def look(shop: Shop, seen: DraftLook, ago: str = "0 s") -> None:
    """What the worker writes down."""
    await shop.change(
        f"UPDATE erp_mapping_desks SET looked_at = now() - interval '{ago}', look = $1::text::jsonb",
        msgspec.json.encode(seen).decode(),
    )


async def draft(
    admin: httpx.AsyncClient, version: int = 1, text: str = RENAMED, family: str = "erp25"
) -> httpx.Response:
    return await admin.put(f"{API}/draft", json={"family": family, "text": text}, headers=tag(version))


async def used(shop: Shop) -> list[tuple[object, ...]]:
    rows = await shop.look(
        "SELECT m.family, m.text, m.reason FROM erp_mapping_desks d JOIN erp_mappings m ON m.id = d.used_id"
    )
    return [tuple(cast("list[object]", row)) for row in rows]


async def test_a_draft_is_looked_at_then_used_and_every_step_is_in_the_trail(site: Site) -> None:
    admin = await site.enter(ADMIN)
    made = await draft(admin)
    assert made.status_code == 200, made.text
    assert made.headers["ETag"] == '"2"'
    waiting = cast("dict[str, object]", body_of(made)["draft"])
    assert (waiting["look"], waiting["may_be_used"]) == (None, False)
    assert await used(site.shop) == []
    early = await admin.post(f"{API}/draft/use", json=WHY, headers=tag(2))
    assert (early.status_code, codes_of(early)) == (422, [("", "mapping_not_looked")])

    await look(site.shop, GOOD)
    page = texts(await admin.get("/erp/mapping"))
    for words in ("ТипПартнера", "Дистрибьютор", "partners"):
        assert words in page
    done = await admin.post(f"{API}/draft/use", json=WHY, headers=tag(2))
    assert done.status_code == 200, done.text
    assert await used(site.shop) == [("erp25", RENAMED, WHY["reason"])]
    view = body_of(done)
    assert (view["draft"], view["text"], view["version"]) == (None, RENAMED, 3)
    [deed] = await trail(site.shop, "exchange.mapping_used")
    assert deed == {"before": {"text": ""}, "after": {"text": RENAMED}}
    assert len(await trail(site.shop, "exchange.mapping_drafted")) == 1


@pytest.mark.parametrize(
    ("seen", "ago", "code"),
    [
        (None, "0 s", "mapping_not_looked"),
        (GOOD, "61 min", "mapping_not_looked"),
        (DraftLook(is_answered=False, said="HTTP 503"), "0 s", "mapping_not_answered"),
        (STOPS, "0 s", "mapping_stops"),
    ],
)
async def test_what_was_not_seen_to_work_is_never_used(site: Site, seen: DraftLook | None, ago: str, code: str) -> None:
    admin = await site.enter(ADMIN)
    await draft(admin)
    if seen is not None:
        await look(site.shop, seen, ago)
    refused = await admin.post(f"{API}/draft/use", json=WHY, headers=tag(2))
    assert (refused.status_code, codes_of(refused)) == (422, [("", code)])
    assert "/erp/mapping/use" not in (await admin.get("/erp/mapping")).text
    assert await used(site.shop) == []
    assert await trail(site.shop, "exchange.mapping_used") == []


async def test_a_changed_draft_is_looked_at_anew(site: Site) -> None:
    admin = await site.enter(ADMIN)
    await draft(admin)
    await look(site.shop, GOOD)
    await draft(admin, 2, "zone = '+05:00'")
    refused = await admin.post(f"{API}/draft/use", json=WHY, headers=tag(3))
    assert codes_of(refused) == [("", "mapping_not_looked")]
    # Whoever saw the former one may not use this one either.
    assert (await admin.post(f"{API}/draft/use", json=WHY, headers=tag(2))).status_code == 412


async def test_an_earlier_mapping_comes_back_the_same_way(site: Site) -> None:
    admin = await site.enter(ADMIN)
    version = 1
    for text in (RENAMED, "changes_every_s = 30"):
        await draft(admin, version, text)
        await look(site.shop, GOOD)
        assert (await admin.post(f"{API}/draft/use", json=WHY, headers=tag(version + 1))).status_code == 200
        version += 2
    kept = cast("list[dict[str, object]]", body_of(await admin.get(API))["kept"])
    assert [(one["text"], one["is_used"]) for one in kept] == [("changes_every_s = 30", True), (RENAMED, False)]
    back = await admin.post(f"/erp/mapping/{kept[1]['id']}/draft", data={"version": str(version)})
    assert back.status_code == 303, texts(back)
    assert (await used(site.shop))[0][1] == "changes_every_s = 30", "nothing is used before it was looked at"
    await look(site.shop, GOOD)
    done = await admin.post("/erp/mapping/use", data={**WHY, "version": str(version + 1)})
    assert done.status_code == 303, texts(done)
    assert (await used(site.shop))[0][1] == RENAMED
    unknown = await admin.post(f"{API}/{UUID(int=5)}/draft", headers=tag(version + 2))
    assert unknown.status_code == 404


async def test_what_cannot_be_comes_back_in_words_with_what_was_typed(site: Site) -> None:
    admin = await site.enter(ADMIN)
    typed = '[streams.partners]\nset = "../../erp2/odata/standard.odata/Catalog_X"'
    page = await admin.post("/erp/mapping", data={"family": "erp25", "text": typed, "version": "1"})
    assert page.status_code == 422
    assert "../../erp2" in page.text
    assert "is no name: letters, digits and underscores only." in texts(page)
    refused = await draft(admin, 1, typed)
    assert codes_of(refused) == [("text", "mapping_wrong_name")]
    assert codes_of(await draft(admin, 1, "", "cobol")) == [("text", "mapping_unknown_family")]
    assert codes_of(await draft(admin, 1, "", "erp25")) == [("text", "mapping_same")]
    assert await site.shop.look("SELECT 1 FROM erp_mapping_desks") == []


async def test_a_draft_thrown_away_leaves_nothing_but_its_trace(site: Site) -> None:
    admin = await site.enter(ADMIN)
    await draft(admin)
    assert (await admin.delete(f"{API}/draft", headers=tag(1))).status_code == 412
    gone = await admin.delete(f"{API}/draft", headers=tag(2))
    assert (gone.status_code, body_of(gone)["draft"]) == (200, None)
    assert (await admin.delete(f"{API}/draft", headers=tag(3))).status_code == 412
    assert len(await trail(site.shop, "exchange.mapping_dropped")) == 1


async def test_asking_again_forgets_what_was_seen(site: Site) -> None:
    admin = await site.enter(ADMIN)
    await draft(admin)
    await look(site.shop, GOOD)
    again = await admin.post(f"{API}/draft/look", headers=tag(2))
    assert again.status_code == 202
    assert cast("dict[str, object]", body_of(again)["draft"])["look"] is None


async def test_only_whoever_manages_the_exchange_comes_near(site: Site) -> None:
    for person in (MANAGER, BUYER):
        client = await site.enter(person)
        assert (await client.get("/erp/mapping")).status_code == 403
        assert (await client.get(API)).status_code == 403
        assert (await draft(client)).status_code == 403


async def test_the_last_probe_of_each_interface_stands_beside_it(site: Site) -> None:
    admin = await site.enter(ADMIN)
    assert "Nobody has probed this 1C yet." in texts(await admin.get("/erp/mapping"))
    report = Report(
        *("alatau", "o", "2026-11-22T10:00:00+00:00"),
        [Check("answers", "ok", "64 types"), Check("clock", "warning", "+9.0 s from ours")],
        [StreamCheck("regions", "ok", "8 fields"), StreamCheck("claims", "failed", "the ERP has no Catalog_X")],
    )
    await site.shop.change(
        "INSERT INTO erp_probes (tenant_id, surface, report) VALUES (1, 'o', $1::text::jsonb)",
        msgspec.json.encode(report).decode(),
    )
    page = texts(await admin.get("/erp/mapping"))
    for words in ("Standard OData", "1 of 2 streams in order", "claims: the ERP has no Catalog_X", "+9.0 s from ours"):
        assert words in page
    [probe] = cast("list[dict[str, object]]", body_of(await admin.get(API))["probes"])
    assert (probe["surface"], probe["streams"], probe["total"]) == ("o", 1, 2)
    assert probe["failed"] == ["claims: the ERP has no Catalog_X"]
