"""The parts of one installation as data: what runs, in which order, and what it is told."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import asyncpg
from msgspec import Struct

from app.cli.database import plan_database, plan_redis
from app.cli.first_load import wait_for_first_load
from app.cli.peer import plan_erp
from app.cli.schema import is_current
from app.cli.site import LOOPBACK, Site, Wing, python_command
from app.config import SettingError, read_settings
from app.infra.processes.child import run_to_end
from app.infra.processes.health import http_get
from app.infra.processes.parts import Command, Fact, Node, Part, StartError, Step
from app.infra.processes.ready import VARIABLE

DEFAULT_PORT = "8000"
ACCOUNTS = "accounts.json"
WORKED = "demo.done"
LIVELY = ("demo", "full")  # profiles with enough to work on
GRACEFUL_S = 12  # a little more than they give themselves
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "[::1]"}  # noqa: S104 - compared, not bound


class Plan(Struct, frozen=True):
    """Everything the supervisor needs."""

    url: str
    nodes: tuple[Node, ...]
    outside: Mapping[str, Mapping[str, Fact]]  # servers others run
    env: Mapping[str, str]  # what every part of the portal is told


def make_plan(site: Site) -> Plan:
    """Lay out the installation.

    Raises:
        StartError: a setting is wrong; the message names it.
    """
    url, address = _address(site)
    database, redis = plan_database(site), plan_redis(site)
    erp = plan_erp(site, _embedded_port(database), address)
    wings = {"postgres": database, "redis": redis, "erp_peer": erp}
    env = {**site.env, "PYTHONUNBUFFERED": "1", **address}
    for wing in wings.values():
        env |= wing.env
    try:
        read_settings(env)
    except SettingError as error:
        raise StartError(str(error)) from error
    nodes = [node for wing in wings.values() for node in wing.nodes]
    return Plan(
        url=url,
        nodes=(*nodes, *_portal(site, env, url, {node.name for node in nodes})),
        outside={name: wing.outside for name, wing in wings.items() if wing.outside is not None},
        env=env,
    )


def _address(site: Site) -> tuple[str, dict[str, str]]:
    host = site.env.get("KARAVAN_HOST", LOOPBACK)
    wanted = site.env.get("KARAVAN_PORT", DEFAULT_PORT)
    if not (wanted.isascii() and wanted.isdigit()):
        message = f"KARAVAN_PORT must be a whole number, not {wanted!r}."
        raise StartError(message)
    port = site.ports.take(host, int(wanted))
    if port != int(wanted):
        site.say(f"Port {wanted} is taken; using {port}.")
    # "Everywhere" is no address to visit; the machine itself gets there by the loopback one.
    url = f"http://{EVERYWHERE.get(host, host)}:{port}"
    return url, {
        "KARAVAN_HOST": host,
        "KARAVAN_PORT": str(port),
        "KARAVAN_PUBLIC_URL": site.env.get("KARAVAN_PUBLIC_URL", url),
        "KARAVAN_DATA_DIR": str(site.folder),
        "KARAVAN_SECRET_KEY": site.env.get("KARAVAN_SECRET_KEY", site.secrets.secret_key),
    }


def _embedded_port(database: Wing) -> int | None:
    for node in database.nodes:
        if isinstance(node, Part):
            return int(str(node.facts["port"]))
    return None


def _portal(site: Site, env: Mapping[str, str], url: str, before: set[str]) -> list[Node]:
    # Later the exchange copes with an ERP that comes up after it; a first load waits for nothing.
    is_first = not (site.folder / ACCOUNTS).exists()
    source = ("erp_peer",) if is_first and "erp_peer" in before else ()
    servers = ("tenants", *(("redis",) if "redis" in before else ()))
    ready_file = site.folder / "worker.ready"
    return [
        Step("schema", partial(_migrate, site, env), needs=("roles",)),
        Step("tenants", partial(_seed_tenants, site, env), needs=("schema",)),
        Part(
            name="worker",
            command=partial(_worker_command, env, ready_file),
            is_healthy=partial(_exists, ready_file),
            needs=(*servers, *source),
            stop_within_s=GRACEFUL_S,
        ),
        Part(
            name="web",
            command=partial(python_command, env, "app.asgi"),
            is_healthy=partial(_lives, url),
            needs=servers,
            facts={"port": int(env["KARAVAN_PORT"])},
            listens=(env["KARAVAN_HOST"], int(env["KARAVAN_PORT"])),
            stop_within_s=GRACEFUL_S,
        ),
        Step("first load", partial(wait_for_first_load, env["KARAVAN_DATABASE_URL"], site.say), needs=("tenants",)),
        Step("accounts", partial(_seed_accounts, site, env), needs=("first load",)),
        Step("demo work", partial(_work, site, env, url), needs=("accounts", "web")),
    ]


async def _migrate(site: Site, env: Mapping[str, str]) -> None:
    if not await is_current(env["KARAVAN_DATABASE_URL"]):
        site.say("Bringing the database to the newest schema")
        await run_to_end("migrate", python_command(env, "app.cli", "migrate"), site.log("migrate"))


async def _seed_tenants(site: Site, env: Mapping[str, str]) -> None:
    if not await _has_tenants(env):
        site.say("Making the demo tenants")
        await run_to_end("tenants", python_command(env, "app.cli", "seed", "tenants"), site.log("tenants"))


async def _seed_accounts(site: Site, env: Mapping[str, str]) -> None:
    """Make the demo accounts, once; people may have changed them since."""
    if not (site.folder / ACCOUNTS).exists():
        site.say("Making the demo accounts")
        await run_to_end("accounts", python_command(env, "app.cli", "seed", "accounts"), site.log("accounts"))


async def _work(site: Site, env: Mapping[str, str], url: str) -> None:
    """Let people of the demo begin something, once; an installation without it is poorer, not broken."""
    mark = site.folder / WORKED
    if site.env.get("KARAVAN_PROFILE", LIVELY[0]) not in LIVELY or mark.exists():
        return
    site.say("Making a few orders of the demo")
    try:
        await run_to_end("the demo's work", python_command(env, "app.cli", "seed", "work", url), site.log("work"))
    except StartError as error:
        site.say(f"The demo has no orders under way: {error}")
    mark.touch()


async def _has_tenants(env: Mapping[str, str]) -> bool:
    connection = await asyncpg.connect(env["KARAVAN_DATABASE_URL"])
    try:
        return await connection.fetchval("SELECT EXISTS (SELECT FROM tenants)") is True
    finally:
        await connection.close()


def _worker_command(env: Mapping[str, str], ready_file: Path) -> Command:
    ready_file.unlink(missing_ok=True)
    return python_command({**env, VARIABLE: str(ready_file)}, "app.worker")


async def _exists(file: Path) -> bool:
    return file.exists()


async def _lives(url: str) -> bool:
    return (await http_get(f"{url}/health/live")).status == 200  # noqa: PLR2004 - OK
