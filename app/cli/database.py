"""Where the portal keeps its data: an embedded PostgreSQL, or the one a setting names."""

from functools import partial
from urllib.parse import urlsplit

from app.cli.servers import postgres_part, superuser_url, valkey_part
from app.cli.site import LOOPBACK, Site, Wing
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
        roles = Step("roles", partial(make_accounts, site, given))
        outside = {"pid": None, "port": urlsplit(given).port, "log": None, "url": given}
        env = {**_urls(site, given), **{_variable(role): url for role, url in _given_accounts(site).items()}}
        return Wing(nodes=(roles,), env=env, outside=outside)
    port = site.ports.take(LOOPBACK, POSTGRES_PORT)
    admin = superuser_url(site, port)
    part = postgres_part(site, "postgres", port, shown_as=(OWNER, site.secrets.owner, PORTAL))
    roles = Step("roles", partial(make_accounts, site, admin), needs=("postgres",))
    return Wing(nodes=(part, roles), env=_urls(site, admin, PORTAL))


async def make_accounts(site: Site, admin: str) -> None:
    """Make the roles and databases that ``admin`` can make and nobody has given. Repeating is harmless.

    On a server of others its account makes ours, unless their addresses are given too.

    Raises:
        StartError: the account may not do it; the message says what to set instead.
    """
    if "KARAVAN_DATABASE_URL" not in site.env:
        await ensure_roles(admin, {**_passwords(site), PEER: site.secrets.peer})
        await ensure_databases(admin, {PORTAL: OWNER, PEER_DATABASE: PEER})
        return
    given = _given_accounts(site)
    missing = {role: password for role, password in _passwords(site).items() if role not in given}
    if missing:
        await ensure_roles(admin, missing)
    if OWNER in missing:
        await take_over(admin)


def _given_accounts(site: Site) -> dict[str, str]:
    """Addresses of our own roles that the settings name, by role."""
    given = {role: site.env.get(_variable(role), "") for role in (OWNER, CLIENT, STAFF)}
    return {role: url for role, url in given.items() if url and (role != OWNER or urlsplit(url).username == OWNER)}


def plan_redis(site: Site) -> Wing:
    """Valkey, or the server of the Redis protocol a setting names."""
    if given := site.env.get("KARAVAN_REDIS_URL"):
        outside = {"pid": None, "port": urlsplit(given).port, "log": None, "url": given}
        return Wing(env={"KARAVAN_REDIS_URL": given}, outside=outside)
    part = valkey_part(site, site.ports.take(LOOPBACK, VALKEY_PORT))
    return Wing(nodes=(part,), env={"KARAVAN_REDIS_URL": str(part.facts["url"])})


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
