"""What a family of ERP may say, and what a tenant may lay over it."""

import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from app.erp.families import FamilyError
from app.erp.families.checks import check_family
from app.erp.families.reading import LONGEST, USUAL, family_names, lay_over, read_family
from app.erp.mappings import STREAMS


def refused(text: str, name: str = USUAL) -> FamilyError:
    with pytest.raises(FamilyError) as refusal:
        lay_over(name, text)
    return refusal.value


def test_every_family_can_be_read_and_the_usual_one_comes_first() -> None:
    assert family_names() == ["erp25", "bas", "ut11"]
    for name in family_names():
        family = read_family(name)
        assert family.family == name
        assert set(family.streams) | set(family.missing) == {stream.name for stream in STREAMS}
    # Nobody may think that a family was tried which never was.
    assert {name: read_family(name).proof for name in family_names()} == {
        "erp25": "stand_in",
        "bas": "unseen",
        "ut11": "unseen",
    }


def test_families_differ_from_the_usual_one_only_where_their_files_say_so() -> None:
    usual = read_family()
    differing = {
        name: {stream for stream, source in read_family(name).streams.items() if source != usual.streams[stream]}
        for name in family_names()
    }
    assert differing == {"erp25": set(), "bas": {"claims"}, "ut11": {"claims", "stock"}}
    stock = read_family("ut11").streams["stock"]
    assert (stock.set, stock.order, stock.orders_of) == ("AccumulationRegister_СвободныеОстатки", "", "Recorder")
    assert stock.dimensions == {"Характеристика_Key": "Характеристика_Key", "Склад_Key": "Склад_Key"}
    assert stock.poll_s == usual.streams["stock"].poll_s


def test_a_field_called_otherwise_is_one_line() -> None:
    laid = lay_over(USUAL, '[streams.partners.fields]\n"ВидПартнера" = "ТипПартнера"')
    partners, usual = laid.streams["partners"], read_family().streams["partners"]
    assert partners.columns == {**usual.columns, "ВидПартнера": "ТипПартнера"}
    assert {name for name, source in laid.streams.items() if source != read_family().streams[name]} == {"partners"}
    assert replace(laid, streams={}) == replace(read_family(), streams={})


def test_a_section_takes_the_place_of_a_column_and_lists_of_optional_columns_grow() -> None:
    laid = lay_over(USUAL, '[streams.products]\noptional = ["Плотность"]')
    assert laid.streams["products"].optional == [*read_family().streams["products"].optional, "Плотность"]


def test_a_stream_that_says_how_it_is_read_is_replaced_whole() -> None:
    own = """
        [streams.segments]
        set = "Catalog_Подборки"
        reading = "catalog"
        optional = ["Description_kk", "Description_en"]
        fields = { "Description" = "Наименование" }
    """
    segments = lay_over(USUAL, own).streams["segments"]
    assert (segments.set, segments.same, segments.columns) == ("Catalog_Подборки", (), {"Description": "Наименование"})


def test_a_stream_named_as_missing_has_no_source_and_may_get_one_again() -> None:
    laid = lay_over(USUAL, '[missing]\nplans = "kept in another base"')
    assert "plans" not in laid.streams
    assert laid.missing == {"plans": "kept in another base"}


