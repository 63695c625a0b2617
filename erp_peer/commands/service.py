"""Claims, people and addresses of clients, points and messages: what the portal tells the ERP of service."""

import datetime as dt
from decimal import Decimal

from msgspec import Struct

from erp_peer.commands.outcomes import InvalidError, refuse
from erp_peer.commands.service_shapes import (
    AddressData,
    BonusData,
    ClaimData,
    ClaimStatusData,
    ContactData,
    MessageData,
)
from erp_peer.rules.problems import Code
from erp_peer.store.db import Argument, column, one, value
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write
from erp_peer.streams.spec import ZERO_LINK

REGISTERED, EXAMINED = "Зарегистрирована", "Обрабатывается"
DECIDED = frozenset({"Удовлетворена", "НеУдовлетворена"})
_RESERVED, _SPENT, _RELEASED = "Зарезервировано", "Списано", "Отменено"
_MOST_MONEY = Decimal(10) ** 12


class _Claim(Struct, frozen=True):
    code: str
    status: str


class _Contract(Struct, frozen=True):
    partner: str
    currency: str


class _Hold(Struct, frozen=True):
    partner: str
    programme: str
    amount: Decimal
    status: str


async def put_claim(write: Write, ref: str, data: ClaimData) -> None:
    """Register a claim, or change one that nobody has begun to work on.

    Raises:
        InvalidError: no such contract or partner.
        RefusedError: another client's contract, order or shipment; or the work has begun.
    """
    contract = await own_contract(write, str(data.partner), str(data.contract))
    if not 0 <= data.amount < _MOST_MONEY:
        raise InvalidError("bad_field", "Сумма не подходит.", "Сумма")
    await _insist(write, "orders", data.order, str(data.partner), Code.ORDER_MISSING)
    await _insist(write, "shipments", data.shipment, str(data.partner), Code.SHIPMENT_MISSING)
    before = await one(
        write.conn, _Claim, "SELECT code, status FROM peer.claims WHERE ib = $1 AND ref = $2", write.ib, ref
    )
    if before is not None and before.status != REGISTERED:
        raise refuse(Code.WRONG_STATE, {"Статус": before.status})
    values: dict[str, Argument] = {
        "code": before.code if before else f"П-{await next_number(write):06d}",
        "name_ru": data.title,
        "partner": str(data.partner),
        "contract": str(data.contract),
        "order_ref": link(data.order),
        "shipment": link(data.shipment),
        "item": link(data.item),
        "kind": data.kind,
        "details": data.details,
        "amount": data.amount,
        "currency": contract.currency,
        "status": REGISTERED,
    }
    await upsert(write, "claims", ref, values if before else {**values, "filed_at": write.now})


async def set_claim(write: Write, ref: str, data: ClaimStatusData) -> None:
    """Move a claim on; it never goes back.

    Raises:
        RefusedError: no such claim, or it is further already.
    """
    found = await one(
        write.conn, _Claim, "SELECT code, status FROM peer.claims WHERE ib = $1 AND ref = $2", write.ib, ref
    )
    if found is None:
        raise refuse(Code.CLAIM_MISSING)
    if found.status in DECIDED or found.status == data.status:
        raise refuse(Code.WRONG_STATE, {"Статус": found.status})
    is_over = data.status in DECIDED
    await upsert(
        write,
        "claims",
        ref,
        {"status": data.status, "outcome": data.outcome, "closed_on": write.today if is_over else dt.date.min},
    )


async def put_contact(write: Write, ref: str, data: ContactData) -> None:
    """Add or change somebody of a client; whose role it is and who may sign in stays the portal's.

    Raises:
        InvalidError: no such partner.
        RefusedError: the person belongs to another client.
    """
    await insist_on_partner(write, str(data.partner))
    await _insist_same(write, "contacts", ref, str(data.partner))
    await upsert(
        write,
        "contacts",
        ref,
        {
            "partner": str(data.partner),
            "name_ru": data.name,
            "position": data.position,
            "email": data.email,
            "phone": data.phone,
            "language": data.language,
            "region": link(data.region),
        },
    )


async def put_address(write: Write, ref: str, data: AddressData) -> None:
    """Add or change an address of a consignee.

    Raises:
        InvalidError: no such partner.
        RefusedError: the consignee or the address is another client's, or rail without its station.
    """
    await insist_on_partner(write, str(data.partner))
    await _insist(write, "counterparties", data.consignee, str(data.partner), Code.CONSIGNEE_MISMATCH)
    await _insist_same(write, "addresses", ref, str(data.partner))
    if data.mode == "rail" and not (data.station and len(data.station_code) == 6 and data.station_code.isdigit()):  # noqa: PLR2004 - digits of a code
        raise refuse(Code.STATION_MISSING)
    await upsert(
        write,
        "addresses",
        ref,
        {
            "partner": str(data.partner),
            "consignee": str(data.consignee),
            "name_ru": data.name,
            "address": data.address,
            "mode": data.mode,
            "station": data.station,
            "station_code": data.station_code,
            "region": link(data.region),
            "country": data.country,
            "city": data.city,
            "postcode": data.postcode,
        },
    )


