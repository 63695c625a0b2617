"""What may stand in the way of posting an order, in the order in which problems are told."""

from enum import StrEnum

from msgspec import Struct


class Code(StrEnum):
    """Refusal codes of docs/erp-surface-h.md; the order is that of the page."""

    CONTRACT_CLOSED = "contract_closed"
    CONTRACT_MISMATCH = "contract_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    AGREEMENT_CLOSED = "agreement_closed"
    AGREEMENT_MISMATCH = "agreement_mismatch"
    CONSIGNEE_MISMATCH = "consignee_mismatch"
    WRONG_STATE = "wrong_state"
    EMPTY_ORDER = "empty_order"
    BAD_QUANTITY = "bad_quantity"
    ITEM_BLOCKED = "item_blocked"
    NOT_IN_SEGMENT = "not_in_segment"
    WAREHOUSE_MISMATCH = "warehouse_mismatch"
    PRICE_MISMATCH = "price_mismatch"
    VAT_MISMATCH = "vat_mismatch"
    MIN_AMOUNT = "min_amount"
    OVERDUE = "overdue"
    LIMIT_EXCEEDED = "limit_exceeded"
    NO_STOCK = "no_stock"
    ORDER_MISSING = "order_missing"
    WRONG_MODE = "wrong_mode"
    LINE_MISSING = "line_missing"
    SHIPMENT_MISSING = "shipment_missing"
    CLAIM_MISSING = "claim_missing"
    STATION_MISSING = "station_missing"
    NO_POINTS = "no_points"
    HOLD_MISSING = "hold_missing"
    MESSAGE_EXISTS = "message_exists"
    MONTH_CLOSED = "month_closed"
    CLIENT_EXISTS = "client_exists"


_ORDER = {code: place for place, code in enumerate(Code)}


class Problem(Struct, frozen=True):
    """One obstacle; `line` is КодСтроки or empty, `figures` are wire texts."""

    code: Code
    figures: dict[str, str] = {}
    line: str = ""


def in_order(problems: list[Problem]) -> list[Problem]:
    """Sort as the page lists the codes, lines as they stand in the order."""
    return sorted(problems, key=lambda problem: _ORDER[problem.code])
