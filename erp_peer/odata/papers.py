"""Documents go through the rules that the portal's commands go through."""

import datetime as dt
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from erp_peer.commands import effects, orders, vehicles
from erp_peer.commands.facts import OrderRow, find_order
from erp_peer.commands.outcomes import InvalidError, RefusedError
from erp_peer.commands.shapes import LineData, OrderData, VehicleData
from erp_peer.commands.wording import message
from erp_peer.odata.bodies import Given, Value, Values
from erp_peer.odata.columns import text_of
from erp_peer.odata.errors import Code, ODataError
from erp_peer.odata.tokens import EMPTY_MOMENT
from erp_peer.store.db import Argument
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write
from erp_peer.streams.spec import ZERO_LINK

S = TypeVar("S", bound=Struct)
# What the caller may say for itself; the rest of the head is worked out.
_OWN_WORDS = {"Number": "number", "Date": "placed_at", "DeletionMark": "deleted"}


def _shown(value: Value) -> str:
    return value.date().isoformat() if isinstance(value, dt.datetime) else text_of(value)


def _known(shape: type[Struct], values: Values) -> dict[str, object]:
    """The values a shape has a place for; what is empty was not said."""
    names = {found.encode_name for found in fields(shape)}
    return {
        name: _shown(value)
        for name, value in values.items()
        if name in names and value not in {ZERO_LINK, ""} and value != EMPTY_MOMENT
    }


def _as(shape: type[S], values: dict[str, object]) -> S:
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise ODataError(Code.BAD_VALUE, f"Неверное значение свойства: {error}") from error


def _order_data(given: Given) -> OrderData:
    lines = [_known(LineData, {"КодСтроки": str(row["LineNumber"])} | row) for row in given.sections.get("Товары", [])]
    return _as(OrderData, {**_known(OrderData, given.values), "Товары": lines})


async def put_order(write: Write, ref: str, given: Given, *, post: bool | None = None) -> None:
    """Write an order as its form would; a posted one is posted again, one marked for deletion is not posted.

    Raises:
        ODataError: a rule or a value stands in the way; nothing was written.
    """
    before = await find_order(write, ref)
    is_marked = given.values.get("DeletionMark") is True
    wanted = (before is not None and before.is_posted) if post is None else post
    try:
        await orders.put(write, ref, _order_data(given), before, post=wanted and not is_marked)
    except RefusedError as error:
        raise refusal("\n".join(message(problem) for problem in error.problems)) from error
    except InvalidError as error:
        raise ODataError(Code.BAD_VALUE, f"{error.field}: {error.message}") from error
    own: dict[str, Argument] = {}
    for name, column in _OWN_WORDS.items():
        value = given.values.get(name)
        if value not in {None, ""} and value != EMPTY_MOMENT:
            own[column] = value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value
    if own:
        await upsert(write, "orders", ref, own)


async def repost(write: Write, ref: str, given: Given, *, post: bool) -> None:
    """Post or unpost an order; one that has already left the warehouse is only written again.

    Raises:
        ODataError: no such order, or a rule stands in the way.
    """
    before = await find_order(write, ref)
    if before is None:
        raise ODataError(Code.NO_INSTANCE, "Экземпляр сущности не найден")
    if post and before.is_posted and not before.is_movable:
        await upsert(write, "orders", ref, {"is_posted": True})
        return
    await put_order(write, ref, given, post=post)


async def put_vehicle(write: Write, ref: str, given: Given) -> None:
    """Write a transport task.

    Raises:
        ODataError: a rule or a value stands in the way; nothing was written.
    """
    try:
        await vehicles.put(write, ref, _as(VehicleData, _known(VehicleData, given.values)))
    except RefusedError as error:
        raise refusal(message(error.problems[0])) from error
    if "DeletionMark" in given.values:
        await upsert(write, "transport", ref, {"deleted": given.values["DeletionMark"]})


async def release(write: Write, ref: str) -> None:
    """Give back what an order holds before it goes."""
    before: OrderRow | None = await find_order(write, ref)
    if before is not None:
        await effects.release(write, ref, before.contract)


def refusal(text: str) -> ODataError:
    """A handler of the object that said no."""
    return ODataError(Code.INTERNAL, f"Ошибка при выполнении обработчика: {text}")