def test_single_values_are_replaced() -> None:
    laid = lay_over(USUAL, 'zone = "+05:00"\nnode = "portal-2"\nchanges_every_s = 30\nsweep_every_s = 3600')
    assert (laid.zone, laid.node, laid.changes_every_s, laid.sweep_every_s) == ("+05:00", "portal-2", 30, 3600)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("[streams", "mapping_unreadable", None),
        ("x" * (LONGEST + 1), "mapping_too_long", {"most": "32000"}),
        ('family = "mine"', "mapping_unknown_key", {"key": "family"}),
        ('proof = "stand_in"', "mapping_unknown_key", {"key": "proof"}),
        ("[not_offered]", "mapping_unknown_key", {"key": "not_offered"}),
        ("streams = 1", "mapping_wrong_value", {"said": "streams is no table"}),
        ("missing = []", "mapping_wrong_value", {"said": "missing is no table"}),
        ('[streams]\nplans = "none"', "mapping_wrong_value", {"said": "plans is no table"}),
        ("[streams.partners]\nset = 5", "mapping_wrong_value", None),
        ("[streams.partners]\ncolour = 5", "mapping_wrong_value", None),
        ('zone = "Almaty"', "mapping_wrong_value", {"said": "zone Almaty: +05:00 is meant"}),
        ('[streams.boats]\nset = "Catalog_X"\nreading = "catalog"', "mapping_unknown_stream", {"stream": "boats"}),
        ('[missing]\nboats = "none"', "mapping_unknown_stream", {"stream": "boats"}),
        (
            '[streams.partners.fields]\n"Цвет" = "Цвет"',
            "mapping_unknown_column",
            {"stream": "partners", "column": "Цвет"},
        ),
        (
            '[streams.segments]\nset = "Catalog_X"\nreading = "catalog"\nsame = ["Description", "Description_kk"]',
            "mapping_column_missing",
            {"stream": "segments", "column": "Description_en"},
        ),
        (
            '[streams.stock.flags]\n"СвободныйОстаток" = "ВНаличииBalance"',
            "mapping_column_twice",
            {"stream": "stock", "column": "СвободныйОстаток"},
        ),
        (
            '[streams.stock.figures]\n"СвободныйОстаток" = ["ВНаличииBalance"]',
            "mapping_wrong_value",
            {"said": "stock: ВНаличииBalance begins with + or -"},
        ),
        (
            '[streams.stock.dimensions]\n"Склад_Key" = "Характеристика_Key"',
            "mapping_wrong_value",
            {"said": "stock: Характеристика_Key is named twice"},
        ),
        (
            '[streams.payments.sections."РасшифровкаПлатежа".fields]\n"Счет_Key" = "ЗаказКлиента_Key"',
            "mapping_wrong_value",
            {"said": "payments: ЗаказКлиента_Key is named twice"},
        ),
        (
            "[streams.stock]\npoll_s = 1",
            "mapping_wrong_pause",
            {"name": "stock.poll_s", "least": "10", "most": "86400"},
        ),
        ("changes_every_s = 0.1", "mapping_wrong_pause", {"name": "changes_every_s", "least": "5", "most": "3600"}),
        ("sweep_every_s = 1", "mapping_wrong_pause", {"name": "sweep_every_s", "least": "300", "most": "86400"}),
        ("changes_every_s = nan", "mapping_wrong_pause", None),
    ],
)
def test_what_cannot_be_is_refused_and_named(text: str, code: str, told: dict[str, str] | None) -> None:
    found = refused(text)
    assert found.code == code
    if told is not None:
        assert found.told == told


@pytest.mark.parametrize(
    "text",
    [
        '[streams.partners]\nset = "../../../erp2/odata/standard.odata/Catalog_Партнеры"',
        '[streams.partners]\nset = "Catalog_Партнеры?x=1"',
        '[streams.partners]\nset = ""',
        '[streams.partners.fields]\n"ВидПартнера" = "A,B"',
        '[streams.partners.fields]\n"ВидПартнера" = "A eq 1 or B"',
        '[streams.packages.sections."ОтсекиЛ"]\nitem = "A/B"',
        '[streams.orders]\nwindow = "Date desc"',
        '[streams.orders.seen]\nposted = "Posted) or (1 eq 1"',
        '[streams.stock]\norder = "A\'B"',
        '[streams.stock]\norders_of = "A B"',
        '[streams.stock.dimensions]\n"Склад_Key" = "Склад)"',
        '[streams.stock.figures]\n"СвободныйОстаток" = ["+A B"]',
        '[streams.limits.flags]\n"ДнейПросрочки" = "A&B"',
        '[streams.limits.rows]\nset = "Catalog_X/Y"',
        '[streams.limits.rows.fields]\n"Валюта" = "A/B"',
        "[out.order]\nset = \"Document_ЗаказКлиента(guid'1')\"",
        '[out.order]\nmethod = "Post/../Unpost"',
        '[out.vehicle]\nset = "../x"',
        'plan = "ExchangePlan_X\'"',
        "node = \"a' or Code ne '\"",
    ],
)
def test_a_name_is_a_name_and_never_a_part_of_an_address_or_a_query(text: str) -> None:
    assert refused(text).code == "mapping_wrong_name"


def test_no_family_is_read_from_elsewhere() -> None:
    for name in ("../settings/x", "erp25.toml", "", "ERP25"):
        assert refused("", name).code == "mapping_unknown_family"


def test_a_family_is_checked_whoever_wrote_it() -> None:
    family = read_family()
    with pytest.raises(FamilyError, match="mapping_wrong_name"):
        check_family(msgspec.structs.replace(family, plan="Exchange plan"))


def test_the_installation_page_names_exactly_what_the_usual_mapping_reads() -> None:
    page = (Path(__file__).parents[2] / "onec" / "README.md").read_text("utf-8")
    section = page.partition("## OData alone")[2].partition("What your base lacks")[0]
    told = set(re.findall(r"`([А-Яа-яЁё]+)`", section)) - {"УстановитьСоставСтандартногоИнтерфейса"}
    family = read_family()
    sets = {source.set for source in family.streams.values()}
    sets |= {source.rows.set for source in family.streams.values() if source.rows}
    sets |= {family.out.order.set, family.out.vehicle.set}
    assert told == {name.partition("_")[2] for name in sets}
