"""The life of an order after posting: statuses, the ten states, and what a step ships."""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from msgspec import Struct


class Status(StrEnum):
    """Статус of Документ.ЗаказКлиента."""

    DRAFT = "НеСогласован"
    SUPPLY = "КОбеспечению"
    SHIPPING = "КОтгрузке"
    CLOSED = "Закрыт"


class State(StrEnum):
    """Состояние: the ten values of СостоянияЗаказовКлиентов."""

    AWAITS_APPROVAL = "ОжидаетсяСогласование"
    AWAITS_ADVANCE = "ОжидаетсяАвансДоОбеспечения"
    READY_FOR_SUPPLY = "ГотовКОбеспечению"
    AWAITS_PREPAYMENT = "ОжидаетсяПредоплатаДоОтгрузки"
    AWAITS_SUPPLY = "ОжидаетсяОбеспечение"
    READY_TO_SHIP = "ГотовКОтгрузке"
    SHIPPING = "ВПроцессеОтгрузки"
    AWAITS_PAYMENT = "ОжидаетсяОплатаПослеОтгрузки"
    READY_TO_CLOSE = "ГотовКЗакрытию"
    CLOSED = "Закрыт"


class Step(StrEnum):
    """What happens to an order next."""

    POST = "post"
    PICK = "pick"
    SHIP = "ship"
    CLOSE = "close"


def next_step(status: Status, shipped_percent: int) -> Step | None:
    """The step an order takes next; None when its life is over."""
    if status is Status.CLOSED:
        return None
    if status is Status.DRAFT:
        return Step.POST
    if status is Status.SUPPLY:
        return Step.PICK
    return Step.CLOSE if shipped_percent >= 100 else Step.SHIP  # noqa: PLR2004 - percent


def state_after_posting(pay_days: int) -> State:
    """Without credit days the buyer pays before anything leaves."""
    return State.AWAITS_PREPAYMENT if pay_days == 0 else State.AWAITS_SUPPLY


class Left(Struct, frozen=True):
    """What one line still waits for: order units, and its share of the order's sum."""

    quantity: Decimal
    amount: Decimal


class Shipped(Struct, frozen=True):
    """What left: units taken from the reserve, units measured, money that became debt, what still waits."""

    taken: Decimal
    measured: Decimal
    debt: Decimal
    left: Left


def ship(left: Left, part: Decimal, multiple: int, deviation: Decimal | None) -> Shipped:
    """Ship a part of what waits: pieces by whole packs (at least one), tonnes as measured.

    `deviation` is the relative difference of measured mass for bulk, None for pieces. Money follows the measure.
    """
    if deviation is not None:
        taken = (left.quantity * part).quantize(Decimal("0.001"), ROUND_HALF_UP)
        measured = (taken * (1 + deviation)).quantize(Decimal("0.001"), ROUND_HALF_UP)
    else:
        packs = max(1, int(left.quantity * part) // multiple)
        taken = min(left.quantity, Decimal(packs * multiple))
        measured = taken
    share = left.amount if taken == left.quantity else _cents(left.amount * taken / left.quantity)
    debt = share if measured == taken else _cents(share * measured / taken)
    return Shipped(taken, measured, debt, Left(left.quantity - taken, left.amount - share))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
