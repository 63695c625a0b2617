"""What an ERP can do for us, found out when a tenant is connected (protocol, section 14).

Everything is only read, unless asked otherwise: whether a caller's reference and a label are honoured can be known by
writing alone, on an object that is marked for deletion at once.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct, field
from sqlalchemy.ext.asyncio import AsyncEngine

from app.erp.families import Family
from app.erp.families.reading import family_names, read_family
from app.erp.mappings import STREAMS
from app.erp.mappings.orders import ORDERS
from app.erp.mappings.places import REGIONS
from app.erp.ports import Surface
from app.erp.wire.calling import Address
from app.erp.wire.client import ErpClient
from app.erp.wire.failures import ErpError, SchemaError
from app.erp.wire.odata.failures import LabelError
from app.erp.wire.odata.metadata import Types, examine, read_metadata, readable, refusal_of
from app.erp.wire.odata.packets import Plan
from app.erp.wire.odata.pages import Ask, count
from app.erp.wire.odata.states import check_states
from app.erp.wire.odata.transport import Transport, object_path
from app.erp.wire.odata.values import decode
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.ids import new_id

State = Literal["ok", "warning", "failed", "not asked"]

READS: Final = 20
_FARTHEST_S: Final = 5.0
_LONG_READ_S: Final = 60.0
# Objects that have had other names in other families; which one is there decides the family.
_EITHER: Final = {
    "register of prices": ("InformationRegister_ЦеныНоменклатуры", "InformationRegister_ЦеныНоменклатуры25"),
    "set of claims": ("Catalog_Претензии", "Catalog_ПретензииКлиентов"),
    "register of stock": ("AccumulationRegister_ЗапасыИПотребности", "AccumulationRegister_СвободныеОстатки"),
}


class Check(Struct, frozen=True):
    """One question and its answer in words."""

    name: str
    state: State
    said: str


class StreamCheck(Struct, frozen=True):
    """Whether one stream can be read, and what is wrong with its fields."""

    stream: str
    state: State
    said: str
    wrong_fields: Sequence[str] = ()


class Report(Struct):
    """Everything that was found out about one surface."""

    tenant: str
    surface: Surface
    at: str
    checks: list[Check] = field(default_factory=list[Check])
    streams: list[StreamCheck] = field(default_factory=list[StreamCheck])
    p50_ms: float | None = None  # of some small reads
    p99_ms: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether anybody answered."""
        return bool(self.checks) and self.checks[0].state == "ok"


class _Hello(Struct):
    now: datetime
    version: str = ""
    tenant: str = ""
    streams: list[str] = field(default_factory=list[str])
    capabilities: list[str] = field(default_factory=list[str])


class _Label(Struct):
    label: str = msgspec.field(name="DataVersion")


async def probe_service(address: Address) -> Report:
    """Find out what the portal's own extension offers."""
    report = Report(address.tenant, "h", datetime.now(UTC).isoformat())
    async with ErpClient(address) as client:
        try:
            hello = await client.ask("/ping", _Hello)
        except ErpError as error:
            report.checks.append(Check("answers", "failed", str(error)))
            return report
        report.checks.append(Check("answers", "ok", f"version {hello.version or '?'}"))
        is_ours = hello.tenant == address.tenant
        report.checks.append(Check("tenant", "ok" if is_ours else "failed", hello.tenant))
        report.checks.append(_clock(hello.now))
        report.checks.append(Check("capabilities", "ok", ", ".join(hello.capabilities)))
        report.streams += [
            StreamCheck(one.name, "ok" if one.name in hello.streams else "failed", _offered(one.name, hello.streams))
            for one in STREAMS
        ]
        await _time_reads(report, client.ping)
    return report


async def probe_odata(address: Address, family: Family, *, may_write: bool) -> Report:
    """Find out what plain OData offers; ``may_write`` allows a scratch object."""
    report = Report(address.tenant, "o", datetime.now(UTC).isoformat())
    async with Transport(address) as transport:
        try:
            types = read_metadata(await transport.read("$metadata", read_s=_LONG_READ_S))
        except ErpError as error:
            report.checks.append(Check("answers", "failed", str(error)))
            return report
        report.checks.append(Check("answers", "ok", f"{len(types)} types, held against the family {family.family}"))
        regions = family.streams.get(REGIONS.name)
        scratch = regions.set if regions else REGIONS.set_name  # small, and nothing hangs on a region too many
        report.checks.append(await _clock_of_server(transport))
        report.checks.append(_fit(family, types))
        report.checks += [_which(name, pair, types) for name, pair in _EITHER.items()]
        report.checks.append(_states(family, types))
        report.checks.append(await _plan(transport, family, types))
        report.checks += await _writes(transport, scratch) if may_write else _not_written()
        report.streams += [_stream(number, family, types) for number in range(len(STREAMS))]

        async def small() -> object:
            return await count(transport, Ask(scratch, []))

        await _time_reads(report, small)
    return report


async def keep(engine: AsyncEngine, tenant_id: int, report: Report) -> None:
    """Keep the last report of a surface for the people who look after the exchange."""
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        await transaction.driver.execute(
            """INSERT INTO erp_probes (tenant_id, surface, report) VALUES ($1, $2, $3::text::jsonb)
               ON CONFLICT (tenant_id, surface) DO UPDATE SET report = excluded.report, at = now()""",
            tenant_id,
            report.surface,
            msgspec.json.encode(report).decode(),
        )


