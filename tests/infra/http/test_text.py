"""Text is stored as people mean it, or refused (RELIABILITY 3.3)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.http.text import clean_text
from app.kernel.errors import InvalidInputError

NASTY = [
    ("a NUL", "a\x00b", "text_forbidden_character"),
    ("an escape", "a\x1b[31mred", "text_forbidden_character"),
    ("a C1 control", "a\x9bb", "text_forbidden_character"),
    ("a bidi override", "invoice\u202efdp.exe", "text_forbidden_character"),
    ("a bidi isolate", "a\u2066b", "text_forbidden_character"),
    ("a lone surrogate", "a\ud800b", "text_forbidden_character"),
    ("a line break in a line", "To: a\r\nBcc: b", "text_forbidden_character"),
    ("a line separator in a line", "a\u2028b", "text_forbidden_character"),
    ("64 KiB", "x" * 65536, "text_too_long"),
    ("one too many", "x" * 201, "text_too_long"),
]


@pytest.mark.parametrize(("case", "text", "code"), NASTY)
def test_deceptive_text_is_a_problem_with_its_field(case: str, text: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        clean_text(text, field="name")
    assert [(one.code, one.field) for one in refused.value.problems] == [(code, "name")], case


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("  Алматы  ", "Алматы"),
        ("e\u0301", "é"),
        ("й", "й"),
        ("a\u200bb\ufeff", "ab"),
        ("Қазақстан ұлы", "Қазақстан ұлы"),
        ("王伟 Бат-Эрдэнэ", "王伟 Бат-Эрдэнэ"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("a\tb", "a b"),
        ("İstanbul", "İstanbul"),
    ],
)
def test_what_people_mean_is_kept(text: str, stored: str) -> None:
    assert clean_text(text) == stored


@pytest.mark.parametrize(
    "text",
    ["\u200b", "\u200b\u200c\u200d", "\u2060\ufeff", "\u200e\u200f", "\u00ad", "\u180e", "\u034f", "\ufe0f", "\u0301",
     "\u3164", "\u2800", " \u00a0\u2007 ", "\U000e0041", "\u200d \u200d"],
)  # fmt: skip
def test_a_text_in_which_nothing_can_be_seen_is_empty(text: str) -> None:
    assert clean_text(text) == clean_text(text, multiline=True) == ""
    with pytest.raises(InvalidInputError) as refused:
        clean_text(text, field="name", min_length=1)
    assert [one.code for one in refused.value.problems] == ["required"]


def test_a_note_keeps_its_lines() -> None:
    assert clean_text("one\r\ntwo\rthree\u2028four", multiline=True) == "one\ntwo\nthree\nfour"


@given(st.text(max_size=400), st.booleans())
def test_any_text_is_cleaned_or_refused_and_clean_text_stays_as_it_is(text: str, multiline: bool) -> None:
    try:
        result = clean_text(text, multiline=multiline)
    except InvalidInputError as error:
        assert len(error.problems) == 1  # noqa: PT017 - either outcome is right
        return
    assert clean_text(result, multiline=multiline) == result
    assert unicodedata.is_normalized("NFC", result)
    assert "\x00" not in result
    assert len(result) <= 200
    assert multiline or "\n" not in result
