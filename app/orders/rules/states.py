"""States of an order, whose turn it is in each, and what may still be done."""

from typing import Final, Literal

State = Literal[
    "draft",
    "submitted",
    "accepted",
    "in_work",
    "loading",
    "shipped",
    "delivered",
    "closed",
    "needs_decision",
    "cancelling",
    "cancelled",
]
View = Literal["all", "needs_me", "held", "in_erp", "on_the_way", "done", "drafts", "archive"]
Turn = Literal["buyer", "manager", "erp", "warehouse", "carrier", "nobody"]

STATES_OF_VIEW: Final[dict[View, tuple[State, ...]]] = {
    "in_erp": ("submitted", "accepted", "in_work", "cancelling"),
    "on_the_way": ("loading", "shipped"),
    "done": ("delivered", "closed", "cancelled"),
    "drafts": ("draft",),
}
TURN: Final[dict[State, Turn]] = {
    "draft": "buyer",
    "submitted": "erp",
    "accepted": "manager",
    "in_work": "warehouse",
    "loading": "warehouse",
    "shipped": "carrier",
    "delivered": "buyer",
    "closed": "nobody",
    "needs_decision": "manager",
    "cancelling": "erp",
    "cancelled": "nobody",
}
# Nothing of the order has left the warehouse yet.
CANCELLABLE: Final[frozenset[State]] = frozenset({"draft", "submitted", "accepted", "in_work", "needs_decision"})
# The ERP still takes another version of the order.
SENT_AGAIN: Final[frozenset[State]] = frozenset({"accepted", "in_work"})
ENDED: Final[frozenset[State]] = frozenset({"delivered", "closed", "cancelled"})
# The ERP may have it, and it may still come to stand otherwise there.
STANDING: Final[frozenset[State]] = frozenset(
    {"submitted", "accepted", "in_work", "loading", "shipped", "delivered", "cancelling"}
)
# The way of an undisturbed order, for the timeline.
ROAD: Final[tuple[State, ...]] = ("draft", "submitted", "accepted", "in_work", "loading", "shipped", "closed")

_OF_STAGE: Final[dict[str, State]] = {
    "ОжидаетсяСогласование": "accepted",
    "ГотовКОбеспечению": "accepted",
    "ОжидаетсяАвансДоОбеспечения": "accepted",
    "ОжидаетсяОбеспечение": "in_work",
    "ОжидаетсяПредоплатаДоОтгрузки": "in_work",
    "ГотовКОтгрузке": "loading",
    "ВПроцессеОтгрузки": "shipped",
    "ОжидаетсяОплатаПослеОтгрузки": "delivered",
    "ГотовКЗакрытию": "delivered",
    "Закрыт": "closed",
}


def turn_of(state: State, *, is_held: bool) -> Turn:
    """Tell whose move it is: a difference with the ERP is the manager's to settle, wherever the order is."""
    return "manager" if is_held else TURN[state]


def state_of_erp(stage: str, *, is_cancelled: bool) -> State:
    """Translate the ERP's stage (``Состояние``) into ours; an unknown stage counts as accepted.

    The ERP marks a cancelled order closed as well, so the mark decides first.
    """
    return "cancelled" if is_cancelled else _OF_STAGE.get(stage, "accepted")


def cancelled_state(state: State, *, is_in_erp: bool) -> State | None:
    """Give the state that follows a cancellation, or None where it is too late.

    What the ERP has, or may be receiving this minute, is cancelled there first.
    """
    if state not in CANCELLABLE:
        return None
    asks_erp = is_in_erp or state in {"submitted", "accepted", "in_work"}
    return "cancelling" if asks_erp else "cancelled"
