"""What a lubricants engineer would check before believing the catalogue."""

import re
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.erp_peer.portal import Row
from tests.erp_peer.worlds import Made, docs, made, refs

# Kinematic viscosity at 100 °C, mm2/s, by the high-temperature grade.
J300 = {
    "16": (6.1, 8.2),
    "20": (6.9, 9.3),
    "30": (9.3, 12.5),
    "40": (12.5, 16.3),
    "50": (16.3, 21.9),
    "60": (21.9, 26.1),
}
J306 = {"80": (8.5, 11.0), "85": (11.0, 13.5), "90": (13.5, 18.5), "140": (24.0, 32.5)}
PENETRATION = {
    "000": (445, 475), "00": (400, 430), "0": (355, 385), "1": (310, 340), "2": (265, 295), "3": (220, 250),
}  # fmt: skip
KAZAKH = re.compile("[әғқңөұүһі]", re.IGNORECASE)
PIECES_OF_LINE = {"ME": {"B1", "K4", "K5", "P20", "G60", "D216", "D208", "I1000"}, "FB": {"B05", "B1", "K5"}}


@pytest.fixture(scope="module")
def demo() -> Made:
    return made("demo")


@pytest.fixture(scope="module")
def goods(demo: Made) -> list[Row]:
    return [row for row in demo.streams["products"] if row["IsFolder"] == "false"]


def figures(product: Row) -> dict[str, float]:
    return {row["Код"]: float(row["Значение"]) for row in docs(product["Свойства"])}


def test_viscosity_lies_inside_its_class(goods: list[Row]) -> None:
    checked = 0
    for row in goods:
        system, value, found = row["СистемаВязкости"], row["КлассВязкости"], figures(row)
        if system == "ISO VG":
            assert abs(found["V40"] / float(value) - 1) <= 0.1, row["Description"]
        elif system in {"SAE J300", "SAE J306"}:
            hot = value.rpartition("-")[2]
            low, high = {"SAE J300": J300, "SAE J306": J306}[system].get(hot, (0, 1000))
            assert low <= found["V100"] <= high, row["Description"]
            assert found["V40"] > found["V100"]
        elif system == "NLGI":
            low, high = PENETRATION[value]
            assert low <= found["PEN"] <= high
        else:
            continue
        checked += 1
    assert checked > 1200


def test_classes_fit_the_line_and_the_name(goods: list[Row], demo: Made) -> None:
    lines = demo.by_ref("lines")
    for row in goods:
        line = lines[row["ТоварнаяКатегория_Key"]]
        assert row["ВидТовара"] == line["ВидТовара"]
        assert row["Марка"] in row["Description"]
        if row["ВидТовара"] == "grease":
            assert row["СистемаВязкости"] == "NLGI"
            assert row["Плотность"] == "\\N"
        else:
            assert 0.82 <= float(row["Плотность"]) <= 1.13, row["Description"]
        if line["Code"] in {"ME", "MD", "MM"}:
            assert 0.83 <= float(row["Плотность"]) <= 0.90
        if line["Code"] in {"TM", "TX"}:
            assert row["СистемаВязкости"] == "SAE J306"


def test_standards_fit_the_kind_of_oil(goods: list[Row], demo: Made) -> None:
    codes, lines = demo.by_ref("standards"), demo.by_ref("lines")
    for row in goods:
        own = {codes[ref]["Code"] for ref in refs(row["Стандарты"])}
        line = lines[row["ТоварнаяКатегория_Key"]]["Code"]
        if line == "HL":
            assert own & {"DIN 51524-2 HLP", "ГОСТ 17479.3"}
        if line == "TX":
            assert "API GL-5" in own
        if line == "FB":
            assert any(code.startswith("DOT") for code in own)
        if any(code.startswith("ILSAC GF-7") for code in own):
            assert "API SQ" in own
        if row["КлассВязкости"] == "0W-16":
            assert own & {"ILSAC GF-6B", "ILSAC GF-7B"}


def test_a_newer_class_covers_the_older(demo: Made) -> None:
    by_ref = demo.by_ref("standards")
    by_code = {row["Code"]: row for row in by_ref.values()}
    chain = ["API SQ", "API SP", "API SN PLUS", "API SN", "API SM", "API SL", "API SJ"]
    for newer, older in pairwise(chain):
        assert by_ref[by_code[newer]["Заменяет_Key"]]["Code"] == older
        assert by_code[newer]["ДействуетС"] > by_code[older]["ДействуетС"]
    assert by_code["ILSAC GF-6A"]["ДействуетПо"] == "2026-03-31"


