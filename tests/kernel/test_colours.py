"""A brand's colour: contrast as WCAG counts it, and whatever is chosen stays readable in both themes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.colours import TEXT, contrast, is_colour, palette, stylesheet

LIGHT_GROUNDS = ("#ffffff", "#f4f6f7", "#eef2f3")
DARK_GROUNDS = ("#0d1417", "#141d21", "#1a262b")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#ffffff", 4.478),
        ("#767676", "#ffffff", 4.542),
        ("#ff0000", "#ffffff", 3.998),
        ("#0a0a0a", "#0a0a0a", 1.0),
    ],
)
def test_contrast_is_counted_as_wcag_does(first: str, second: str, expected: float) -> None:
    assert contrast(first, second) == pytest.approx(expected, abs=0.001)


@given(st.integers(0, 0xFFFFFF))
def test_whatever_colour_is_chosen_everything_written_with_it_can_be_read(number: int) -> None:
    both = palette(f"#{number:06x}")
    for theme, grounds in ((both.light, LIGHT_GROUNDS), (both.dark, DARK_GROUNDS)):
        pairs = [(theme.main.used, ground) for ground in grounds]
        pairs += [(theme.on_main, theme.main.used), (theme.on_main, theme.hover), (theme.ink, theme.soft)]
        pairs += [(ink, ground) for ink in ("#ffffff", "#a9bcc2") for ground in (theme.side, theme.side_active)]
        for ink, ground in pairs:
            assert contrast(ink, ground) >= TEXT, f"{ink} on {ground}"


def test_a_readable_colour_is_used_as_it_was_chosen_and_a_pale_one_is_changed_with_both_figures_told() -> None:
    deep = palette("#0b6170").light.main
    assert (deep.used, deep.is_changed, round(deep.chosen_ratio, 2)) == ("#0b6170", False, 6.3)
    pale = palette("#f2c200").light.main
    assert (pale.chosen, pale.is_changed) == ("#f2c200", True)
    assert pale.chosen_ratio < TEXT <= pale.used_ratio < TEXT + 0.2


def test_the_hue_stays() -> None:
    red = palette("#c8102e").dark.main.used
    assert red == "#f1526c"


def test_the_stylesheet_replaces_tokens_and_nothing_else() -> None:
    text = stylesheet("#0b6170")
    assert text.startswith("@layer tokens{:root{--pri:light-dark(#0b6170,")
    assert text.count("light-dark(") == 7
    assert text.endswith("}}\n")


@pytest.mark.parametrize("text", ["0b6170", "#0B6170", "#0b617", "#0b61700", "red", "#0b617g", "#0b6170\n", ""])
def test_only_six_hexadecimal_digits_are_a_colour(text: str) -> None:
    assert not is_colour(text)
    assert is_colour("#0b6170")
