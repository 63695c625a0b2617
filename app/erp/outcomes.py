"""What an answer of the ERP means for the order, written together with the end of the intent."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec import UNSET, Struct

from app.erp.comparing import holds
from app.erp.intents import order_of
from app.erp.wire.failures import ErpError
from app.erp.wire.messages import Command, Found, FoundOrder, Result
from app.infra.db.transaction import Transaction
from app.infra.outbox_claims import Claimed, bury, finish
from app.orders.events import ORDER_CANCEL, ORDER_PUT
from app.orders.services import exchange as orders

_LONGEST_TEXT: Final = 500


class Answer(Struct, frozen=True):
    """What became of an intent. ``refused`` and ``invalid`` changed nothing in the ERP."""

    status: Literal["ok", "refused", "invalid"]
    number: str = ""
    label: str = ""
    posted_batch: int = 0
    code: str = ""
    text: str = ""


def answer_of_result(result: Result) -> Answer:
    """Read the ERP's result of a command."""
    code = "" if result.code is UNSET else plain(result.code, 60)
    text = "" if result.message is UNSET else plain(result.message, _LONGEST_TEXT)
    if result.status == "ok":
        return Answer(
            "ok",
            number="" if result.number is UNSET else plain(result.number, 40),
            label="" if result.label is UNSET else result.label,
            posted_batch=0 if result.posted_batch is UNSET else result.posted_batch or 0,
        )
    if result.status == "refused":
        return Answer("refused", code=code, text=text)
    return Answer("invalid", code=code or result.status, text=text)


def answer_of_found(command: Command, found: Found | None) -> Answer | None:
    """Tell from the order itself whether an intent that may have left has arrived.

    It has if the order stands as the intent wants it. None: it does not, or one cannot tell; the same id may
    then be sent again, and its first result, if there is one, comes back.
    """
    if found is None:
        return None
    order = msgspec.json.decode(found.data, type=FoundOrder)
    if command.type == ORDER_CANCEL and order.is_cancelled == "true":
        return Answer("ok", number=plain(order.number, 40), label=found.label)
    if command.type == ORDER_PUT and order.is_posted == "true":
        fields = dict[str, object]
        if holds(msgspec.json.decode(found.data, type=fields), msgspec.json.decode(command.data, type=fields)):
            posted_batch = int(order.posted_batch or 0)
            return Answer("ok", number=plain(order.number, 40), label=found.label, posted_batch=posted_batch)
    return None


async def note_leaving(transaction: Transaction, claimed: Claimed) -> None:
    """Show that an order is on its way, the first time it leaves."""
    if claimed.kind == ORDER_PUT and not claimed.was_sent:
        await orders.record_sent(transaction, order_of(claimed))


async def record(transaction: Transaction, answers: Sequence[tuple[Claimed, Answer]]) -> None:
    """Write answers and close their intents, but none that another worker has by now. The orders must be locked."""
    ours = [(claimed, answer) for claimed, answer in answers if await _close(transaction, claimed, answer)]
    taken = [(order_of(claimed), answer) for claimed, answer in ours if _is_taken(claimed, answer)]
    await orders.mark_posted(
        transaction, {order: answer.posted_batch for order, answer in taken if answer.posted_batch}
    )
    for order_id, answer in taken:
        await orders.record_accepted(transaction, order_id, answer.number, answer.label)
    for claimed, answer in ours:
        if answer.status != "ok":
            await orders.record_refused(transaction, order_of(claimed), answer.code, answer.text)


async def _close(transaction: Transaction, claimed: Claimed, answer: Answer) -> bool:
    if answer.status == "invalid":
        return await bury(transaction, claimed, "schema", f"{answer.code}: {answer.text}")
    return await finish(transaction, claimed)


def _is_taken(claimed: Claimed, answer: Answer) -> bool:
    return claimed.kind == ORDER_PUT and answer.status == "ok"


async def note_buried(transaction: Transaction, claimed: Claimed, error: ErpError) -> None:
    """Hand an order to a person once its intent was given up.

    Only where the ERP surely wrote nothing are its holds given back; otherwise they stay until somebody looks.
    """
    if error.failure == "schema":
        await orders.record_refused(transaction, order_of(claimed), error.code or "schema", plain(str(error), 200))


def plain(text: str, longest: int) -> str:
    """Keep what a person can read of a text that came over the wire."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:longest].strip()
