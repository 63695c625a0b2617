"""A stage for benchmarks of pages: invented catalogues, a buyer in each, the real web program, a lean client."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, cast
from uuid import UUID

import asyncpg
import httpx
from msgspec import Struct

from app.access.defaults import default_links, default_rules
from app.access.logins import login_key
from tests.access.people import HASH, PASSWORD
from tests.catalog.factory import Scale, World, load_world, make_world
from tests.support.databases import ROOT, Database
from tests.support.ports import free_port

Job = Callable[[], Awaitable[None]]
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_AGREEMENT_PARTNER, _AGREEMENT_ID, _AGREEMENT_STATUS = 2, 1, -3


class Buyer(Struct, frozen=True):
    """A head of a client with a few agreements; ``tenant`` is where."""

    tenant: int
    login: str
    partner: UUID
    agreements: list[UUID]


async def fill(database: Database, tenant: int, scale: Scale, agreements: int = 3) -> Buyer:
    """Load one tenant with a buyer who has so many live agreements."""
    world = make_world(scale, tenant=tenant)
    buyer = _choose(world, agreements)
    connection = await asyncpg.connect(database.superuser_url)
    try:
        await load_world(connection, world)
        await connection.execute("SELECT set_config('app.tenant', $1, false)", str(tenant))
        await _write_rules(connection, tenant)
        await _write_person(connection, buyer)
    finally:
        await connection.close()
    return buyer


def _choose(world: World, agreements: int) -> Buyer:
    """Leave the first client so many agreements: the rest are closed, as old ones are."""
    partner = world.partners[0]
    mine: list[UUID] = []
    for place, row in enumerate(world.rows["agreements"]):
        if row[_AGREEMENT_PARTNER] == partner:
            if len(mine) < agreements:
                mine.append(cast("UUID", row[_AGREEMENT_ID]))
            else:
                closed = list(row)
                closed[_AGREEMENT_STATUS] = "closed"
                world.rows["agreements"][place] = tuple(closed)
    return Buyer(world.tenant, f"buyer{world.tenant}@example.test", partner, mine)


async def _write_rules(connection: asyncpg.Connection, tenant: int) -> None:
    await connection.executemany(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, reg, org, ctr, agr, lin, prd,"
        " val, aut) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        [
            (
                *(tenant, rule.id, rule.subject, rule.resource, rule.action, rule.effect, rule.reg, rule.org),
                *(rule.ctr, rule.agr, rule.lin, rule.prd, rule.val, rule.aut),
            )
            for rule in default_rules(f"tenant{tenant}")
        ],
    )
    links = [(tenant, link.child, link.parent) for link in default_links()]
    await connection.executemany("INSERT INTO access_role_links VALUES ($1, $2, $3)", links)


async def _write_person(connection: asyncpg.Connection, buyer: Buyer) -> None:
    user, membership = UUID(int=buyer.tenant * 10), UUID(int=buyer.tenant * 10 + 1)
    await connection.execute(
        "INSERT INTO users (tenant_id, id, email, name, password_hash) VALUES ($1, $2, $3, 'Buyer', $4)",
        buyer.tenant,
        user,
        buyer.login,
        HASH,
    )
    await connection.execute("INSERT INTO logins VALUES ($1, $2, $3)", login_key(buyer.login), buyer.tenant, user)
    await connection.execute(
        "INSERT INTO memberships (tenant_id, id, user_id, partner_id, role) VALUES ($1, $2, $3, $4, $5)",
        buyer.tenant,
        membership,
        user,
        buyer.partner,
        "distributor_head",
    )


class Web(Struct, frozen=True):
    """The running web program; its process and its children serve."""

    port: int
    pid: int


@contextmanager
def serving(database: Database, redis_url: str, folder: Path, workers: int) -> Iterator[Web]:
    """Run ``app.asgi`` as the starter would."""
    port = free_port()
    settings = {
        "KARAVAN_DATABASE_URL": database.owner_url,
        "KARAVAN_DATABASE_CLIENT_URL": database.client_url,
        "KARAVAN_DATABASE_STAFF_URL": database.staff_url,
        "KARAVAN_REDIS_URL": redis_url,
        "KARAVAN_ERP_URL": "http://127.0.0.1:9",
        "KARAVAN_PORT": str(port),
        "KARAVAN_WEB_WORKERS": str(workers),
        "KARAVAN_SECRET_KEY": "benchmark-" + "k" * 40,
        "KARAVAN_DATA_DIR": str(folder),
    }
    log = (folder / "web.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.asgi"], cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log
    )
    try:
        _await_health(port, process)
        yield Web(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _await_health(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/live").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    message = "the web program did not start; see web.log"
    raise RuntimeError(message)


def sign_in(web: Web, buyer: Buyer) -> str:
    """Sign in; give the cookie header."""
    origin = f"http://127.0.0.1:{web.port}"
    answer = httpx.post(
        f"{origin}/api/v1/session", json={"login": buyer.login, "password": PASSWORD}, headers={"Origin": origin}
    )
    answer.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


class Line:
    """One kept-alive connection, opened anew when the server tired of waiting; httpx costs more than the page."""

    def __init__(self, port: int, cookie: str) -> None:
        """Open nothing yet."""
        self._port = port
        self._cookie = cookie
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> bytes:
        """Fetch a page; anything but 200 ends the benchmark."""
        if self._open is None or self._open[0].at_eof():
            self.close()
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._open
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}\r\n\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 200"):
            message = f"{path}: {answer[:200]!r} {body[:500]!r}"
            raise RuntimeError(message)
        return body

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


class Cost(Struct, frozen=True):
    """What one job costs: seconds of waiting at the median, seconds of CPU on average."""

    wait: float
    cpu: float


async def cost_of(job: Job, times: int, pids: Sequence[int]) -> Cost:
    """Do a job one after another; CPU is that of the processes named, children included."""
    waits: list[float] = []
    before = cpu_of(pids)
    for _ in range(times):
        began = time.perf_counter()
        await job()
        waits.append(time.perf_counter() - began)
    return Cost(median(waits), (cpu_of(pids) - before) / times)


async def rate_of(jobs: Sequence[Job], seconds: float) -> float:
    """Do jobs side by side for a while; how many a second."""
    done = 0
    end = time.perf_counter() + seconds

    async def loop(job: Job) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await job()
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(loop(job) for job in jobs))
    return done / (time.perf_counter() - began)


def family(pid: int) -> list[int]:
    """A process with everything it started."""
    children = _children()
    found, waiting = [pid], [pid]
    while waiting:
        mine = children.get(waiting.pop(), [])
        found += mine
        waiting += mine
    return found


def cpu_of(pids: Sequence[int]) -> float:
    """Seconds of CPU the families of these processes have used so far."""
    total = 0
    for pid in {one for root in pids for one in family(root)}:
        fields = _stat(pid)
        # user and system time, its own and of children that ended
        total += sum(int(fields[place]) for place in (11, 12, 13, 14)) if fields else 0
    return total / _TICKS


def parent_of(pid: int) -> int:
    """The process that started this one."""
    return int(_stat(pid)[1])


def _children() -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
