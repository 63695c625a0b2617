"""Every obstacle to submitting an order, at once, in the order of the four steps (R2-R8).

Explains only: credit and stock are *taken* by conditional updates, which have the last word.
Sources: sales agreement (packs, bulk, minimum sum, credit limit); PRODUCT, section 3.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.kernel.errors import Problem
from app.orders.rules.amounts import total
from app.orders.rules.facts import AddressFacts, LineFacts, OfferFacts, OrderFacts
from app.orders.rules.figures import plain
from app.orders.rules.quantities import MAX_QUANTITY, fit_into, is_whole, neighbours

# The client may still ask the manager to let such an order through; it is never let through silently (R5).
NEEDS_APPROVAL: Final = frozenset({"over_credit", "overdue", "credit_unknown"})


def find_problems(order: OrderFacts, today: date) -> list[Problem]:
    """List every obstacle; an empty list means the order may be submitted.

    ``today`` is the tenant's business date (R15). Field paths name the input to correct; a line's path
    counts from zero in the order of the lines.
    """
    return [
        *_contract(order),
        *_destination(order),
        *_ship_date(order, today),
        *_lines(order),
        *_sums(order),
        *_pickup(order),
        *_credit(order),
    ]


def _contract(order: OrderFacts) -> Iterator[Problem]:
    contract = order.contract
    if contract is None:
        yield Problem("contract_missing", "contract_id")
        return
    if not contract.is_live:
        yield Problem("contract_closed", "contract_id", {"number": contract.number})
    if not contract.has_rate:
        yield Problem("contract_without_rate", "contract_id", {"number": contract.number})
    if order.counterparty_id is None:
        yield Problem("counterparty_missing", "counterparty_id")
    elif order.counterparty_id != contract.counterparty_id:
        yield Problem("counterparty_mismatch", "counterparty_id", {"number": contract.number})


def _destination(order: OrderFacts) -> Iterator[Problem]:
    if order.delivery == "pickup":
        if order.mode == "rail_tank":
            yield Problem("rail_needs_delivery", "delivery")
        return
    if order.address is None:
        yield Problem("address_missing", "address_id")
    elif order.mode == "rail_tank" and not order.address.is_rail:
        yield Problem("address_needs_rail", "address_id")
    elif order.mode == "tank_truck" and order.address.is_rail:
        yield Problem("address_needs_road", "address_id")


def _ship_date(order: OrderFacts, today: date) -> Iterator[Problem]:
    if order.ship_on is None:
        yield Problem("ship_date_missing", "ship_on")
        return
    if order.ship_on < today:
        yield Problem("ship_date_past", "ship_on")
    contract = order.contract
    if contract is None:
        return
    if contract.valid_to is not None and order.ship_on > contract.valid_to:
        yield Problem(
            "ship_date_beyond_contract",
            "ship_on",
            {"number": contract.number, "date": contract.valid_to.isoformat()},
        )
    elif contract.valid_from is not None and order.ship_on < contract.valid_from:
        yield Problem(
            "ship_date_before_contract",
            "ship_on",
            {"number": contract.number, "date": contract.valid_from.isoformat()},
        )


def _lines(order: OrderFacts) -> Iterator[Problem]:
    if not order.lines:
        yield Problem("no_lines", "lines")
    if order.unread_lines:
        yield Problem("unread_lines", "lines", {"count": str(order.unread_lines)})
    left = _free_by_place(order)
    for index, line in enumerate(order.lines):
        yield from _offer(order, line, f"lines[{index}].product_id")
        if line.mode != order.mode:
            yield Problem("mixed_modes", f"lines[{index}].product_id", {"sku": line.sku})
        field = f"lines[{index}].quantity"
        yield from find_quantity_problems(line, field)
        yield from _stock(line, left, field)


def _offer(order: OrderFacts, line: LineFacts, field: str) -> Iterator[Problem]:
    offer = line.offer
    if order.contract is None or not order.contract.is_live:
        return  # said once, at the contract
    if offer is None:
        yield Problem(line.refusal or "not_in_contract", field, {"sku": line.sku})
    elif _is_outside(offer.region_id, order.address if order.delivery == "delivery" else None):
        yield Problem("region_not_allowed", field, {"sku": line.sku, "number": offer.agreement_number})


def _is_outside(region_id: UUID | None, address: AddressFacts | None) -> bool:
    return region_id is not None and address is not None and region_id not in address.regions


def find_quantity_problems(line: LineFacts, field: str) -> Iterator[Problem]:
    """List what is wrong with the quantity of a line by itself (R4)."""
    quantity = line.quantity
    if quantity <= 0:
        yield Problem("quantity_not_positive", field, {"sku": line.sku})
    elif quantity > MAX_QUANTITY:
        yield Problem("quantity_too_large", field, {"sku": line.sku, "maximum": plain(MAX_QUANTITY)})
    elif not is_whole(quantity, line.lot):
        around = neighbours(quantity, line.lot)
        code = "not_whole_compartments" if line.lot.compartments else "not_whole_packs"
        yield Problem(
            code,
            field,
            {
                "sku": line.sku,
                "multiple": plain(line.lot.multiple),
                "below": "" if around.below is None else plain(around.below),
                "above": plain(around.above),
            },
        )


def _free_by_place(order: OrderFacts) -> dict[tuple[UUID, UUID], Decimal]:
    return {(line.product_id, line.offer.warehouse_id): line.free for line in order.lines if line.offer is not None}


def _stock(line: LineFacts, left: dict[tuple[UUID, UUID], Decimal], field: str) -> Iterator[Problem]:
    # Two lines of one product share the same stock; the earlier line has it first.
    if line.offer is None or line.quantity <= 0:
        return
    key = (line.product_id, line.offer.warehouse_id)
    free = max(left[key], Decimal(0))
    if line.quantity > free:
        fits = fit_into(free, line.lot)
        yield Problem(
            "no_stock",
            field,
            {
                "sku": line.sku,
                "free": plain(free),
                "asked": plain(line.quantity),
                "fits": "" if fits is None else plain(fits),
            },
        )
    left[key] = free - line.quantity


def _sums(order: OrderFacts) -> Iterator[Problem]:
    # As 1C:ERP counts: each agreement's own lines against that agreement's minimum.
    nets: dict[UUID, Decimal] = defaultdict(Decimal)
    offers: dict[UUID, OfferFacts] = {}
    for line in order.lines:
        if line.offer is not None:
            nets[line.offer.agreement_id] += line.amounts.net
            offers[line.offer.agreement_id] = line.offer
    for agreement_id, offer in offers.items():
        if nets[agreement_id] < offer.min_amount:
            yield Problem(
                "below_minimum",
                "lines",
                {
                    "number": offer.agreement_number,
                    "amount": plain(nets[agreement_id]),
                    "minimum": plain(offer.min_amount),
                    "currency": _currency(order),
                },
            )


def _pickup(order: OrderFacts) -> Iterator[Problem]:
    if order.delivery != "pickup":
        return
    pickup = order.pickup
    required = (
        ("plate_missing", "pickup.plate", pickup.plate if pickup else ""),
        ("driver_missing", "pickup.driver_name", pickup.driver_name if pickup else ""),
        ("driver_document_missing", "pickup.driver_document", pickup.driver_document if pickup else ""),
        ("proxy_missing", "pickup.proxy_number", pickup.proxy_number if pickup else ""),
    )
    for code, field, value in required:
        if not value:
            yield Problem(code, field)
    if pickup is None or not pickup.proxy_number:
        return
    if pickup.proxy_valid_to is None:
        yield Problem("proxy_end_missing", "pickup.proxy_valid_to")
    elif order.ship_on is not None and pickup.proxy_valid_to < order.ship_on:
        yield Problem("proxy_ends_early", "pickup.proxy_valid_to", {"date": order.ship_on.isoformat()})
    if pickup.proxy_date is not None and order.ship_on is not None and pickup.proxy_date > order.ship_on:
        yield Problem("proxy_starts_late", "pickup.proxy_date", {"date": order.ship_on.isoformat()})


def _credit(order: OrderFacts) -> Iterator[Problem]:
    credit = order.credit
    if order.contract is None or not order.lines:
        return
    if credit is None:
        yield Problem("credit_unknown", "", {"number": order.contract.number})
        return
    if credit.forbids_overdue and credit.overdue_days > 0:
        yield Problem("overdue", "", {"days": str(credit.overdue_days)})
    gross = total(line.amounts for line in order.lines).gross
    if credit.left is not None and gross > credit.left:
        yield Problem(
            "over_credit",
            "",
            {
                "over": plain(gross - credit.left),
                "left": plain(credit.left),
                "limit": plain(credit.limit),
                "currency": _currency(order),
            },
        )


def _currency(order: OrderFacts) -> str:
    return order.contract.currency if order.contract else ""
