"""Tenants of this installation: make one with its first administrator, list them all, let their ERP post hints."""

import argparse
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.places import recover_path, sign_in_path
from app.admin.founding import Founded, FoundingError, NewTenant, found_tenant, list_tenants
from app.cli.command import run_command
from app.cli.database import PORTAL
from app.cli.site import Site
from app.cli.standby import postgres_of, read_status
from app.erp.hints import hint_secret
from app.infra.db.engine import make_engine
from app.infra.processes.roles import OWNER, with_account
from app.people.links import Links
from app.people.services.first_link import LINK_DAYS, FirstLinks

HEADS = ("code", "name", "country", "time zone", "infobase", "administrators")


def main(words: Sequence[str]) -> int:
    """Make or list; whoever founds a tenant a second time changes nothing."""
    said = cast("dict[str, str]", vars(_parser().parse_args(words)))
    step = said.pop("step")
    if step == "list":
        return run_command(show_tenants)
    if step == "hints":
        return run_command(partial(show_hints, code=said["code"]))
    return run_command(partial(create_tenant, plan=NewTenant(**said)))


async def create_tenant(site: Site, plan: NewTenant) -> int:
    """Make the tenant and say what its administrator needs, once."""
    links = FirstLinks(Links(site.env.get("KARAVAN_SECRET_KEY", site.secrets.secret_key)))
    try:
        async with owner_of(site) as owner:
            made = await found_tenant(owner, plan, links.make)
    except FoundingError as error:
        sys.stderr.write("".join(f"{reason}\n" for reason in error.reasons))
        return 1
    _tell(site, plan, made)
    return 0


async def show_tenants(site: Site) -> int:
    """List the tenants as a table."""
    async with owner_of(site) as owner:
        found = await list_tenants(owner)
    rows = [HEADS, *((o.code, o.name, o.country, o.zone, o.infobase, str(o.administrators)) for o in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    for row in rows:
        site.say("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0


async def show_hints(site: Site, code: str) -> int:
    """Say what the ERP of a tenant needs to post hints: it signs with a secret that is no other tenant's."""
    async with owner_of(site) as owner:
        if code not in {one.code for one in await list_tenants(owner)}:
            sys.stderr.write(f"No tenant is called {code}.\n")
            return 1
    running = read_status(site)
    place = running.url if running else site.env.get("KARAVAN_PUBLIC_URL", "")
    site.say(f"Address: {place}/api/v1/erp/events")
    site.say(f"Secret:  {hint_secret(site.env.get('KARAVAN_SECRET_KEY', site.secrets.secret_key), code)}")
    return 0


@asynccontextmanager
async def owner_of(site: Site) -> AsyncIterator[AsyncEngine]:
    """Connect as the owner of the tables, beside a running portal or without it."""
    async with postgres_of(site) as server:
        is_owner = urlsplit(server).username == OWNER
        database = None if site.env.get("KARAVAN_DATABASE_URL") else PORTAL
        url = server if is_owner else with_account(server, OWNER, site.secrets.owner, database)
        engine = make_engine(url, pool_size=2)
        try:
            yield engine
        finally:
            await engine.dispose()


def _tell(site: Site, plan: NewTenant, made: Founded) -> None:
    site.say(f"Tenant {plan.code} is {'made' if made.is_new else 'there already; nothing of it was changed'}.")
    running = read_status(site)
    place = running.url if running else site.env.get("KARAVAN_PUBLIC_URL", "")
    if made.token:
        site.say(f"Administrator:  {plan.admin_email}")
        site.say(f"Choose a password: {place}{recover_path(plan.locale, plan.code)}/{made.token}")
        site.say(
            f"The link opens once, for this address only, within {LINK_DAYS} days. Hand it on to the administrator and"
            " to nobody else; run the same command again for a new one."
        )
    else:
        site.say(
            f"{plan.admin_email} has a password already; whoever forgot it asks for a new one on the sign-in page."
        )
    site.say(f"Sign-in page:   {place}{sign_in_path(plan.locale, plan.code)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.cli tenant", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="list the tenants of this installation")
    hints = steps.add_parser("hints", help="say where and with which secret a tenant's ERP posts its hints")
    hints.add_argument("--code", required=True, help="the word in the tenant's public addresses")
    create = steps.add_parser("create", help="make a tenant and its first administrator; repeating is harmless")
    for name, text in (
        ("code", "the word in its public addresses: small Latin letters, digits, hyphens"),
        ("name", "its name in Russian"),
        ("country", "where it works, ISO code: KZ"),
        ("infobase", "its base on the ERP's server"),
        ("prefix", "what its order numbers begin with: one to four capital letters"),
        ("admin-email", "the first administrator's address, which is the login"),
        ("admin-name", "the first administrator's name"),
    ):
        create.add_argument(f"--{name}", required=True, help=text)
    create.add_argument("--zone", default="", help="time zone of its business day (default: the country's)")
    create.add_argument("--currency", default="", help="its main currency (default: the country's)")
    create.add_argument("--name-kk", default="", help="its name in Kazakh (default: as in Russian)")
    create.add_argument("--name-en", default="", help="its name in English (default: as in Russian)")
    create.add_argument("--locale", default="ru", help="the administrator's language: ru, kk or en")
    return parser
