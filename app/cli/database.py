"""Where the portal keeps its data: an embedded PostgreSQL, or the one a setting names."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from app.cli.servers import postgres_part, superuser_url, valkey_part
from app.cli.site import LOOPBACK, Site, Wing
from app.infra.processes.installation import free_port
from app.infra.processes.parts import Step
from app.infra.processes.roles import (
    CLIENT,
    OWNER,
    PEER,
    STAFF,
    ensure_databases,
    ensure_roles,
    take_over,
    with_account,
)

POSTGRES_PORT, VALKEY_PORT = 54_320, 63_790
PORTAL, PEER_DATABASE = "karavan", "karavan_erp"


def plan_database(site: Site) -> Wing:
    """PostgreSQL for the portal; its step ``roles`` makes the three accounts."""
    if given := site.env.get("KARAVAN_DATABASE_URL"):
        return _given_database(site, given)
    port = free_port(LOOPBACK, POSTGRES_PORT, site.taken)
    admin = superuser_url(site, port)
    part = postgres_part(site, "postgres", port, shown_as=(OWNER, site.secrets.owner, PORTAL))
    passwords = {**_passwords(site), PEER: site.secrets.peer}
    databases = {PORTAL: OWNER, PEER_DATABASE: PEER}
    roles = Step("roles", partial(_make_all, admin, passwords, databases), needs=("postgres",))
    return Wing(nodes=(part, roles), env=_urls(site, admin, PORTAL))


def _given_database(site: Site, given: str) -> Wing:
    """A server of others: its account makes ours, unless their addresses are given too."""
    explicit = {
        role: url
        for role, name in ((CLIENT, "CLIENT"), (STAFF, "STAFF"))
        if (url := site.env.get(f"KARAVAN_DATABASE_{name}_URL"))
    }
    if urlsplit(given).username == OWNER:
        explicit[OWNER] = given
    missing = {role: word for role, word in _passwords(site).items() if role not in explicit}
    roles = Step("roles", partial(_make_missing, given, missing))
    outside = {"pid": None, "port": urlsplit(given).port, "log": None, "url": given}
    env = {**_urls(site, given), **{_variable(role): url for role, url in explicit.items()}}
    return Wing(nodes=(roles,), env=env, outside=outside)


def plan_redis(site: Site) -> Wing:
    """Valkey, or the server of the Redis protocol a setting names."""
    if given := site.env.get("KARAVAN_REDIS_URL"):
        outside = {"pid": None, "port": urlsplit(given).port, "log": None, "url": given}
        return Wing(env={"KARAVAN_REDIS_URL": given}, outside=outside)
    part = valkey_part(site, free_port(LOOPBACK, VALKEY_PORT, site.taken))
    return Wing(nodes=(part,), env={"KARAVAN_REDIS_URL": str(part.facts["url"])})


async def _make_all(admin: str, passwords: Mapping[str, str], databases: Mapping[str, str]) -> None:
    await ensure_roles(admin, passwords)
    await ensure_databases(admin, databases)


async def _make_missing(admin: str, passwords: Mapping[str, str]) -> None:
    if passwords:
        await ensure_roles(admin, passwords)
    if OWNER in passwords:
        await take_over(admin)


def _passwords(site: Site) -> dict[str, str]:
    return {OWNER: site.secrets.owner, CLIENT: site.secrets.client, STAFF: site.secrets.staff}


def _urls(site: Site, server: str, database: str | None = None) -> dict[str, str]:
    return {
        _variable(role): with_account(server, role, password, database) for role, password in _passwords(site).items()
    }


def _variable(role: str) -> str:
    return {
        OWNER: "KARAVAN_DATABASE_URL",
        CLIENT: "KARAVAN_DATABASE_CLIENT_URL",
        STAFF: "KARAVAN_DATABASE_STAFF_URL",
    }[role]
