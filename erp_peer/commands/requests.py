"""Requests: a discount, a limit, a reconciliation act, a plan, a new client. Somebody of the manufacturer decides."""

from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from erp_peer.commands.outcomes import InvalidError, refuse
from erp_peer.commands.service import insist_on_partner, link, next_number, own_contract
from erp_peer.commands.service_shapes import ActData, ClientData, DiscountData, LimitData, PlanData
from erp_peer.rules.problems import Code
from erp_peer.store.db import Argument, one, value
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write

WAITS, GRANTED, DENIED = "НаРассмотрении", "Согласована", "Отклонена"
DISCOUNT, LIMIT, ACT, PLAN, CLIENT = "Скидка", "Лимит", "Акт", "План", "Клиент"
_MOST = Decimal(10) ** 12
_MOST_PERCENT = 100


class _Request(Struct, frozen=True):
    number: str
    kind: str
    status: str


async def ask_discount(write: Write, ref: str, data: DiscountData) -> None:
    """Ask for a discount on an order, an item, or all of a contract.

    Raises:
        InvalidError: no such partner or contract, or a discount that is none.
        RefusedError: another client's contract or order, or the request is decided.
    """
    await own_contract(write, str(data.partner), str(data.contract))
    if not 0 < data.percent < _MOST_PERCENT:
        raise InvalidError("bad_field", "Скидка не подходит.", "СкидкаПроцент")
    await _insist_on_order(write, data.order, str(data.partner))
    await _put(
        write,
        ref,
        DISCOUNT,
        {
            "partner": str(data.partner),
            "contract": str(data.contract),
            "order_ref": link(data.order),
            "item": link(data.item),
            "percent": data.percent,
            "reason": data.reason,
        },
    )


async def ask_limit(write: Write, ref: str, data: LimitData) -> None:
    """Ask for another credit limit of a contract.

    Raises:
        InvalidError: no such partner or contract, or a limit that is none.
        RefusedError: another client's contract, or the request is decided.
    """
    await own_contract(write, str(data.partner), str(data.contract))
    if not 0 < data.amount < _MOST:
        raise InvalidError("bad_field", "Сумма не подходит.", "Сумма")
    values: dict[str, Argument] = {"partner": str(data.partner), "contract": str(data.contract)}
    await _put(write, ref, LIMIT, {**values, "amount": data.amount, "reason": data.reason})


async def ask_act(write: Write, ref: str, data: ActData) -> None:
    """Ask for a reconciliation act of a contract over a period.

    Raises:
        InvalidError: no such partner or contract, or a period that is none.
        RefusedError: another client's contract, or the request is decided.
    """
    await own_contract(write, str(data.partner), str(data.contract))
    if data.to_on < data.from_on:
        raise InvalidError("bad_field", "Период кончается раньше, чем начинается.", "КонецПериода")
    values: dict[str, Argument] = {"partner": str(data.partner), "contract": str(data.contract)}
    period: dict[str, Argument] = {"from_on": data.from_on, "to_on": data.to_on, "reason": data.reason}
    await _put(write, ref, ACT, {**values, **period})


async def ask_plan(write: Write, ref: str, data: PlanData) -> None:
    """Ask for another plan of a month: a new version, which counts once it is granted.

    Raises:
        InvalidError: no such partner or line, or a plan that is none.
        RefusedError: the month is over, or the request is decided.
    """
    await insist_on_partner(write, str(data.partner))
    await _insist_on(write, "lines", data.line, "ТоварнаяКатегория_Key")
    if not 0 <= data.kg < _MOST:
        raise InvalidError("bad_field", "План не подходит.", "ПланКг")
    if data.month.day != 1:
        raise InvalidError("bad_field", "Ожидается первый день месяца.", "НачалоПериода")
    if data.month < write.today.replace(day=1):
        raise refuse(Code.MONTH_CLOSED)
    values: dict[str, Argument] = {"partner": str(data.partner), "line": str(data.line), "from_on": data.month}
    await _put(write, ref, PLAN, {**values, "kg": data.kg, "reason": data.reason})


async def ask_client(write: Write, ref: str, data: ClientData) -> None:
    """Ask for a new client.

    Raises:
        InvalidError: no such region.
        RefusedError: there is a counterparty of this tax number, or the request is decided.
    """
    await _insist_on(write, "regions", data.region, "БизнесРегион_Key")
    sql = "SELECT EXISTS (SELECT FROM peer.counterparties WHERE ib = $1 AND tax_id = $2 AND NOT deleted)"
    if await value(write.conn, bool, sql, write.ib, data.tax_id):
        raise refuse(Code.CLIENT_EXISTS)
    values: dict[str, Argument] = {"name_ru": data.name, "tax_id": data.tax_id, "region": str(data.region)}
    await _put(write, ref, CLIENT, {**values, "reason": data.reason})


async def _put(write: Write, ref: str, kind: str, values: dict[str, Argument]) -> None:
    """Write a request, or change one that nobody has decided yet."""
    sql = "SELECT number, kind, status FROM peer.requests WHERE ib = $1 AND ref = $2"
    before = await one(write.conn, _Request, sql, write.ib, ref)
    if before is not None and (before.status != WAITS or before.kind != kind):
        raise refuse(Code.WRONG_STATE, {"Статус": before.status})
    if before is None:
        head: dict[str, Argument] = {"kind": kind, "asked_at": write.now, "status": WAITS}
        values = {**values, **head, "number": f"З-{await next_number(write):06d}"}
    await upsert(write, "requests", ref, values)


async def _insist_on(write: Write, stream: str, ref: UUID, field: str) -> None:
    sql = f"SELECT EXISTS (SELECT FROM peer.{stream} WHERE ib = $1 AND ref = $2 AND NOT deleted)"
    if not await value(write.conn, bool, sql, write.ib, str(ref)):
        raise InvalidError("unknown_reference", "Ссылка не найдена.", field)


async def _insist_on_order(write: Write, order: UUID | None, partner: str) -> None:
    sql = "SELECT EXISTS (SELECT FROM peer.orders WHERE ib = $1 AND ref = $2 AND partner = $3)"
    if order is not None and not await value(write.conn, bool, sql, write.ib, str(order), partner):
        raise refuse(Code.ORDER_MISSING)