def test_masses_follow_from_volume_and_density(demo: Made) -> None:
    products, packages = demo.by_ref("products"), demo.by_ref("packages")
    kinds: set[str] = set()
    for row in demo.streams["characteristics"]:
        product, package = products[row["Номенклатура_Key"]], packages[row["Упаковка_Key"]]
        net, gross = Decimal(row["НеттоКг"]), Decimal(row["БруттоКг"])
        kinds.add(row["ВидУпаковки"])
        assert row["ВидУпаковки"] == package["ВидУпаковки"]
        if row["Налив"] == "true":
            assert (row["ЕдиницаЗаказа"], row["Кратность"], net) == ("t", "1", 1000)
            assert row["ОбъемЛ"] == "\\N"
            assert product["ВидТовара"] != "grease"
            continue
        assert row["ЕдиницаЗаказа"] == "piece"
        assert gross - net == Decimal(package["МассаТарыКг"])
        if product["ВидТовара"] == "grease":
            assert row["ОбъемЛ"] == "\\N"
            assert row["ВидУпаковки"] in {"cartridge", "bag", "pail", "keg", "drum"}
        else:
            litres = Decimal(row["ОбъемЛ"])
            assert abs(net - litres * Decimal(product["Плотность"])) <= Decimal("0.001")
            assert litres <= Decimal(package["ОбъемЛ"])
        assert int(row["НаПаллете"]) % int(row["ВСлое"]) == 0
    assert kinds == {
        "bottle", "canister", "jerrycan", "pail", "keg", "drum", "ibc", "tank_truck", "rail_tank", "cartridge", "bag",
    }  # fmt: skip


def test_the_big_drum_is_not_filled_to_its_name(demo: Made) -> None:
    drums = [row for row in demo.streams["characteristics"] if row["Артикул"].endswith("-D216")]
    assert {row["ОбъемЛ"] for row in drums} == {"205"}
    assert len(drums) > 100


def test_lines_are_filled_into_what_they_are_sold_in(demo: Made) -> None:
    for row in demo.streams["characteristics"]:
        _, line, _, package = row["Артикул"].split("-")
        assert package in PIECES_OF_LINE.get(line, {package}), row["Артикул"]
    assert 0.08 < sum(r["Налив"] == "true" for r in demo.streams["characteristics"]) / 3000 < 0.3


def test_skus_and_barcodes_are_unique(demo: Made) -> None:
    items = demo.streams["characteristics"]
    assert len({row["Артикул"] for row in items}) == len(items)
    codes = [row["Штрихкод"] for row in items if row["Штрихкод"]]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(code)) % 10 == 0


def test_prices_are_those_of_the_trade(demo: Made) -> None:
    items, products, lists = demo.by_ref("characteristics"), demo.by_ref("products"), demo.by_ref("price_types")
    lines = demo.by_ref("lines")
    usual = {
        "ME": (1000, 5300),
        "MD": (700, 3500),
        "HL": (600, 1200),
        "BO": (500, 1400),
        "GL": (1150, 2950),
        "FU": (150, 260),
    }
    per_kzt = {"KZT": 1, "USD": 520, "RUB": 6.4, "CNY": 73}
    seen: set[str] = set()
    for row in demo.streams["prices"]:
        if row["Цена"] == "0.0000":
            continue
        item = items[row["Характеристика_Key"]]
        product = products[row["Номенклатура_Key"]]
        line = lines[product["ТоварнаяКатегория_Key"]]["Code"]
        assert row["ЕдиницаЦены"] == item["ЕдиницаЗаказа"]
        assert row["Валюта"] == lists[row["ВидЦены_Key"]]["Валюта"]
        if line not in usual or lists[row["ВидЦены_Key"]]["Code"] == "РОЗН":
            continue
        kzt = float(row["Цена"]) * per_kzt[row["Валюта"]]
        kg = float(item["НеттоКг"])
        per_unit = kzt / kg if line == "GL" else kzt / kg * float(product["Плотность"])
        low, high = usual[line]
        assert low <= per_unit <= high, (item["Артикул"], per_unit)
        seen.add(line)
    assert seen == set(usual)


def test_every_text_is_there_in_three_languages(demo: Made, goods: list[Row]) -> None:
    assert len({row["Description"].strip() for row in goods}) == len(goods)
    for row in goods:
        for column in ("Description", "Description_kk", "Description_en", "Описание", "Описание_kk", "Описание_en"):
            assert row[column], column
        assert KAZAKH.search(row["Описание_kk"])
        assert re.search("[а-я]", row["Описание"])
        assert not re.search(
            "[а-яё]",
            re.sub("ГОСТ|[А-Я]{1,2}-[^ ]*|Тп-[^ ]*|Литол|ОЖ-[^ ]*|МГ-[^ ]*|М-[^ ]*", "", row["Description_en"]),
        )
    for stream in ("regions", "plants", "warehouses", "lines", "packages", "segments", "price_types"):
        for row in demo.streams[stream]:
            assert row["Description"], stream
            assert row["Description_kk"], stream
            assert row["Description_en"].isascii() or stream == "packages", row["Description_en"]


def test_countries_are_the_seven(demo: Made) -> None:
    countries = {row["Code"] for row in demo.streams["regions"] if row["IsFolder"] == "true"}
    assert countries == {"KZ", "KG", "TJ", "CN", "UZ", "MN", "TM"}
    assert {row["СтранаРегистрации"] for row in demo.streams["counterparties"]} == countries
