"""Every input is a struct or a list of problems, whatever was sent (RELIABILITY 3.3)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from app.infra.http.decoding import decode, decode_json
from app.infra.http.fields import Line, Note, Quantity
from app.infra.http.forms import parse_form
from app.infra.http.scalars import JSON
from app.kernel.errors import InvalidInputError


class OrderLine(Struct, forbid_unknown_fields=True, frozen=True):
    """A line."""

    product: UUID
    quantity: Quantity


class Order(Struct, forbid_unknown_fields=True, frozen=True):
    """An order as a program or a form sends it."""

    number: Line
    ship_on: date
    lines: Annotated[list[OrderLine], Meta(max_length=3)]
    mode: Literal["packaged", "bulk"] = "packaged"
    comment: Note = ""
    urgent: bool = False
    copies: Annotated[int, Meta(ge=1, le=5)] = 1
    contract: UUID | None = None


ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
GOOD = {"number": "A", "ship_on": "2026-03-07", "lines": [{"product": ID, "quantity": "1.5"}]}


def codes(error: InvalidInputError) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in error.problems]


def refuse(body: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInputError) as refused:
        decode(decode_json(msgspec.json.encode(body)), Order, JSON)
    return codes(refused.value)


def test_every_problem_is_told_at_once_in_the_order_of_the_fields() -> None:
    body = {
        "number": "a\x00",
        "ship_on": "2026-02-30",
        "lines": [{"product": "x", "quantity": "NaN"}, {"product": ID}],
        "mode": "rail",
        "copies": 9,
        "contract": 5,
        "is_admin": True,
        "price": "1",
    }
    assert refuse(body) == [
        ("number", "text_forbidden_character"),
        ("ship_on", "not_a_date"),
        ("lines[0].product", "not_an_id"),
        ("lines[0].quantity", "number_malformed"),
        ("lines[1].quantity", "required"),
        ("mode", "not_a_choice"),
        ("copies", "number_above"),
        ("contract", "wrong_type"),
        ("is_admin", "unknown_field"),
        ("price", "unknown_field"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("lines", [{"product": ID, "quantity": 1.5}], "wrong_type"),
        ("lines", [{"product": ID, "quantity": True}], "wrong_type"),
        ("lines", [{"product": ID, "quantity": "0"}], "number_too_small"),
        ("lines", [{"product": ID, "quantity": "-1"}], "number_too_small"),
        ("lines", [{"product": ID, "quantity": "1e-9"}], "number_malformed"),
        ("lines", [{"product": ID, "quantity": "1" + "0" * 17}], "number_too_large"),
        ("lines", [{"product": ID, "quantity": "1"}] * 4, "too_many"),
        ("lines", "x", "wrong_type"),
        ("copies", True, "wrong_type"),
        ("copies", 0, "number_too_small"),
        ("copies", 2**70, "number_above"),
        ("ship_on", "07.03.2026", "not_a_date"),
        ("ship_on", "0026-03-07", "not_a_date"),
        ("mode", 1, "not_a_choice"),
        ("number", None, "wrong_type"),
        ("number", "x" * 201, "text_too_long"),
    ],
)
def test_one_wrong_field_is_one_problem(field: str, value: object, code: str) -> None:
    found = refuse({**GOOD, field: value})
    assert [one for _, one in found] == [code]
    assert found[0][0].startswith(field)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 200_000, "json_too_deep"),
        (b'{"a":' * 100_000, "json_too_deep"),
        (b"1" * 5_000, "json_malformed"),
        (b"1e999", "json_malformed"),
        (b'{"number": NaN}', "json_malformed"),
        (b'"\\ud800"', "json_malformed"),
        (b"\xff\xfe", "json_malformed"),
        (b"", "json_malformed"),
        (b"{", "json_malformed"),
    ],
)
def test_json_that_is_none_is_one_problem(body: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_json(body)
    assert codes(refused.value) == [("", code)]


def test_a_form_is_read_as_the_person_writes() -> None:
    pairs = [
        ("number", "Т-1"),
        ("ship_on", "7.3.2026"),
        ("lines[4].product", ID),
        ("lines[4].quantity", "1 234,5"),
        ("urgent", "on"),
        ("comment", "one\r\ntwo"),
        ("contract", ""),
        ("_csrf_token", "x"),
    ]
    order = parse_form(pairs, Order, "ru").result()
    assert order == Order(
        number="Т-1",
        ship_on=date(2026, 3, 7),
        lines=[OrderLine(UUID(ID), Decimal("1234.5"))],
        urgent=True,
        comment="one\ntwo",
    )


def test_a_form_with_faults_keeps_what_was_typed() -> None:
    pairs = [("number", ""), ("ship_on", "завтра"), ("lines[0].product", ID), ("lines[0].quantity", "два")]
    form = parse_form(pairs, Order, "ru")
    assert form.value is None
    assert form.raw["ship_on"] == "завтра"
    assert form.raw["lines[0].quantity"] == "два"
    assert [(one.field, one.code) for one in form.problems] == [
        ("ship_on", "not_a_date"),
        ("lines[0].quantity", "number_malformed"),
    ]


def test_a_value_sent_twice_is_refused_and_not_silently_chosen() -> None:
    pairs = [("number", "A"), ("number", "B"), ("ship_on", "2026-03-07")]
    assert ("number", "sent_twice") in [(one.field, one.code) for one in parse_form(pairs, Order, "ru").problems]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([*Order.__struct_fields__, "is_admin", "__class__", "lines[0]"])


@given(st.dictionaries(FIELDS, JSON_VALUES, max_size=8) | JSON_VALUES)
def test_any_json_is_an_order_or_problems_never_a_crash(body: object) -> None:
    try:
        raw = decode_json(msgspec.json.encode(body))
        assert isinstance(decode(raw, Order, JSON), Order)
    except InvalidInputError as error:
        assert error.problems  # noqa: PT017 - either outcome is right
    except UnicodeEncodeError:
        pass  # a lone surrogate cannot even be written as JSON


NAMES = st.sampled_from(["number", "ship_on", "lines[0].product", "lines[0].quantity", "lines", "lines[0]", "mode"])


@given(st.lists(st.tuples(NAMES | st.text(max_size=20), st.text(max_size=40)), max_size=12))
def test_any_form_is_an_order_or_problems_never_a_crash(pairs: list[tuple[str, str]]) -> None:
    form = parse_form(pairs, Order, "kk")
    assert (form.value is None) == bool(form.problems)


class Typed(Struct, forbid_unknown_fields=True, frozen=True):
    """Quantities by product and contract."""

    quantities: dict[UUID, dict[UUID, Quantity | None]] = {}


OTHER = "00000000-0000-4000-8000-000000000001"


def test_what_stands_in_brackets_may_be_an_id() -> None:
    pairs = [(f"quantities[{ID}][{OTHER}]", "1,5"), (f"quantities[{OTHER}][{ID}]", "")]
    assert parse_form(pairs, Typed, "ru").result().quantities == {
        UUID(ID): {UUID(OTHER): Decimal("1.5")},
        UUID(OTHER): {UUID(ID): None},
    }
    assert parse_form([], Typed, "ru").result().quantities == {}


class Numbered(Struct, forbid_unknown_fields=True, frozen=True):
    """Quantities by number."""

    quantities: dict[Annotated[str, Meta(pattern="^n[0-9]{1,7}$")], str] = {}


def test_a_number_after_an_n_is_a_key_and_not_a_place_in_a_list() -> None:
    pairs = [("quantities[n12]", "5"), ("quantities[n7]", "6"), ("quantities[n1234567]", "7")]
    assert parse_form(pairs, Numbered, "ru").result().quantities == {"n12": "5", "n7": "6", "n1234567": "7"}
    for name in ("quantities[12]", "quantities[n]", "quantities[n12345678]", "quantities[n-1]", "quantities[nn1]"):
        assert parse_form([(name, "5")], Numbered, "ru").value is None, name


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (f"quantities[{ID}][{OTHER}]", "NaN", f"quantities[{ID}][{OTHER}]"),
        (f"quantities[{ID}]", "1", f"quantities[{ID}]"),
        (f"quantities[{ID}][{OTHER}][{ID}]", "1", f"quantities[{ID}][{OTHER}]"),
        ("quantities", "1", "quantities"),
        ("quantities[0][0]", "1", "quantities"),
        (f"quantities[{'-' * 36}][{OTHER}]", "1", f"quantities[{'-' * 36}]"),
        (f"quantities[{ID[:-1]}][{OTHER}]", "1", f"quantities[{ID[:-1]}][{OTHER}]"[:64]),
    ],
)
def test_a_key_that_is_none_and_a_value_that_is_none_are_refused(name: str, value: str, told: str) -> None:
    assert [one.field for one in parse_form([(name, value)], Typed, "ru").problems] == [told]


def test_a_table_has_an_end() -> None:
    pairs = [(f"quantities[{UUID(int=number)}][{OTHER}]", "1") for number in range(2001)]
    assert [(one.field, one.code) for one in parse_form(pairs, Typed, "ru").problems] == [("quantities", "too_many")]
