"""The page of currencies."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State
from msgspec import Struct

from app.access.actors import Actor
from app.access.tenants import Tenants
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.numbers import numbers
from app.infra.i18n.places import currency_name
from app.infra.pages.views import Choice
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError
from app.kernel.money import MINOR_DIGITS, round_money
from app.settings.schemas import CurrencyView, MoneyForm, MoneyInput
from app.settings.services import money
from app.settings.services.office import Office
from app.settings.web.stage import ADMIN, NOTHING_WRONG, Returned, differ, done, draw, returned, sent_values

HERE: Final = "/settings/money"
_SAMPLE: Final = Decimal("1234567.345")
Answer = PageResponse | Response[None]


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

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show the currencies."""
        return await _page(page, Office(transaction, actor))

    @post(status_code=200)
    async def save(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        page: Page,
        wording: Wording,
        tenants: Tenants,
    ) -> Answer:
        """Change the currencies."""
        office, form = Office(transaction, actor), await read_form(request, MoneyForm)
        chosen = await sent_values(request, "currencies")
        try:
            value = form.result()
            await money.change_money(office, MoneyInput(value.currencies, value.currency), value.version)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _page(page, office, returned(page, wording, error), chosen, form.raw)
        tenants.forget()
        return page.redirect(HERE, flash=done(page, "money"))


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
