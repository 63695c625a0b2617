"""Staged rows become table rows by their differences: hostile texts, order of news, rows that ended."""

from collections.abc import Sequence
from typing import cast

import asyncpg
import pytest

from app.erp.applying import Applied
from app.erp.loading import Side
from app.erp.mappings.clients import CONTRACTS, PARTNERS
from app.erp.mappings.goods import CHARACTERISTICS, GRADES, PACKAGES, SEGMENT_ITEMS
from app.erp.mappings.places import REGIONS
from app.erp.mappings.spec import StreamMap
from app.erp.mappings.trade import LIMITS, STOCK
from app.infra.db.transaction import open_tenant_transaction
from tests.erp.staged import Row, arrive, load, ref

NOTHING = Applied()


async def rows(side: Side, query: str, *values: object) -> list[tuple[object, ...]]:
    """What stands in the database, as this tenant sees it."""
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        found = await transaction.driver.fetch(query, *values)
    return [tuple(cast("asyncpg.Record", row).values()) for row in found]


def region(name: str, **more: object) -> Row:
    return {"Ref_Key": ref(name), "Description": name, "КодСтраны": "KZ", **more}


async def test_an_equal_reload_touches_nothing(side: Side) -> None:
    loaded = [region(f"r{place}") for place in range(30)]
    assert await load(side, REGIONS, 100, loaded) == Applied(inserted=30)
    before = await rows(side, "SELECT id, src_version, synced_at FROM regions ORDER BY id")
    assert await load(side, REGIONS, 140, loaded) == NOTHING
    assert await rows(side, "SELECT id, src_version, synced_at FROM regions ORDER BY id") == before


async def test_only_the_changed_row_is_written(side: Side) -> None:
    loaded = [region(f"r{place}") for place in range(30)]
    await load(side, REGIONS, 100, loaded)
    loaded[7] = region("r7", Description="Новое имя", DataVersion="v2")
    assert await load(side, REGIONS, 140, loaded) == Applied(updated=1)
    assert await rows(side, "SELECT name_ru, src_version FROM regions WHERE id = $1", ref("r7")) == [
        ("Новое имя", 140 << 20)
    ]


async def test_a_snapshot_does_not_undo_what_the_feed_brought_after_it_began(side: Side) -> None:
    await load(side, REGIONS, 100, [region("r")])
    await arrive(side, REGIONS, 120, region("r", Description="новее", DataVersion="v2"))
    assert await load(side, REGIONS, 110, [region("r", Description="старее", DataVersion="v3")]) == NOTHING
    assert await rows(side, "SELECT name_ru FROM regions") == [("новее",)]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1), (3, 2, 1), (3, 3, 3)])
async def test_late_and_repeated_news_are_harmless(side: Side, order: Sequence[int]) -> None:
    for number in (*order, 3):
        await arrive(side, REGIONS, 100 + number, region("r", Description=f"v{number}", DataVersion=f"v{number}"))
    assert await rows(side, "SELECT name_ru, src_version FROM regions") == [("v3", (103 << 20) + 1)]


async def test_texts_of_the_erp_are_made_harmless(side: Side) -> None:
    hostile = "  <b>Алма\tты</b>\u202e\u0000 \u0007'; DROP TABLE regions; --\n" + "ы" * 400
    await arrive(side, REGIONS, 100, region("r", Description=hostile))
    [(name,)] = await rows(side, "SELECT name_ru FROM regions")
    assert isinstance(name, str)
    assert name.startswith("<b>Алма ты</b> '; DROP TABLE regions; -- ыы")
    assert len(name) == 298  # two leading blanks of the 300 are trimmed
    await load(side, REGIONS, 101, [region("t", Description="a\tb\\c\u0085\u200bd")])
    assert await rows(side, "SELECT name_ru FROM regions WHERE id = $1", ref("t")) == [("a b\\cd",)]


async def test_empty_links_and_dates_are_nothing(side: Side) -> None:
    await arrive(side, REGIONS, 100, region("r"))
    assert await rows(side, "SELECT parent_id FROM regions") == [(None,)]
    await arrive(side, CONTRACTS, 100, {"Ref_Key": ref("c"), "Статус": "Действует"})
    assert await rows(side, "SELECT signed_on, valid_to, status FROM contracts") == [(None, None, "live")]


async def test_a_marked_row_ends_and_may_come_back(side: Side) -> None:
    await arrive(side, REGIONS, 100, region("r"))
    await arrive(side, REGIONS, 101, region("r", DeletionMark="true", DataVersion="v2"))
    assert await rows(side, "SELECT deleted_at IS NULL FROM regions") == [(False,)]
    await arrive(side, REGIONS, 102, region("r", DataVersion="v3"))
    assert await rows(side, "SELECT deleted_at IS NULL FROM regions") == [(True,)]


async def test_few_rows_absent_from_a_complete_snapshot_have_ended(side: Side) -> None:
    loaded = [region(f"r{place}") for place in range(40)]
    await load(side, REGIONS, 100, loaded)
    assert await load(side, REGIONS, 120, loaded[2:]) == Applied(removed=2)
    assert await rows(side, "SELECT count(*) FROM regions WHERE deleted_at IS NULL") == [(38,)]
    assert await load(side, REGIONS, 130, loaded) == Applied(updated=2)


