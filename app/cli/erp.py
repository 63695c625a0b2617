"""Questions to a tenant's 1C:ERP: what it can do for the portal, over either interface."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import cast

import msgspec
from msgspec import Struct

from app.admin.founding import list_tenants
from app.cli.command import run_command
from app.cli.peer import PASSWORD
from app.cli.show import columns
from app.cli.site import LOOPBACK, Site
from app.cli.standby import read_status
from app.cli.tenant import owner_of
from app.erp.drafting import read_mapping
from app.erp.families import Family
from app.erp.ports import Surface
from app.erp.probing import Report, keep, probe_odata, probe_service
from app.erp.wire.calling import USER, Address
from app.settings.jobs import read_entry
from app.settings.ports import Entry
from app.settings.services.infobase import make_servers


class Wish(Struct, frozen=True):
    """What was asked for."""

    tenant: str
    surface: str
    write: bool
    json: bool


def main(words: Sequence[str]) -> int:
    """Probe; 0 if everything asked for can be used."""
    said = cast("dict[str, object]", vars(_parser().parse_args(words)))
    said.pop("step")
    return run_command(partial(probe, wish=msgspec.convert(said, Wish)))


async def probe(site: Site, wish: Wish) -> int:
    """Ask one interface or both, keep what was found for the page, and print it."""
    async with owner_of(site) as owner:
        found = {line.code: line for line in await list_tenants(owner)}
        tenant = found.get(wish.tenant)
        if tenant is None:
            sys.stderr.write(f"There is no tenant {wish.tenant}; there are {', '.join(found)}.\n")
            return 1
        url = _server(site)
        servers = make_servers(url, _listed(site), site.env.get("KARAVAN_SECRET_KEY", site.secrets.secret_key))
        usual = Entry(url, tenant.infobase, USER, site.env.get("KARAVAN_ERP_PASSWORD", PASSWORD))
        entry = await read_entry(owner, tenant.id, servers, usual)
        if entry is None:
            sys.stderr.write("The infobase this tenant named may not be entered: see its page under Settings.\n")
            return 1
        address = Address(entry.base, entry.infobase, tenant.code, entry.username, entry.password)
        family = (await read_mapping(owner, tenant.id)).family
        reports = [await _ask(address, surface, family, wish) for surface in _surfaces(wish)]
        for report in reports:
            await keep(owner, tenant.id, report)
    site.say(msgspec.json.encode(reports).decode() if wish.json else "\n".join(map(shown, reports)))
    return 0 if all(is_usable(report) for report in reports) else 1


def is_usable(report: Report) -> bool:
    """Whether nothing that was asked failed."""
    return not any(check.state == "failed" for check in (*report.checks, *report.streams))


def shown(report: Report) -> str:
    """A report as tables for a terminal; streams that are as they should be are only counted."""
    title = {"h": "HTTP service of the extension (H)", "o": "standard OData (O)"}[report.surface]
    lines = ["", f"{report.tenant}: {title}", ""]
    lines += columns([("question", "answer", ""), *((one.name, one.state, one.said) for one in report.checks)])
    if report.streams:
        wrong = [one for one in report.streams if one.state != "ok"]
        lines += ["", f"{len(report.streams) - len(wrong)} of {len(report.streams)} streams are as they should be."]
        if wrong:
            lines += columns([("stream", "answer", ""), *((one.stream, one.state, one.said) for one in wrong)])
    lines += [f"  {stream.stream}: {field}" for stream in report.streams for field in stream.wrong_fields]
    return "\n".join(line.rstrip() for line in [*lines, "", verdict(report)])


def verdict(report: Report) -> str:
    """What follows from a report, in one sentence, and what to do next."""
    if not report.is_reached:
        return "Not usable: nobody answers as it should. Check address, infobase, user and publication."
    if is_usable(report):
        return "Usable."
    failed = [one.stream for one in report.streams if one.state == "failed"]
    if all(one.state != "failed" for one in report.checks):
        names = ", ".join(failed)
        return f"Usable but for {names}: these stop and say so, all else goes on. Name the fields on the page Mapping."
    return "Not usable as it is: see what failed above."


async def _ask(address: Address, surface: Surface, family: Family, wish: Wish) -> Report:
    if surface == "h":
        return await probe_service(address)
    return await probe_odata(address, family, may_write=wish.write)


def _surfaces(wish: Wish) -> Sequence[Surface]:
    every: tuple[Surface, ...] = ("h", "o")
    return [one for one in every if wish.surface in {"", one}]


def _server(site: Site) -> str:
    if given := site.env.get("KARAVAN_ERP_URL"):
        return given.rstrip("/")
    status = read_status(site)
    port = status.parts["erp_peer"].port if status and "erp_peer" in status.parts else None
    return f"http://{LOOPBACK}:{port or 0}"


def _listed(site: Site) -> Sequence[str]:
    return [one.strip() for one in site.env.get("KARAVAN_ERP_HOSTS", "").split(",") if one.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.cli erp", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("probe", help="find out what a tenant's 1C:ERP can do; reads only, unless told otherwise")
    step.add_argument("--tenant", required=True, help="the tenant's code")
    step.add_argument("--surface", choices=("h", "o"), default="", help="only this interface (default: both)")
    step.add_argument("--write", action="store_true", help="also try a scratch object, marked for deletion at once")
    step.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser
