"""The page of currencies."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from litestar import get, post
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.numbers import numbers
from app.infra.i18n.places import currency_name
from app.infra.pages.views import Choice
from app.kernel.money import MINOR_DIGITS, round_money
from app.settings.schemas import CurrencyView, MoneyForm, MoneyInput
from app.settings.services import money
from app.settings.services.office import Office
from app.settings.web.stage import (
    ADMIN,
    NOTHING_WRONG,
    SECTION,
    Answer,
    Returned,
    Section,
    differ,
    draw,
    sent_values,
)

HERE: Final = "/settings/money"
_SAMPLE: Final = Decimal("1234567.345")


class Row(Struct, frozen=True):
    """One currency of the table: counted and written in examples."""

    code: str
    name: str
    is_traded: bool
    counted: str
    written: str
    is_used: bool


class MoneyPages(Controller):
    """Which currencies are traded."""

    path = HERE
    opt = ADMIN
    dependencies = SECTION

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show the currencies."""
        return await _page(page, Office(transaction, actor))

    @post(status_code=200)
    async def save(self, section: Section) -> Answer:
        """Change the currencies."""
        form = await read_form(section.request, MoneyForm)
        chosen = await sent_values(section.request, "currencies")

        async def change() -> None:
            value = form.result()
            await money.change_money(section.office, MoneyInput(value.currencies, value.currency), value.version)

        async def again(found: Returned) -> PageResponse:
            return await _page(section.page, section.office, found, chosen, form.raw)

        return await section.take(change(), again, HERE, "money")


async def _page(
    page: Page,
    office: Office,
    found: Returned = NOTHING_WRONG,
    chosen: Sequence[str] = (),
    raw: Mapping[str, str] | None = None,
) -> PageResponse:
    now = await money.read_money(office)
    traded = [one.code for one in now.currencies if one.is_traded]
    values = {"currency": now.currency, "currencies": ", ".join(traded)}
    typed = values if raw is None else {"currency": raw.get("currency", ""), "currencies": ", ".join(chosen)}
    if found.is_older:
        found = msgspec.structs.replace(found, differences=differ(page.locale, values, typed))
    return draw(
        page,
        "money",
        found,
        version=now.version,
        rows=[_row(page.locale, one, traded if raw is None else chosen) for one in now.currencies],
        currency=typed["currency"],
        choices=[Choice(code, f"{code} – {currency_name(page.locale, code)}") for code in MINOR_DIGITS],
    )


def _row(locale: str, one: CurrencyView, chosen: Sequence[str]) -> Row:
    write = numbers(locale)
    counted = write.number(round_money(_SAMPLE, one.code))
    written = write.money(round_money(_SAMPLE, one.code), one.code)
    return Row(one.code, currency_name(locale, one.code), one.code in chosen, counted, written, one.is_used)
