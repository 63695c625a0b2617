"""The stand-in 1C:ERP of a demo, or the real one a setting names."""

from collections.abc import Mapping
from functools import partial

from app.admin.tenants import DEMO_TENANTS
from app.cli.database import PEER_DATABASE
from app.cli.servers import postgres_part, superuser_url
from app.cli.site import LOOPBACK, Site, Wing, python_command
from app.erp.hints import hint_secret
from app.infra.processes.health import http_get
from app.infra.processes.parts import Node, Part, Step
from app.infra.processes.roles import PEER, ensure_databases, ensure_roles, with_account

PEER_PORT, OWN_POSTGRES_PORT = 7380, 54_420
PASSWORD = "karavan-erp"  # noqa: S105 - of the stand-in's demo data, printed in its manual
LOADS_WITHIN_S = 900  # profile `full` on a slow disk
# Demo orders travel on by themselves, a day in 24 minutes; the tiny world stands still, so that tests can move it.
_LIFE = ("--simulate", "--speed", "60", "--rate", "0.1/s")


def plan_erp(site: Site, shared_postgres: int | None, address: Mapping[str, str]) -> Wing:
    """The stand-in; it shares the embedded PostgreSQL on that port, in a database of its own.

    ``address`` is what the portal is told of itself: the stand-in posts its hints there.
    """
    env = {"KARAVAN_ERP_PASSWORD": site.env.get("KARAVAN_ERP_PASSWORD", PASSWORD)}
    if given := site.env.get("KARAVAN_ERP_URL"):
        facts = {"pid": None, "port": None, "log": None, "url": given}
        return Wing(env={**env, "KARAVAN_ERP_URL": given}, outside=facts)
    port = site.ports.take(LOOPBACK, PEER_PORT)
    url = f"http://{LOOPBACK}:{port}"
    before: tuple[Node, ...] = ()
    if shared_postgres is None:
        # The portal's server belongs to others; the stand-in must not need rights there.
        shared_postgres = site.ports.take(LOOPBACK, OWN_POSTGRES_PORT)
        before = _own_postgres(site, shared_postgres)
    server = superuser_url(site, shared_postgres)
    database = with_account(server, PEER, site.secrets.peer, PEER_DATABASE)
    profile = site.env.get("KARAVAN_PROFILE", "demo")
    token = site.secrets.erp_control
    facts = {
        "port": port,
        "url": url,
        "control_url": f"{url}/_control",
        "control_token": token,
    }
    part = Part(
        name="erp_peer",
        command=partial(
            python_command,
            # What must stay between us goes by environment: words of a command are seen by every user.
            {
                **site.env,
                "PYTHONUNBUFFERED": "1",
                "ERP_PEER_DB": database,
                "ERP_PEER_CONTROL_TOKEN": token,
                "ERP_PEER_HINT_SECRET": _hint_secrets(address["KARAVAN_SECRET_KEY"]),
            },
            *("erp_peer", "serve", "--host", LOOPBACK, "--port", str(port)),
            *("--profile", profile, "--seed", "1"),
            *("--hint-url", f"{address['KARAVAN_PUBLIC_URL']}/api/v1/erp/events"),
            *(() if profile == "tiny" else _LIFE),
        ),
        is_healthy=partial(_is_healthy, f"{url}/healthz"),
        needs=(before[-1].name if before else "roles",),
        facts=facts,
        listens=(LOOPBACK, port),
        start_within_s=LOADS_WITHIN_S,
    )
    return Wing(nodes=(*before, part), env={**env, "KARAVAN_ERP_URL": url})


def _hint_secrets(secret_key: str) -> str:
    """What the stand-in signs the hints of each of its infobases with."""
    return " ".join(f"{one.code}={hint_secret(secret_key, one.code)}" for one in DEMO_TENANTS)


def _own_postgres(site: Site, port: int) -> tuple[Node, ...]:
    account = (PEER, site.secrets.peer, PEER_DATABASE)
    part = postgres_part(site, "erp_postgres", port, shown_as=account)
    return part, Step("erp_roles", partial(_make, site, port), needs=(part.name,))


async def _make(site: Site, port: int) -> None:
    admin = superuser_url(site, port)
    await ensure_roles(admin, {PEER: site.secrets.peer})
    await ensure_databases(admin, {PEER_DATABASE: PEER})


async def _is_healthy(url: str) -> bool:
    return (await http_get(url)).status == 200  # noqa: PLR2004 - OK
