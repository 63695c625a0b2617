"""Our fast formatter against Babel, the slow and sure one."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.numbers import SIGNS, numbers
from app.kernel.money import SHOWN_DIGITS

LOCALES = st.sampled_from(sorted(LANGUAGES))
AMOUNTS = st.decimals(
    min_value=Decimal(-(10**15)), max_value=Decimal(10**15), allow_nan=False, allow_infinity=False, places=6
)
NBSP = "\u00a0"


@given(LOCALES, AMOUNTS)
def test_numbers_are_written_as_babel_writes_them(locale: str, value: Decimal) -> None:
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        expected = format_decimal(value, locale=LANGUAGES[locale].cldr)
    assert numbers(locale).number(value) == ("0" if expected == "-0" else expected)


@given(LOCALES, st.integers(min_value=-(10**18), max_value=10**18))
def test_whole_numbers_are_written_as_babel_writes_them(locale: str, value: int) -> None:
    assert numbers(locale).number(value) == format_decimal(value, locale=LANGUAGES[locale].cldr)


@given(LOCALES, AMOUNTS, st.sampled_from(sorted(SHOWN_DIGITS)))
def test_money_is_written_as_babel_writes_it_with_our_signs(locale: str, amount: Decimal, currency: str) -> None:
    digits = SHOWN_DIGITS[currency]
    pattern = "¤#,##0" if locale == "en" else "#,##0 ¤".replace(" ", NBSP)
    pattern = pattern.replace("#,##0", f"#,##0.{'0' * digits}" if digits else "#,##0")
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        plain = format_currency(amount, "XXX", pattern, locale=LANGUAGES[locale].cldr, currency_digits=False)
    sign = SIGNS.get(currency, currency)
    gap = NBSP if locale == "en" and sign.isalpha() else ""
    assert numbers(locale).money(amount, currency) == plain.replace("XXX", sign + gap).replace("¤", sign + gap)


@given(LOCALES, st.decimals(min_value=-2, max_value=2, places=4, allow_nan=False))
def test_shares_are_written_as_babel_writes_them(locale: str, share: Decimal) -> None:
    cldr = LANGUAGES[locale].cldr
    pattern = format_percent(1, locale=cldr).replace("100", "#,##0.0")
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        assert numbers(locale).percent(share, 1) == format_percent(share, pattern, locale=cldr)


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "text"),
    [
        ("ru", "1234567.5", "KZT", "1 234 567,50 ₸"),
        ("kk", "1234567.5", "KZT", "1 234 567,50 ₸"),
        ("en", "1234567.5", "KZT", "₸1,234,567.50"),
        ("ru", "-0.005", "KZT", "-0,01 ₸"),
        ("en", "-12", "USD", "-$12.00"),
        ("en", "12", "KGS", "KGS 12.00"),
        ("ru", "1500.5", "UZS", "1 501 UZS"),
        ("ru", "1500.4", "MNT", "1 500 MNT"),
    ],
)
def test_money_as_people_here_know_it(locale: str, amount: str, currency: str, text: str) -> None:
    assert numbers(locale).money(Decimal(amount), currency) == text.replace(" ", NBSP)


def test_trimmed_money_drops_only_minor_digits_that_are_zero() -> None:
    ru = numbers("ru")
    assert ru.money(Decimal("291920.00"), "KZT", trim=True) == f"291{NBSP}920{NBSP}₸"
    assert ru.money(Decimal("291920.10"), "KZT", trim=True) == f"291{NBSP}920,10{NBSP}₸"


def test_a_share_may_be_a_float() -> None:
    assert numbers("ru").percent(0.685, 1) == f"68,5{NBSP}%"
    assert numbers("en").percent(0.68) == "68%"