async def reserve_points(write: Write, ref: str, data: BonusData) -> None:
    """Put points aside, spend what was put aside, or give it back. Spending and giving back twice is one.

    Raises:
        RefusedError: not so many points are free, or nothing was put aside under this reference.
    """
    sql = "SELECT partner, programme, amount, status FROM peer.bonus_holds WHERE ib = $1 AND ref = $2"
    hold = await one(write.conn, _Hold, sql, write.ib, ref)
    if not 0 < data.amount < _MOST_MONEY:
        raise InvalidError("bad_field", "Сумма не подходит.", "Сумма")
    if data.action == "reserve":
        if hold is not None:
            raise refuse(Code.WRONG_STATE, {"Статус": hold.status})
        await _move_points(write, data, reserved=data.amount, accrued=Decimal(0))
        status = _RESERVED
    else:
        status = _SPENT if data.action == "commit" else _RELEASED
        same = (str(data.partner), data.programme, data.amount)
        if hold is None or (hold.partner, hold.programme, hold.amount) != same:
            raise refuse(Code.HOLD_MISSING)
        if hold.status not in {_RESERVED, status}:
            raise refuse(Code.WRONG_STATE, {"Статус": hold.status})
        if hold.status == _RESERVED:
            spent = data.amount if status == _SPENT else Decimal(0)
            await _move_points(write, data, reserved=-data.amount, accrued=-spent)
    values: dict[str, Argument] = {
        "partner": str(data.partner),
        "programme": data.programme,
        "amount": data.amount,
        "status": status,
        "changed_at": write.now,
    }
    if hold is None:
        values = {**values, "order_ref": link(data.order), "number": f"Р-{await next_number(write):06d}"}
    await upsert(write, "bonus_holds", ref, values)


async def _move_points(write: Write, data: BonusData, *, reserved: Decimal, accrued: Decimal) -> None:
    """One conditional change: never more put aside than is free."""
    sql = (
        "UPDATE peer.bonus SET reserved = reserved + $4, accrued = accrued + $5, ver = $6"
        " WHERE ib = $1 AND partner = $2 AND programme = $3"
        " AND ($4 <= 0 OR accrued - to_write_off - reserved >= $4) RETURNING ref"
    )
    moved = await column(
        write.conn, str, sql, write.ib, str(data.partner), data.programme, reserved, accrued, write.tick
    )
    if not moved:
        raise refuse(Code.NO_POINTS, {"Сумма": f"{data.amount:.2f}"})
    write.touch("bonus", *moved)


async def put_message(write: Write, ref: str, data: MessageData) -> None:
    """Add a message; none is ever changed.

    Raises:
        InvalidError: no such partner, or a time without its offset.
        RefusedError: there is such a message, or its number in the conversation is taken.
    """
    await insist_on_partner(write, str(data.partner))
    if data.sent_at.tzinfo is None:
        raise InvalidError("bad_field", "Время без смещения.", "Дата")
    sql = "SELECT EXISTS (SELECT FROM peer.messages WHERE ib = $1 AND (ref = $2 OR (conversation = $3 AND seq = $4)))"
    if await value(write.conn, bool, sql, write.ib, ref, str(data.conversation), data.seq):
        raise refuse(Code.MESSAGE_EXISTS, {"Номер": str(data.seq)})
    await upsert(
        write,
        "messages",
        ref,
        {
            "conversation": str(data.conversation),
            "seq": data.seq,
            "subject_set": data.subject_set,
            "subject": link(data.subject),
            "partner": str(data.partner),
            "author": data.author,
            "text": data.text,
            "sent_at": data.sent_at,
        },
    )


def link(ref: object | None) -> str:
    """A reference as it is stored; zeros when there is none."""
    return ZERO_LINK if ref is None else str(ref)


async def next_number(write: Write) -> int:
    """The next number of a claim or a request."""
    sql = "UPDATE peer.infobases SET last_service = last_service + 1 WHERE ib = $1 RETURNING last_service"
    return await value(write.conn, int, sql, write.ib)


async def insist_on_partner(write: Write, partner: str) -> None:
    """Insist that there is such a partner.

    Raises:
        InvalidError: there is none.
    """
    sql = "SELECT EXISTS (SELECT FROM peer.partners WHERE ib = $1 AND ref = $2 AND NOT deleted)"
    if not await value(write.conn, bool, sql, write.ib, partner):
        raise InvalidError("unknown_reference", "Партнёр не найден.", "Партнер_Key")


async def own_contract(write: Write, partner: str, contract: str) -> _Contract:
    """The contract of a partner.

    Raises:
        InvalidError: no such contract.
        RefusedError: it is another partner's.
    """
    await insist_on_partner(write, partner)
    sql = "SELECT partner, currency FROM peer.contracts WHERE ib = $1 AND ref = $2 AND NOT deleted"
    found = await one(write.conn, _Contract, sql, write.ib, contract)
    if found is None:
        raise InvalidError("unknown_reference", "Договор не найден.", "Договор_Key")
    if found.partner != partner:
        raise refuse(Code.CONTRACT_MISMATCH)
    return found


async def _insist(write: Write, stream: str, ref: object | None, partner: str, code: Code) -> None:
    """Insist that an object, if one is named, is the partner's own."""
    sql = f"SELECT EXISTS (SELECT FROM peer.{stream} WHERE ib = $1 AND ref = $2 AND partner = $3)"
    if ref is not None and not await value(write.conn, bool, sql, write.ib, str(ref), partner):
        raise refuse(code)


async def _insist_same(write: Write, stream: str, ref: str, partner: str) -> None:
    """Insist that an object, if it is there, does not change hands."""
    sql = f"SELECT EXISTS (SELECT FROM peer.{stream} WHERE ib = $1 AND ref = $2 AND partner <> $3)"
    if await value(write.conn, bool, sql, write.ib, ref, partner):
        raise refuse(Code.CONSIGNEE_MISMATCH if stream == "addresses" else Code.CONTRACT_MISMATCH)
