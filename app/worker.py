"""The worker: everything that happens without a request. ``python -m app.worker`` runs it.

Plain loops, one set a tenant: the way in, the way out, the start of the day, the bell, the mail. A loop that
fails is started again after a pause, and no tenant's trouble reaches another's. PostgreSQL holds every intent:
killing this program at any moment loses nothing.
"""

# Before whatever would load what it keeps out.
import app.infra.light  # noqa: F401  # pyright: ignore[reportUnusedImport]

# isort: split

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, NoReturn, cast

import msgspec
import structlog
from msgspec import Struct
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.subjects import Subject
from app.caching.jobs import Carrier
from app.caching.store import RedisStore
from app.config import SettingError, Settings, read_settings
from app.documents.jobs import tidy
from app.documents.store import FileStore
from app.erp.channel import Channel, note_away
from app.erp.checking import CheckingClient
from app.erp.days import open_day
from app.erp.drafting import look_at_draft, read_mapping, until_changed
from app.erp.files import FileCarrier
from app.erp.hints import word_of_hint
from app.erp.inbound import Inbound
from app.erp.knocking import knock
from app.erp.loading import Side
from app.erp.outbound import Outbound, wait_for_news
from app.erp.porter import Porter, ways_of
from app.erp.ports import ErpPort
from app.erp.reconciling import Reconciler, wait_quiet
from app.erp.surfaces import adopt, choose, open_port, until_another
from app.erp.watching import Watch
from app.erp.wire.calling import USER, Address
from app.erp.wire.client import NODE
from app.infra.audit_copy import copy_of
from app.infra.audit_seals import seal_for_ever
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction, open_transaction
from app.infra.keeping import Keep, clean
from app.infra.logs import set_up_logs
from app.infra.loops import Loops
from app.infra.outbox import Lane, word_of
from app.infra.processes.ready import say_ready
from app.infra.rooms import collect
from app.infra.waking import Crier, end_tasks, first_of, say_afterwards
from app.kernel.clock import utc_now
from app.notifications.jobs import Telling, fan_out, send_letters
from app.notifications.letters import LetterKind, open_post
from app.notifications.notices import Notice
from app.rights.jobs import end_looks
from app.settings.jobs import look, read_entry
from app.settings.ports import Entry, Verdict
from app.settings.services.infobase import make_servers

_CONNECTIONS: Final = 8
_LOAD_TIMEOUT_S: Final = 660.0  # a little more than the server's own limit of a full load
_TENANTS_EVERY_S: Final = 2.0
_DAY_EVERY_S: Final = 30.0
_LOOK_EVERY_S: Final = 1.0
_CHOOSE_EVERY_S: Final = 1.0
_CLEAN_EVERY_S: Final = 600.0
_END_LOOKS_EVERY_S: Final = 10.0
_IDLE_S: Final = 0.5
_PULSE_EVERY_S: Final = 1.0
_GRACE_S: Final = 10.0

_log = structlog.stdlib.get_logger("worker")


class Tenant(Struct, frozen=True):
    """Whom to work for."""

    id: int
    code: str
    infobase: str


class Exchange(Struct, frozen=True):
    """The exchange with a tenant's infobase that runs; without an entry it waits for one."""

    entry: Entry | None
    task: asyncio.Task[None]


class Pulse(Struct):
    """What ``run/worker.json`` says: written every second, so that its age tells whether the worker lives."""

    pid: int
    state: str
    at: str
    failing: dict[str, str]  # loop -> why it is being started again


