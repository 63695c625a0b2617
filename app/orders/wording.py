"""What a person reads for every code of this room, and how figures inside a problem are written."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from app.infra.i18n.dates import short_date
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, gettext
from app.kernel.errors import Problem

ON_BEHALF: Final = N_("In place of: %(name)s")
WORDING: Final[Mapping[str, str]] = {
    # details
    "partner_missing": N_("Choose the client this order is for."),
    "partner_orders_nothing": N_("Orders are made for distributors and direct buyers. Choose such a client."),
    "contract_missing": N_("Choose a contract."),
    "contract_unknown": N_("Choose one of the contracts in the list."),
    "contract_closed": N_("Contract %(number)s is not in force. Choose another contract."),
    "contract_without_rate": N_("The VAT rate or the currency of contract %(number)s is not known. Ask your manager."),
    "counterparty_missing": N_("Choose the buyer."),
    "counterparty_unknown": N_("Choose one of the buyers in the list."),
    "counterparty_mismatch": N_("Contract %(number)s is with another buyer. Choose the buyer of the contract."),
    "address_missing": N_("Choose where the goods go."),
    "address_unknown": N_("Choose one of the addresses in the list."),
    "address_needs_rail": N_("Rail tank cars go to a station. Choose an address with a railway station."),
    "address_needs_road": N_("A tank truck cannot go to a railway station. Choose an address by road."),
    "rail_needs_delivery": N_("Rail tank cars cannot be collected by truck. Choose delivery."),
    "ship_date_missing": N_("Choose a shipping date."),
    "ship_date_past": N_("The shipping date has passed. Choose today or later."),
    "ship_date_beyond_contract": N_("Contract %(number)s ends on %(date)s. Choose an earlier date."),
    "ship_date_before_contract": N_("Contract %(number)s begins on %(date)s. Choose a later date."),
    # products
    "no_lines": N_("Add at least one product."),
    "unread_lines": N_("Pasted lines that need attention: %(count)s. Correct or remove them."),
    "too_many_lines": N_("At most %(maximum)s lines in one order."),
    "product_unknown": N_("There is no such product in the contract."),
    "product_blocked": N_("%(sku)s is not sold at the moment. Remove the line."),
    "not_in_contract": N_("%(sku)s is not in the contract. Remove the line."),
    "agreement_closed": N_("The agreement for %(sku)s has ended. Remove the line or ask your manager."),
    "no_price": N_("%(sku)s has no price today. Remove the line or ask your manager."),
    "region_not_allowed": N_("Agreement %(number)s does not deliver %(sku)s to this address."),
    "mixed_modes": N_("%(sku)s travels another way than the first line. Put it in an order of its own."),
    "quantity_not_positive": N_("Enter a quantity of more than zero."),
    "quantity_too_large": N_("At most %(maximum)s in one line."),
    "not_whole_packs": N_("%(sku)s is sold in packs of %(multiple)s. Enter %(above)s, for example."),
    "not_whole_compartments": N_("%(sku)s goes by full compartments. The nearest full load is %(above)s t."),
    "no_stock": N_("%(sku)s: only %(free)s in stock, you asked for %(asked)s."),
    "below_minimum": N_("Agreement %(number)s begins at %(minimum)s without VAT; its lines come to %(amount)s."),
    "below_minimum_plain": N_("The lines of one agreement are below its minimum."),
    # pasted lines
    "line_too_long": N_("The line is longer than a code and a quantity can be."),
    "line_without_quantity": N_("There is no quantity in this line."),
    "code_unknown": N_("%(code)s is not in the contract."),
    "wrong_unit": N_("%(sku)s is ordered in another unit."),
    # vehicle
    "plate_missing": N_("Enter the number plate of the vehicle."),
    "plate_unusual": N_("The plate %(plate)s looks unusual. Check it once more."),
    "driver_missing": N_("Enter the driver's full name."),
    "driver_document_missing": N_("Enter the number of the driver's document."),
    "proxy_missing": N_("Enter the number of the power of attorney."),
    "proxy_end_missing": N_("Enter the day until which the power of attorney is valid."),
    "proxy_ends_early": N_("The power of attorney must be valid on %(date)s, the shipping date."),
    "proxy_starts_late": N_("The power of attorney must be issued by %(date)s, the shipping date."),
    # check and submit
    "over_credit": N_("The order is over the credit limit by %(over)s. Left: %(left)s of %(limit)s."),
    "over_credit_plain": N_("The order is over the credit limit of the contract."),
    "overdue": N_("There is debt overdue by %(days)s days, and the contract forbids new orders until it is paid."),
    "overdue_plain": N_("There is overdue debt, and the contract forbids new orders until it is paid."),
    "credit_unknown": N_("1C:ERP has not named the credit of contract %(number)s yet."),
    "credit_unknown_plain": N_("1C:ERP has not named the credit of the contract yet."),
    "price_changed": N_("Prices changed: the order was %(before)s and is %(after)s now. Look at it again."),
    "price_changed_plain": N_("Prices changed since the order was checked. Look at it again."),
    # after submit
    "own_request": N_("You submitted this order yourself, so somebody else approves it."),
    "contract_closed_since": N_("Contract %(number)s is no longer in force."),
    "product_blocked_since": N_("%(sku)s is no longer sold."),
    "agreement_closed_since": N_("%(sku)s: agreement %(number)s is no longer in force."),
    "not_in_agreement_since": N_("%(sku)s is no longer in agreement %(number)s."),
    "region_not_allowed_since": N_("%(sku)s: agreement %(number)s no longer delivers to this address."),
    "too_late_to_cancel": N_("Loading has begun, so the order can no longer be cancelled here. Ask your manager."),
    "no_decision_waits": N_("Nobody needs to decide about this order any more."),
    "still_under_way": N_("The order is under way. It can be archived once it is done or cancelled."),
    "still_held": N_("1C:ERP has other figures for this order. Settle the difference first."),
    "not_held": N_("This order is not held: its figures are the same in 1C:ERP."),
    "reason_missing": N_("Say why, for those who will ask."),
    "too_late_to_send_again": N_("Loading has begun, so 1C:ERP takes no other version of this order."),
    "erp_does_not_add_up": N_("In 1C:ERP the lines do not come to the total. It must be put right there first."),
    "erp_product_unknown": N_("1C:ERP names a product the portal does not have yet. Wait until it arrives."),
    "nothing_to_repeat": N_("None of these products can be ordered today."),
}
_PLACES: Final = re.compile(r"%\((\w+)\)")
_QUANTITIES: Final = frozenset({"free", "asked", "fits", "below", "above", "multiple", "maximum"})
_SUMS: Final = frozenset({"amount", "minimum", "over", "left", "limit", "before", "after"})


def worded(problem: Problem, locale: str) -> str:
    """Say what is wrong, in the reader's language."""
    written = dict.fromkeys(_PLACES.findall(WORDING[problem.code]), "")
    return gettext(locale, WORDING[problem.code], **{**written, **_written(problem.params, locale)})


def readable(problems: Iterable[Problem], locale: str) -> list[Problem]:
    """Write the figures of problems as the reader's language does; codes and fields stay."""
    return [msgspec.structs.replace(one, params=_written(one.params, locale)) for one in problems]


def _written(params: Mapping[str, str], locale: str) -> Mapping[str, str]:
    currency = params.get("currency", "")
    return {name: _writer(name, currency, locale)(value) if value else value for name, value in params.items()}


def _writer(name: str, currency: str, locale: str) -> Callable[[str], str]:
    if name in _QUANTITIES:
        return lambda value: numbers(locale).number(Decimal(value))
    if name in _SUMS and currency:
        return lambda value: numbers(locale).money(Decimal(value), currency)
    if name == "date":
        return lambda value: short_date(locale, date.fromisoformat(value))
    return str
