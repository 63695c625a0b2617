"""Currencies: which are traded, and how each is counted and written."""

from collections.abc import Sequence

from app.kernel.errors import ChangedMeanwhileError, Problem, RejectedError
from app.kernel.money import MINOR_DIGITS, SHOWN_DIGITS
from app.settings.queries import tenant as queries
from app.settings.schemas import CurrencyView, MoneyInput, MoneyView
from app.settings.services.office import Office


async def read_money(office: Office) -> MoneyView:
    """Read the currencies as they stand."""
    row = await queries.read_tenant(office.transaction)
    used = await queries.read_used_currencies(office.transaction)
    return MoneyView(row.currency, currency_views(row.currencies, used), row.money_version)


async def change_money(office: Office, wish: MoneyInput, version: int) -> MoneyView:
    """Change which currencies are traded.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        RejectedError: with every reason.
    """
    old = await queries.read_tenant(office.transaction)
    used = await queries.read_used_currencies(office.transaction)
    wanted = [code for code in MINOR_DIGITS if code in wish.currencies]
    problems = [
        Problem("currency_in_use", "currencies", {"currency": code})
        for code in MINOR_DIGITS
        if code in used and code not in wanted
    ]
    if not wanted:
        problems.append(Problem("currencies_missing", "currencies"))
    elif wish.currency not in wanted:
        problems.append(Problem("currency_not_traded", "currency", {"currency": wish.currency}))
    if problems:
        raise RejectedError(problems)
    if not await queries.write_money(office.transaction, wanted, wish.currency, version):
        raise ChangedMeanwhileError((await read_money(office)).version)
    await office.note(
        "currencies.changed",
        {"currencies": list(old.currencies), "currency": old.currency},
        {"currencies": wanted, "currency": wish.currency},
    )
    return await read_money(office)


def currency_views(traded: Sequence[str], used: frozenset[str]) -> list[CurrencyView]:
    """Describe the nine currencies."""
    return [
        CurrencyView(code, code in traded, digits, SHOWN_DIGITS[code], code in used)
        for code, digits in MINOR_DIGITS.items()
    ]