class Worker:
    """All loops of one process."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self._settings = settings
        self._name = f"worker-{os.getpid()}"
        self._engine: AsyncEngine = make_engine(
            settings.database_staff_url, _CONNECTIONS, command_timeout_s=_LOAD_TIMEOUT_S
        )
        self._redis = Redis.from_url(settings.redis_url, socket_connect_timeout=1)
        self._crier = Crier(self._redis)
        self._carrier = Carrier(self._engine, RedisStore(settings.redis_url))
        say_afterwards(self._engine, self._spread)
        self._telling = Telling(
            collect("notices", "NOTICES", Notice),
            collect("subjects", "SUBJECTS", Subject),
            collect("letters", "LETTERS", LetterKind),
            settings.secret_key,
        )
        self._files = FileStore(settings.data_dir / "files")
        self._keeping = collect("keeping", "KEEPING", Keep)
        self._post = open_post(settings)
        self._loops = Loops()
        self._wakes: dict[str, asyncio.Event] = {}
        self._servers = make_servers(settings.erp_url, settings.erp_hosts, settings.secret_key)
        self._houses: dict[int, asyncio.Task[None]] = {}
        self._exchanges: dict[int, Exchange] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, then let every loop end where it stands."""
        forever = self._loops.forever
        listening = asyncio.create_task(forever("listen", lambda: self._crier.hear(self._heard)))
        loops = [
            asyncio.create_task(forever("tenants", self._follow_tenants)),
            asyncio.create_task(forever("pulse", self._beat)),
        ]
        say_ready()
        _log.info("worker.ready", name=self._name)
        await stop.wait()
        self._write_pulse("stopping")
        loops += [*self._houses.values(), *(one.task for one in self._exchanges.values())]
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops, timeout=_GRACE_S)
        await end_tasks([listening], _GRACE_S)
        await self._crier.close()
        await self._carrier.close()
        await self._redis.aclose()
        await self._engine.dispose()
        _log.info("worker.stopped", name=self._name)

    async def _follow_tenants(self) -> None:
        """Begin to serve a tenant as soon as there is one, and follow it to another infobase."""
        while True:
            async with open_transaction(self._engine, read_only=True) as transaction:
                rows = await transaction.driver.fetch("SELECT id, code, infobase FROM tenants ORDER BY id")
            for row in rows:
                tenant = Tenant(cast("int", row["id"]), cast("str", row["code"]), cast("str", row["infobase"]))
                if tenant.id not in self._houses:
                    self._houses[tenant.id] = asyncio.create_task(self._serve(tenant))
                await self._follow_infobase(tenant)
            await asyncio.sleep(_TENANTS_EVERY_S)

    async def _follow_infobase(self, tenant: Tenant) -> None:
        known, entry = self._exchanges.get(tenant.id), await self._entry(tenant)
        if known is not None and known.entry == entry:
            return
        if known is not None:
            _log.info("worker.infobase_changed", tenant=tenant.code)
            await end_tasks([known.task], _GRACE_S)
        exchanging = self._loops.forever(f"{tenant.code}/exchange", lambda: self._exchange(tenant, entry))
        self._exchanges[tenant.id] = Exchange(entry, asyncio.create_task(exchanging))

    async def _serve(self, tenant: Tenant) -> None:
        """Do for a tenant what needs no ERP."""
        forever = self._loops.forever
        side = Side(self._engine, tenant.id, tenant.code)
        await asyncio.gather(
            forever(f"{tenant.code}/day", lambda: _follow_days(side)),
            forever(f"{tenant.code}/janitor", lambda: self._clean(side)),
            forever(f"{tenant.code}/bell", lambda: self._drain(tenant.id, "notify", self._tell)),
            forever(f"{tenant.code}/caches", lambda: self._carrier.run(tenant.id)),
            forever(f"{tenant.code}/seals", lambda: self._seal(tenant.id)),
            forever(f"{tenant.code}/mail", lambda: self._drain(tenant.id, "mail", self._send_letters)),
            forever(f"{tenant.code}/look", lambda: self._look(tenant)),
            forever(f"{tenant.code}/drafts", lambda: self._look_at_drafts(tenant)),
            forever(f"{tenant.code}/seeings", lambda: self._end_looks(tenant.id)),
        )

    async def _exchange(self, tenant: Tenant, entry: Entry | None) -> None:
        """Exchange with a tenant's infobase; without a way there is nothing to do until it changes."""
        if entry is None:
            _log.warning("worker.infobase_closed", tenant=tenant.code)
            await asyncio.Event().wait()
            return
        side = Side(self._engine, tenant.id, tenant.code, partial(self._carrier.once, tenant.id))
        address = _address(tenant, entry)
        while True:
            mapping = await read_mapping(self._engine, tenant.id)
            surface = await choose(address, entry.surface, mapping.family)
            if surface is None:
                async with open_tenant_transaction(self._engine, tenant.id) as transaction:
                    await note_away(transaction)
                await asyncio.sleep(_CHOOSE_EVERY_S)
                continue
            async with open_port(address, surface, mapping.family) as port, CheckingClient(address) as asking:
                await adopt(side, port)
                ways = self._ways(side, port, asking)
                try:
                    await first_of(
                        until_another(address, entry.surface, surface, mapping.family),
                        until_changed(self._engine, tenant.id, mapping.id),
                    )
                finally:
                    await end_tasks(ways, _GRACE_S)

    def _ways(self, side: Side, port: ErpPort, asking: CheckingClient) -> list[asyncio.Task[None]]:
        """Begin both directions, the watcher and the comparisons."""
        forever = self._loops.forever
        inward = Channel(port, side.tenant)
        outward = Channel(port, side.tenant, inward.breaker)
        hinted = self._wakes.setdefault(word_of_hint(side.tenant_id), asyncio.Event())
        inbound = Inbound(side, inward, self._settings.database_url, hinted)
        outbound = Outbound(side, outward, self._name, self._wake(side.tenant_id, "erp"))
        watch = Watch(side, {"in": inward, "out": outward}, asking)
        compare = Reconciler(side, Channel(port, side.tenant, inward.breaker), asking, partial(wait_quiet, side))
        carried = Channel(port, side.tenant, inward.breaker)
        porters = [
            (way, Porter(side, carried, way, self._name, self._wake(side.tenant_id, way.lane)))
            for way in ways_of(FileCarrier(side, carried, self._files))
        ]
        return [
            *(asyncio.create_task(forever(f"{side.tenant}/{way.lane}", porter.run)) for way, porter in porters),
            asyncio.create_task(forever(f"{side.tenant}/in", inbound.run)),
            asyncio.create_task(forever(f"{side.tenant}/out", outbound.run)),
            asyncio.create_task(forever(f"{side.tenant}/watch", watch.run)),
            asyncio.create_task(forever(f"{side.tenant}/compare", compare.run_for_ever)),
        ]

    async def _look(self, tenant: Tenant) -> None:
        """Look at the infobase when the administrator asks."""

        async def ask(entry: Entry) -> Verdict:
            name, said = await knock(_address(tenant, entry), entry.surface)
            return Verdict(name, said)

        while True:
            if not await look(self._engine, tenant.id, self._servers, ask):
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _look_at_drafts(self, tenant: Tenant) -> None:
        """Hold a tenant's draft of a mapping against its ERP when somebody made one."""

        async def find() -> Address | None:
            entry = await self._entry(tenant)
            return None if entry is None else _address(tenant, entry)

        while True:
            if not await look_at_draft(self._engine, tenant.id, find):
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _entry(self, tenant: Tenant) -> Entry | None:
        settings = self._settings
        usual = Entry(settings.erp_url, tenant.infobase, USER, settings.erp_password)
        return await read_entry(self._engine, tenant.id, self._servers, usual)

    async def _drain(self, tenant_id: int, lane: Lane, work: Callable[[int], Awaitable[bool]]) -> None:
        """Do what waits in a lane; look again when woken, and now and then."""
        woken = self._wake(tenant_id, lane)
        while True:
            woken.clear()
            if not await work(tenant_id):
                await wait_for_news(woken, _IDLE_S)

    async def _clean(self, side: Side) -> None:
        """Take away what nobody needs any more, now and then."""
        while True:
            if removed := await clean(self._engine, side.tenant_id, self._keeping):
                _log.info("worker.cleaned", tenant=side.tenant, **removed)
            await tidy(self._engine, self._files, side.tenant_id)
            await asyncio.sleep(_CLEAN_EVERY_S)

    async def _end_looks(self, tenant_id: int) -> None:
        """Write down which looks as somebody else time has ended."""
        while True:
            await end_looks(self._engine, tenant_id)
            await asyncio.sleep(_END_LOOKS_EVERY_S)

    async def _seal(self, tenant_id: int) -> None:
        await seal_for_ever(self._engine, tenant_id, copy_of(self._settings.data_dir, tenant_id))

    async def _tell(self, tenant_id: int) -> bool:
        async with open_tenant_transaction(self._engine, tenant_id) as transaction:
            return await fan_out(transaction, self._telling)

    async def _send_letters(self, tenant_id: int) -> bool:
        return await send_letters(self._engine, tenant_id, self._telling, self._post, self._settings.public_url)

    def _wake(self, tenant_id: int, lane: Lane) -> asyncio.Event:
        return self._wakes.setdefault(word_of(tenant_id, lane), asyncio.Event())

    def _heard(self, word: str) -> None:
        if event := self._wakes.get(word):
            event.set()

    def _spread(self, words: frozenset[str]) -> None:
        """Wake our own lanes at once, and tell the web programs, whose pages may wait for it."""
        for word in words:
            self._heard(word)
        self._crier.say(words)

    async def _beat(self) -> None:
        while True:
            self._write_pulse("running")
            await asyncio.sleep(_PULSE_EVERY_S)

    def _write_pulse(self, state: str) -> None:
        path = self._settings.data_dir / "run" / "worker.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        pulse = Pulse(pid=os.getpid(), state=state, at=utc_now().isoformat(), failing=self._loops.failing)
        draft = path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(pulse))
        draft.replace(path)


def _address(tenant: Tenant, entry: Entry) -> Address:
    return Address(entry.base, entry.infobase, tenant.code, entry.username, entry.password)


async def _follow_days(side: Side) -> None:
    while True:
        await open_day(side, NODE)
        await asyncio.sleep(_DAY_EVERY_S)


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await Worker(settings).run(stop)


def main() -> NoReturn:
    """Run until SIGTERM or Ctrl-C."""
    try:
        settings = read_settings()
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    set_up_logs()
    asyncio.run(_main(settings))
    sys.exit(0)


if __name__ == "__main__":
    main()