def _offered(stream: str, offered: Sequence[str]) -> str:
    return "offered; its columns are held against the mapping when it is read" if stream in offered else "not offered"


def _stream(number: int, family: Family, types: Types) -> StreamCheck:
    stream = STREAMS[number]
    refusal = refusal_of(stream, family, types)
    source = family.streams.get(stream.name)
    found = examine(stream, source, types) if source else []
    wrong = [f"{one.told} (optional)" if one.is_optional else one.told for one in found if one.told]
    if refusal is not None:
        return StreamCheck(stream.name, "failed", refusal.reason, wrong)
    if wrong:
        return StreamCheck(stream.name, "warning", f"{len(wrong)} of {len(found)} fields are missing", wrong)
    return StreamCheck(stream.name, "ok", f"{len(found)} fields")


def _fit(family: Family, types: Types) -> Check:
    """Say how many streams each family could read here; the one in use should be the best."""
    counts = {name: readable(read_family(name), types) for name in family_names()}
    counts[family.family] = readable(family, types)
    said = ", ".join(f"{name} {count} of {len(STREAMS)}" for name, count in counts.items())
    is_best = counts[family.family] == max(counts.values())
    return Check("family", "ok" if is_best else "warning", f"{family.family} is in use; streams that fit: {said}")


def _which(name: str, pair: tuple[str, str], types: Types) -> Check:
    found = [one for one in pair if one in types]
    return Check(name, "ok" if found else "failed", ", ".join(found) or f"neither {pair[0]} nor {pair[1]}")


def _states(family: Family, types: Types) -> Check:
    """Whether changes of how orders stand are told apart from the orders."""
    name = "register of order states"
    orders = family.streams.get(ORDERS.name)
    if orders is None or orders.states is None:
        return Check(
            name, "warning", f"the family {family.family} names none: how orders stand is read with them alone"
        )
    try:
        check_states(orders.states, types)
    except SchemaError as error:
        return Check(name, "warning", f"{error}: how orders stand is read with them alone")
    return Check(name, "ok", orders.states.set)


def _clock(theirs: datetime) -> Check:
    apart_s = (theirs - datetime.now(UTC)).total_seconds()
    return Check("clock", "ok" if abs(apart_s) <= _FARTHEST_S else "warning", f"{apart_s:+.1f} s from ours")


async def _clock_of_server(transport: Transport) -> Check:
    try:
        told = await transport.date()
        return _clock(parsedate_to_datetime(told).astimezone(UTC))
    except (ErpError, ValueError):
        return Check("clock", "warning", "the server does not say what time it is")


async def _plan(transport: Transport, family: Family, types: Types) -> Check:
    if family.plan not in types:
        return Check("exchange plan", "failed", f"{family.plan} is not published: changes would not be told")
    try:
        found = await Plan(transport, family).find()
    except ErpError as error:
        return Check("exchange plan", "failed", str(error))
    if found is None:
        return Check("exchange plan", "ok", f"{family.plan}; no node {family.node} yet, it is made by the first load")
    return Check("exchange plan", "ok", f"{family.plan}; node {family.node}, message {found.sent} sent")


def _not_written() -> list[Check]:
    said = "asked only with --write: an object has to be made for it"
    return [Check("own references", "not asked", said), Check("If-Match", "not asked", said)]


async def _writes(transport: Transport, scratch: str) -> list[Check]:
    """Make an object under our reference, try to change it by a wrong label, and mark it for deletion."""
    ref = new_id()
    path = object_path(scratch, ref)
    try:
        body = {"Ref_Key": str(ref), "Description": "Проба портала", "DeletionMark": True}
        await transport.write("POST", scratch, body=body)
        label = decode(await transport.read(path), _Label).label
    except ErpError as error:
        return [Check("own references", "failed", str(error)), Check("If-Match", "not asked", "no object to try it on")]
    kept = Check("own references", "ok", f"{scratch} {ref}, marked for deletion")
    try:
        await transport.write("PATCH", path, body={"DeletionMark": True}, if_match="AAAAAAAAAAA=")
    except LabelError:
        return [kept, Check("If-Match", "ok", f"a label other than {label} is refused")]
    except SchemaError as error:
        return [kept, Check("If-Match", "failed", str(error))]
    return [kept, Check("If-Match", "failed", "a wrong label was taken: changes of others would be overwritten")]


async def _time_reads(report: Report, read: Callable[[], Awaitable[object]]) -> None:
    taken: list[float] = []
    try:
        for _ in range(READS):
            began = time.perf_counter()
            await read()
            taken.append((time.perf_counter() - began) * 1000)
    except ErpError as error:
        report.checks.append(Check("small reads", "failed", str(error)))
        return
    taken.sort()
    report.p50_ms, report.p99_ms = round(taken[len(taken) // 2], 1), round(taken[-1], 1)
    report.checks.append(Check("small reads", "ok", f"{READS}: p50 {report.p50_ms} ms, p99 {report.p99_ms} ms"))
