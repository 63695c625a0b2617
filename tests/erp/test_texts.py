"""What the database makes of a text of the ERP, sign by sign and in random company, against the plain rule."""

import random
from typing import Final

import pytest

from app.erp.loading import Side
from tests.erp.test_differences import rows

_ENDS: Final = frozenset({0x09, 0x0A, 0x0D, 0x2028, 0x2029})
_REMOVED: Final = {
    *range(1, 32), *range(127, 160), 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060,
    *range(0x2066, 0x206A), 0xFEFF,
} - _ENDS  # fmt: skip
_SIGNS: Final = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
# Written out, so that it shares nothing with the function: blanks instead of ends, strangers gone, one form of letters.
_RULE: Final = "btrim(left(translate(normalize(v, NFC), $2 || $3, repeat(' ', length($2))), 40))"


def _texts() -> list[str]:
    chance = random.Random(7)
    company = [
        "Масло",
        "и\u0306",
        "e\u0301",
        "Å",
        "ў",
        "\u0438",
        "\u0306",
        "ко\u0308",
        " ",
        "\n",
        "\u200b",
        "ӘҒҚ",
        "5W-40 №1",
    ]
    mixed = ["".join(chance.choices(company + chance.sample(_SIGNS, 3), k=6)) for _ in range(5_000)]
    return [*_SIGNS, *(f"а{sign}б" for sign in _SIGNS), *mixed, "", "   ", "я" * 100]


@pytest.mark.parametrize(("function", "kept"), [("erp_text", set[int]()), ("erp_lines", {0x0A})])
async def test_a_text_becomes_what_the_rule_says_whatever_stands_in_it(
    side: Side, function: str, kept: set[int]
) -> None:
    blanks = "".join(map(chr, sorted(_ENDS - kept)))
    found = await rows(
        side,
        f"SELECT v, {function}(v, 40), {_RULE} FROM unnest($1::text[]) AS t (v)"
        f" WHERE {function}(v, 40) IS DISTINCT FROM {_RULE}",
        _texts(),
        blanks,
        "".join(map(chr, sorted(_REMOVED))),
    )
    assert found == []


async def test_no_text_stays_no_text(side: Side) -> None:
    assert await rows(side, "SELECT erp_text(NULL, 5), erp_lines(NULL, 5)") == [(None, None)]
