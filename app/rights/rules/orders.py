"""What somebody can do with an order as it stands, and in one word why not the rest."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec import Struct

from app.access.explaining import Explanation
from app.rights.rules.lacking import Lack, why_not

Action = Literal["submit", "draft", "repeat", "cancel", "archive", "approve", "return"]
# Why not: what rights lack, that nobody may approve their own, or the state of the order.
Reason = Lack | Literal["own", "sent", "late", "under_way", "not_waiting"]

# The permission each action asks for: repeating is keeping another draft.
ASKS: Final[Mapping[Action, str]] = {
    "submit": "submit", "draft": "draft", "repeat": "draft", "cancel": "cancel", "archive": "archive",
    "approve": "approve", "return": "return",
}  # fmt: skip


class Standing(Struct, frozen=True):
    """As much of an order as the answer depends on."""

    is_draft: bool
    is_waiting: bool
    is_cancellable: bool
    is_ended: bool
    is_archived: bool
    is_own: bool  # the asker submitted it


class Verb(Struct, frozen=True):
    """One thing that could be done; without a reason it can."""

    action: Action
    reason: Reason = ""


def verbs(order: Standing, said: Mapping[str, Explanation]) -> list[Verb]:
    """List every action; what the order's state forbids comes before what the asker's rights do not give.

    A decision that nobody waits for is no news to whoever never decides.
    """
    found = [Verb(action, _STATE[action](order) or why_not(said[ASKS[action]])) for action in ASKS]
    return [one for one in found if one.reason != "not_waiting" or said[ASKS[one.action]].allowed]


def _waits(order: Standing) -> Reason:
    return "" if order.is_waiting else "not_waiting"


_STATE: Final[Mapping[Action, Callable[[Standing], Reason]]] = {
    "submit": lambda order: "" if order.is_draft else "sent",
    "draft": lambda order: "" if order.is_draft else "sent",
    "repeat": lambda _order: "",
    "cancel": lambda order: "" if order.is_cancellable else "late",
    "archive": lambda order: "" if order.is_ended or order.is_draft or order.is_archived else "under_way",
    "approve": lambda order: _waits(order) or ("own" if order.is_own else ""),
    "return": _waits,
}
