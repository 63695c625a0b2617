"""What the manufacturer's people do about claims and requests of the portal."""

import datetime as dt
from decimal import Decimal
from hashlib import sha256

from msgspec import Struct

from erp_peer.commands.requests import DENIED, DISCOUNT, GRANTED, WAITS
from erp_peer.commands.service import DECIDED, EXAMINED, REGISTERED
from erp_peer.data.scans import PDF, content_of
from erp_peer.staff.references import derived_ref
from erp_peer.store.db import Argument, Connection, column, many, one
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write
from erp_peer.streams import BY_NAME

_EASY_PERCENT = Decimal(5)  # a discount up to this is granted at once
_HOUR_S, _DAY_S = 3_600, 86_400


class Waiting(Struct, frozen=True):
    """A claim or a request of the portal that somebody looks at."""

    ref: str
    status: str


class _Asked(Struct, frozen=True):
    number: str
    kind: str
    partner: str
    contract: str
    line: str
    amount: Decimal
    percent: Decimal
    kg: Decimal
    from_on: dt.date
    name_ru: str
    region: str
    status: str


async def decide(write: Write, ref: str, *, is_granted: bool | None = None, text: str = "") -> bool:
    """Decide one request, by its merits unless told; False if it is decided already. What was granted comes true."""
    sql = (
        "SELECT number, kind, partner, contract, line, amount, percent, kg, from_on, name_ru, region, status"
        " FROM peer.requests WHERE ib = $1 AND ref = $2"
    )
    asked = await one(write.conn, _Asked, sql, write.ib, ref)
    if asked is None or asked.status != WAITS:
        return False
    grants = (asked.kind != DISCOUNT or asked.percent <= _EASY_PERCENT) if is_granted is None else is_granted
    result = await _carry_out(write, ref, asked) if grants else None
    said = text or ("Согласовано" if grants else "Отклонено: больше, чем позволяет договор")
    values: dict[str, Argument] = {"status": GRANTED if grants else DENIED, "decision": said, "decided_on": write.today}
    await upsert(write, "requests", ref, values if result is None else {**values, "result": result})
    return True


async def decide_numbered(write: Write, number: str, *, is_granted: bool, text: str) -> bool:
    """Decide the request of a number; False if there is none, or it is decided already."""
    sql = "SELECT ref FROM peer.requests WHERE ib = $1 AND number = $2"
    refs = await column(write.conn, str, sql, write.ib, number)
    return bool(refs) and await decide(write, refs[0], is_granted=is_granted, text=text)


async def _carry_out(write: Write, ref: str, asked: _Asked) -> str | None:
    """Let a granted request come true; gives what came of it."""
    match asked.kind:
        case "Лимит":
            sql = (
                "UPDATE peer.contracts SET credit_limit = $3, is_limited = true, ver = $4 WHERE ib = $1 AND ref = $2"
                " RETURNING ref"
            )
            args = (write.ib, asked.contract, asked.amount, write.tick)
            write.touch("contracts", *await column(write.conn, str, sql, *args))
            return None
        case "Акт":
            return await _make_act(write, ref, asked)
        case "План":
            return await _set_plan(write, asked)
        case "Клиент":
            partner = derived_ref(write.ib, "partner", ref)
            values: dict[str, Argument] = {
                "code": asked.number,
                "name_ru": asked.name_ru,
                "full_name": asked.name_ru,
                "kind": "prospect",
            }
            await upsert(write, "partners", partner, {**values, "region": asked.region})
            return partner
        case _:
            return None  # a discount comes true in the orders that use it


async def _make_act(write: Write, ref: str, asked: _Asked) -> str:
    """An act is a file of its contract."""
    file = derived_ref(write.ib, "act", ref)
    content = content_of(file, PDF)
    await upsert(
        write,
        "files",
        file,
        {
            "owner_set": BY_NAME["contracts"].set_name,
            "owner": asked.contract,
            "name_ru": f"Акт сверки {asked.number}.pdf",
            "media_type": PDF,
            "size": len(content),
            "sha256": sha256(content).hexdigest(),
            "created_at": write.now,
        },
    )
    return file


async def _set_plan(write: Write, asked: _Asked) -> str:
    sql = "SELECT ref FROM peer.plans WHERE ib = $1 AND partner = $2 AND line = $3 AND month = $4"
    found = await column(write.conn, str, sql, write.ib, asked.partner, asked.line, asked.from_on)
    plan = found[0] if found else derived_ref(write.ib, "plan", asked.partner, asked.line, asked.from_on.isoformat())
    head: dict[str, Argument] = {"partner": asked.partner, "line": asked.line, "month": asked.from_on}
    await upsert(write, "plans", plan, {**head, "plan_kg": asked.kg})
    return plan


async def handle_claim(write: Write, ref: str, status: str, *, is_just: bool) -> None:
    """Take a claim one step further."""
    if status == REGISTERED:
        await upsert(write, "claims", ref, {"status": EXAMINED})
    elif status not in DECIDED:
        decided = "Удовлетворена" if is_just else "НеУдовлетворена"
        said = "Оформлена корректировка на сумму претензии" if is_just else "Расхождение в пределах нормы"
        await upsert(write, "claims", ref, {"status": decided, "outcome": said, "closed_on": write.today})


async def find_due(
    conn: Connection, ib: str, now: dt.datetime, speed: float, most: int
) -> tuple[list[Waiting], list[Waiting]]:
    """Claims and requests of the portal whose time has come: an hour to look, a day to decide a claim."""
    claims = (
        "SELECT c.ref, c.status FROM peer.claims c"
        " WHERE c.ib = $1 AND c.status IN ('Зарегистрирована', 'Обрабатывается') AND c.filed_at <="
        " $2::timestamptz - make_interval(secs => CASE c.status"
        " WHEN 'Зарегистрирована' THEN $3::float8 ELSE $4::float8 END)"
        " AND EXISTS (SELECT FROM peer.audit a WHERE a.ib = $1 AND a.ref = c.ref AND a.type = 'claim.put')"
        " ORDER BY c.filed_at LIMIT $5"
    )
    requests = (
        "SELECT ref, status FROM peer.requests WHERE ib = $1 AND status = 'НаРассмотрении'"
        " AND asked_at <= $2::timestamptz - make_interval(secs => $3::float8) ORDER BY asked_at LIMIT $4"
    )
    hour, day = _HOUR_S / speed, _DAY_S / speed
    found = await many(conn, Waiting, claims, ib, now, hour, day, most)
    return found, await many(conn, Waiting, requests, ib, now, hour, most)
