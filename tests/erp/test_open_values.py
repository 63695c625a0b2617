"""Values of plain OData as texts: whatever an ERP may write comes out as surface H would have sent it."""

import string
from datetime import date, datetime
from decimal import Decimal
from typing import cast
from urllib.parse import unquote
from uuid import UUID, uuid5

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from app.erp.families import Section, Seen, Source
from app.erp.families.reading import read_family
from app.erp.mappings.spec import StreamMap
from app.erp.mappings.trade import PRICES
from app.erp.wire.calling import make_query
from app.erp.wire.failures import SchemaError, TransientError
from app.erp.wire.odata.failures import HandlerError, failure_of
from app.erp.wire.odata.values import ZERO_LINK, Decoder, copy_line, copy_text
from tests.erp.staged import ref

STREAM = StreamMap(
    name="probe",
    set_name="Catalog_X",
    columns={
        "Ссылка": "uuid",
        "Имя": "text",
        "День": "date",
        "Миг": "timestamptz",
        "Да": "boolean",
        "Число": "numeric",
        "Целое": "bigint",
        "Ряд": "jsonb",
        "Строки": "jsonb",
        "Нет": "text",
    },
    targets=(),
)
SOURCE = Source(
    set="Catalog_X",
    reading="catalog",
    same=["Ссылка", "Имя", "День", "Миг", "Да", "Число", "Целое", "Нет"],
    sections={"Ряд": Section(item="Ссылка_Key"), "Строки": Section(same=["Код", "Количество", "Отменено"])},
    optional=["Нет"],
)
HEAD = {"Ref_Key": "6b9c8c34-0000-4000-8000-000000000001", "DataVersion": "AAAAAAAETag=", "DeletionMark": False}
DECODER = Decoder(STREAM, SOURCE, "+05:00", frozenset({"Нет"}))


def texts(**values: object) -> dict[str, str]:
    """What the columns become."""
    raw = msgspec.json.encode({**HEAD, **values})
    return dict(zip(DECODER.columns, DECODER.texts(raw, 7), strict=True))


def test_a_property_may_serve_two_columns_and_an_absent_section_moves_nothing() -> None:
    source = msgspec.structs.replace(
        SOURCE,
        same=[name for name in SOURCE.same if name != "Нет"],
        fields={"Нет": "Имя"},
        optional=["Ряд"],
        seen=Seen("Целое", "Posted", "Число"),
    )
    decoder = Decoder(STREAM, source, "+05:00", frozenset({"Ряд"}))
    assert len(decoder.properties) == len(set(decoder.properties))
    raw = msgspec.json.encode({**HEAD, "Имя": "Масло", "Число": 5, "Posted": True, "Строки": []})
    told = dict(zip(decoder.columns, decoder.texts(raw, 7), strict=True))
    assert (told["Имя"], told["Нет"], told["Число"], told["Целое"]) == ("Масло", "Масло", "5", "7")
    assert (told["Ряд"], told["Строки"]) == ("[]", "[]")


# Control characters other than these are stripped by the database (erp_text), a lone surrogate is no JSON.
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)


@given(number=NUMBERS, whole=st.integers(-(2**63), 2**63 - 1), as_string=st.booleans())
def test_numbers_keep_every_digit_however_they_are_written(number: Decimal, whole: int, *, as_string: bool) -> None:
    written: object = f"{number:f}" if as_string else Raw(f"{number:f}".encode())
    found = texts(Число=written, Целое=str(whole) if as_string else whole)
    assert Decimal(found["Число"]) == number
    assert int(found["Целое"]) == whole


@given(text=WORDS, padding=st.integers(0, 20))
def test_padded_texts_lose_their_padding_and_nothing_else(text: str, padding: int) -> None:
    assert texts(Имя=text + " " * padding)["Имя"] == text.rstrip(" ")


@given(ref=st.one_of(st.uuids().map(str), st.just(""), st.just(ZERO_LINK), st.none()))
def test_a_reference_is_one_even_when_it_is_of_several_types(ref: str | None) -> None:
    kind = "StandardODATA.Undefined" if not ref else "StandardODATA.Catalog_Контрагенты"
    found = texts(Ссылка=ref, Ссылка_Type=kind)["Ссылка"]
    assert UUID(found) == UUID(ref or ZERO_LINK)


@given(moment=st.datetimes())
def test_moments_are_of_the_zone_of_the_infobase_and_days_of_none(moment: datetime) -> None:
    written = moment.isoformat(timespec="seconds")
    found = texts(День=written, Миг=written)
    assert found["День"] == moment.date().isoformat()
    assert found["Миг"] == f"{written}+05:00"


def test_what_is_not_said_is_empty_in_the_way_of_its_kind() -> None:
    found = texts()
    assert found == {
        "Ref_Key": HEAD["Ref_Key"],
        "DataVersion": "AAAAAAAETag=",
        "DeletionMark": "false",
        "Ссылка": ZERO_LINK,
        "Имя": "",
        "День": "0001-01-01",
        "Миг": "0001-01-01T00:00:00+05:00",
        "Да": "false",
        "Число": "0",
        "Целое": "0",
        "Ряд": "[]",
        "Строки": "[]",
        "Нет": "",
    }
    assert texts(Нет="there is no such field")["Нет"] == ""