async def test_many_absent_rows_are_kept_until_somebody_looks(side: Side) -> None:
    loaded = [region(f"r{place}") for place in range(40)]
    await load(side, REGIONS, 100, loaded)
    assert await load(side, REGIONS, 120, loaded[3:]) == Applied(kept=3)
    assert await rows(side, "SELECT count(*) FROM regions WHERE deleted_at IS NULL") == [(40,)]


async def test_places_in_bitmaps_are_dense_and_never_used_again(side: Side) -> None:
    found: dict[str, object] = {}
    for batch, names in ((100, "abc"), (101, "bcd"), (102, "ae")):
        items: list[Row] = [{"Ref_Key": ref(name), "DataVersion": str(batch)} for name in names]
        await arrive(side, CHARACTERISTICS, batch, *items)
        before = found
        found = {str(product): place for product, place in await rows(side, "SELECT id, pos FROM products")}
        assert before.items() <= found.items(), "pages and addresses name products by these numbers"
    assert set(found.values()) == {0, 1, 2, 3, 4}
    assert (found[ref("d")], found[ref("e")]) == (3, 4)


async def test_a_grade_renames_its_products_and_a_package_resizes_them(side: Side) -> None:
    product: Row = {
        "Ref_Key": ref("p"),
        "Номенклатура_Key": ref("g"),
        "Упаковка_Key": ref("k"),
        "Description": "Канистра 4 л",
        "НеттоКг": "3.480",
    }
    await arrive(side, CHARACTERISTICS, 100, product)
    await arrive(side, GRADES, 101, {"Ref_Key": ref("g"), "Description": "Караван 5W-40 ", "Артикул": "K1"})
    await arrive(side, PACKAGES, 102, {"Ref_Key": ref("k"), "ВМашине": "4000", "ОтсекиЛ": ["6000", "7000.5", "x"]})
    assert await rows(side, "SELECT name_ru, name_kk, per_truck, compartments_l::text FROM products") == [
        ("Караван 5W-40, Канистра 4 л", "Караван 5W-40, Канистра 4 л", 4000, "{6000.000,7000.500}")
    ]


async def test_an_item_taken_out_of_a_segment_is_gone(side: Side) -> None:
    item: Row = {"Ref_Key": ref("i"), "Сегмент_Key": ref("s"), "Характеристика_Key": ref("p")}
    await arrive(side, SEGMENT_ITEMS, 100, item)
    await arrive(side, SEGMENT_ITEMS, 101, {**item, "DeletionMark": "true"})
    assert await rows(side, "SELECT * FROM segment_items") == []


async def test_an_older_figure_never_replaces_a_newer_one(side: Side) -> None:
    stock: Row = {"Ref_Key": ref("x"), "Склад_Key": ref("w"), "Характеристика_Key": ref("p")}
    await arrive(side, STOCK, 100, {**stock, "СвободныйОстаток": "10.000"}, as_of=130)
    await arrive(side, STOCK, 110, {**stock, "СвободныйОстаток": "99.000"}, as_of=120)
    assert await rows(side, "SELECT erp_free, as_of_batch FROM stock_levels") == [(10, 130)]
    await arrive(side, STOCK, 131, {**stock, "СвободныйОстаток": "-3.500"}, as_of=131)
    assert [str(free) for (free,) in await rows(side, "SELECT erp_free FROM stock_levels")] == ["-3.500"]


async def test_credit_waits_for_its_contract(side: Side) -> None:
    await arrive(side, LIMITS, 100, {"Ref_Key": ref("l"), "Договор_Key": ref("c"), "Валюта": "KZT", "Долг": "5.00"})
    figures = "SELECT limited, erp_limit::text, erp_debt::text, forbid_overdue FROM credit_accounts"
    assert await rows(side, figures) == [(True, "0.00", "5.00", True)]
    contract: Row = {
        "Ref_Key": ref("c"),
        "Статус": "Действует",
        "ОграничиватьСуммуЗадолженности": "true",
        "ДопустимаяСуммаЗадолженности": "1000.00",
    }
    await arrive(side, CONTRACTS, 101, contract)
    assert await rows(side, figures) == [(True, "1000.00", "5.00", False)]


async def test_a_restored_erp_is_believed_when_forced(side: Side) -> None:
    await load(side, PARTNERS, 500, [{"Ref_Key": ref("p"), "Description": "новое"}])
    older: list[Row] = [{"Ref_Key": ref("p"), "Description": "из копии", "DataVersion": "v0"}]
    assert await load(side, PARTNERS, 90, older) == NOTHING
    assert await load(side, PARTNERS, 90, older, force=True) == Applied(updated=1)


@pytest.mark.parametrize("stream", [REGIONS, PARTNERS], ids=["regions", "partners"])
async def test_tenants_never_mix(side: Side, other_side: Side, stream: StreamMap) -> None:
    same: list[Row] = [{"Ref_Key": ref("same"), "Description": "первый"}]
    await load(side, stream, 100, same)
    await load(other_side, stream, 50, [{"Ref_Key": ref("same"), "Description": "второй"}])
    column = "name" if stream is PARTNERS else "name_ru"
    query = f"SELECT {column} FROM {stream.targets[0].table}"
    assert await rows(side, query) == [("первый",)]
    assert await rows(other_side, query) == [("второй",)]
