"""Expressions: what they read as, and how what cannot be read is told."""

import pytest

from erp_peer.odata.edm import Edm
from erp_peer.odata.grammar import read_condition, read_order
from erp_peer.odata.syntax import Call, Compare, Constant, Join, Lambda, Not, Path
from erp_peer.odata.tokens import SyntaxFaultError

TRUE = Constant(Edm.BOOLEAN, value=True)


def test_and_binds_closer_than_or_and_not_closest() -> None:
    found = read_condition("a eq true or not b eq true and c eq true")
    first, second = Compare("eq", Path(("a",)), TRUE), Compare("eq", Path(("b",)), TRUE)
    third = Compare("eq", Path(("c",)), TRUE)
    assert found == Join("or", (first, Join("and", (Not(second), third))))


def test_brackets_bind_first() -> None:
    found = read_condition("(a eq true or b eq true) and c eq true")
    assert isinstance(found, Join)
    assert found.operator == "and"
    assert isinstance(found.terms[0], Join)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("'a''b'", Edm.STRING, "a'b"),
        ("''", Edm.STRING, ""),
        ("12", Edm.DOUBLE, 12),
        ("-12.5", Edm.DOUBLE, -12.5),
        ("12.5m", Edm.DOUBLE, 12.5),
        ("false", Edm.BOOLEAN, False),
        ("guid'D9640A94-0000-0000-0000-000000000001'", Edm.GUID, "d9640a94-0000-0000-0000-000000000001"),
    ],
)
def test_literals(text: str, kind: Edm, value: object) -> None:
    found = read_condition(f"x eq {text}")
    assert isinstance(found, Compare)
    assert isinstance(found.right, Constant)
    assert (found.right.type, found.right.value) == (kind, value)


def test_calls_paths_and_lambdas() -> None:
    found = read_condition("Товары/any(d: d/Количество gt 5) and substringof('x', Партнер/Description)")
    assert isinstance(found, Join)
    lambda_, call = found.terms
    assert isinstance(lambda_, Lambda)
    assert (lambda_.section, lambda_.quantifier, lambda_.variable) == ("Товары", "any", "d")
    assert call == Call("substringof", (Constant(Edm.STRING, "x"), Path(("Партнер", "Description"))))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("DeletionMark+eq+false", "«+» в позиции 12"),
        ("a eq", "конец выражения"),
        ("a eq eq", "«eq» в позиции 5"),
        ("(a eq 1", "ожидается «)»"),
        ("a eq 1)", "«)» в позиции 6"),
        ("a eq 1 b", "«b» в позиции 7"),
        ("a eq guid'x'", "guid'x'"),
        ("a eq datetime'2026-11-22T10:00:00Z'", "datetime'2026-11-22T10:00:00Z'"),
        ("a eq 'x", "«'» в позиции 4"),
        ("Товары/some(d: d/x eq 1)", "Товары/some"),
        ("Товары/any(d d/x eq 1)", "ожидается «:»"),
        ("(" * 70 + "a" + ")" * 70, "вложенность"),
        ("", "конец выражения"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(SyntaxFaultError, match=None) as raised:
        read_condition(text)
    assert told in str(raised.value)


def test_orders() -> None:
    assert read_order("Дата desc, Партнер/Description") == [
        (Path(("Дата",)), True),
        (Path(("Партнер", "Description")), False),
    ]
    for text in ("", "Дата down", "Дата asc desc", "year(Дата)", "Дата,"):
        with pytest.raises(SyntaxFaultError):
            read_order(text)