@given(refs=st.lists(st.uuids().map(str), max_size=5), amounts=st.lists(st.tuples(WORDS, NUMBERS), max_size=5))
def test_sections_are_arrays_of_texts(refs: list[str], amounts: list[tuple[str, Decimal]]) -> None:
    rows = [
        {"LineNumber": str(n), "Код": code, "Количество": Raw(f"{number:f}".encode()), "Отменено": n % 2 == 0}
        for n, (code, number) in enumerate(amounts)
    ]
    found = texts(Ряд=[{"LineNumber": "1", "Ссылка_Key": ref} for ref in refs], Строки=rows)
    assert msgspec.json.decode(found["Ряд"]) == refs
    told = msgspec.json.decode(found["Строки"], type=list[dict[str, str]])
    assert [row["Код"] for row in told] == [code.rstrip(" ") for code, _ in amounts]
    assert [Decimal(row["Количество"]) for row in told] == [number for _, number in amounts]
    assert [row["Отменено"] for row in told] == ["true" if n % 2 == 0 else "false" for n in range(len(amounts))]


@given(cells=st.lists(WORDS, min_size=1, max_size=6))
def test_no_text_moves_a_column_or_a_row(cells: list[str]) -> None:
    line = copy_line(cells)
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    back = [cell.replace("\\\\", "\0").replace("\\t", "\t") for cell in line[:-1].split("\t")]
    back = [cell.replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\") for cell in back]
    assert [cell.replace("\0", "\\") for cell in cells] == back


@pytest.mark.parametrize("wrong", ["12a", "NaN", "Infinity", "1\t2", "--1", True, {"a": 1}, [1]])
def test_what_is_no_number_is_refused_and_not_guessed(wrong: object) -> None:
    with pytest.raises(SchemaError):
        texts(Число=wrong)


@given(document=st.recursive(st.none() | st.booleans() | st.integers() | WORDS, st.lists, max_leaves=10))
def test_an_object_of_another_shape_is_refused(document: object) -> None:
    with pytest.raises(SchemaError):
        DECODER.texts(msgspec.json.encode(document), 1)


@given(text=st.text(st.sampled_from(string.printable + "Ябқ"), min_size=1, max_size=30))
def test_a_query_says_a_plus_and_a_blank_by_per_cent(text: str) -> None:
    query = make_query({"$filter": text})
    assert "+" not in query
    assert " " not in query
    assert unquote(query.partition("=")[2]) == text


@given(cells=st.fixed_dictionaries({"Имя": WORDS, "Целое": st.integers(0, 9)}))
def test_a_document_is_what_surface_h_sends(cells: dict[str, object]) -> None:
    row = DECODER.texts(msgspec.json.encode({**HEAD, **cells}), 1)
    document = cast("dict[str, object]", msgspec.json.decode(DECODER.document(row)))
    assert set(document) == {"Ref_Key", "DataVersion", "DeletionMark", *STREAM.columns}
    assert document["Ряд"] == []
    assert all(isinstance(value, str) for name, value in document.items() if name not in {"Ряд", "Строки"})


@pytest.mark.parametrize(
    ("status", "kind", "code", "text", "expected"),
    [
        (500, "application/json", "-1", "Конфликт блокировок при выполнении транзакции", ("transient", TransientError)),
        (500, "application/json", "-1", "Недостаточно товара", ("schema", HandlerError)),
        (400, "application/json", "15", "уже существует", ("schema", SchemaError)),
        (403, "application/json", "20", "нет прав", ("schema", SchemaError)),
        (401, "text/html", "", "", ("channel", None)),
        (503, "text/html", "", "", ("channel", None)),
        (200, "text/html", "", "вход", ("channel", None)),
        (502, "text/html", "", "", ("unknown", None)),
        (500, "text/html", "", "Не обнаружено свободной лицензии", ("channel", None)),
    ],
)
def test_failures_are_classed_by_what_is_to_be_done(
    status: int, kind: str, code: str, text: str, expected: tuple[str, type[Exception] | None]
) -> None:
    told = {"odata.error": {"code": code, "message": {"lang": "ru", "value": text}}}
    content = msgspec.json.encode(told) if code else f"<html>{text}</html>".encode()
    found = failure_of(status, kind, content)
    assert found is not None
    assert found.failure == expected[0]
    assert expected[1] is None or type(found) is expected[1]


def test_what_is_good_is_no_failure() -> None:
    assert failure_of(201, "application/json;charset=utf-8", b"{}") is None
    assert failure_of(204, "", b"") is None


@given(
    amounts=st.lists(st.integers(0, 10**9), min_size=1, max_size=5),
    days=st.lists(st.dates(), min_size=5, max_size=5),
    texts=st.lists(WORDS, min_size=5, max_size=5),
)
def test_many_rows_at_once_are_the_same_rows(amounts: list[int], days: list[date], texts: list[str]) -> None:
    raws = [
        msgspec.json.encode({**HEAD, "Число": amount, "День": day.isoformat(), "Имя": text})
        for amount, day, text in zip(amounts, days, texts, strict=False)
    ]
    text = copy_text(DECODER.columns_of(raws, 3))
    assert text == "".join(copy_line(DECODER.texts(raw, 3)) for raw in raws)
    assert text.count("\n") == len(raws)


def test_a_record_keeps_its_reference_for_ever() -> None:
    family = read_family()
    decoder = Decoder(PRICES, family.streams["prices"], family.zone)
    price = {"ВидЦены_Key": ref("list"), "Характеристика_Key": ref("item"), "Period": "2026-11-01T00:00:00", "Цена": 5}
    told = decoder.texts(msgspec.json.encode(price), 1)
    key = f"{ref('list')}|{ref('item')}|2026-11-01"
    assert told[0] == str(uuid5(UUID("5a1d9bb6-7c39-4d0e-9a53-9a6b4f3a2f10"), key))


def test_one_answer_is_never_two_rows() -> None:
    with pytest.raises(SchemaError):
        DECODER.texts(b"{},{}", 1)
