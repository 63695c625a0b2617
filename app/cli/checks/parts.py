"""The parts: do they run, do they answer, is a port in the way."""

from pathlib import Path

import msgspec
from msgspec import Struct

from app.cli.checks import Finding, bad, doubtful, good
from app.cli.plan import DEFAULT_PORT
from app.cli.site import LOOPBACK, Site
from app.cli.standby import read_status
from app.infra.processes.health import http_get
from app.infra.processes.installation import AlreadyRunsError, only_one
from app.infra.processes.parts import StartError


class _Part(Struct):
    state: str
    note: str = ""


class _Health(Struct):
    state: str
    parts: dict[str, _Part]


async def check_parts(site: Site) -> list[Finding]:
    """Look at every part of a running portal, or at what would hinder a start."""
    try:
        with only_one(site.folder):
            return _before_start(site)
    except AlreadyRunsError:
        pass
    status = read_status(site)
    if status is None:
        return [doubtful("The portal is just starting or stopping; ask again in a moment.")]
    findings = [good(f"The portal is {status.state} at {status.url}")]
    for name, part in status.parts.items():
        if part.pid is None:
            findings.append(
                doubtful(f"{name} has no process: run by others, or being started again ({_log(site, name)})")
            )
        elif not Path(f"/proc/{part.pid}").exists():
            findings.append(bad(f"{name} should be process {part.pid}, which does not exist. See {_log(site, name)}"))
        else:
            findings.append(good(f"{name} runs as process {part.pid}" + (f", port {part.port}" if part.port else "")))
    return [*findings, await _readiness(status.url)]


async def _readiness(url: str) -> Finding:
    try:
        answer = await http_get(f"{url}/health/ready")
    except OSError as error:
        return bad(f"{url} does not answer: {error}")
    try:
        health = msgspec.json.decode(answer.body, type=_Health)
    except msgspec.MsgspecError:
        return bad(f"{url} is answered by another program; see status.json")
    lame = [f"{name} is {part.state} ({part.note})" for name, part in health.parts.items() if part.state != "up"]
    if lame:
        return doubtful(f"The portal calls itself {health.state}: {', '.join(lame)}")
    return good(f"The portal calls itself {health.state}")


def _before_start(site: Site) -> list[Finding]:
    findings = [good("The portal does not run; start it with `make up`")]
    if read_status(site) is not None:
        findings.append(doubtful("It did not stop in order the last time; the next start repairs what is needed."))
    wanted = site.env.get("KARAVAN_PORT", DEFAULT_PORT)
    try:
        port = site.ports.take(site.env.get("KARAVAN_HOST", LOOPBACK), int(wanted))
    except (StartError, ValueError) as error:
        return [*findings, bad(str(error))]
    if port != int(wanted):
        findings.append(doubtful(f"Port {wanted} is taken by another program; `make up` would use {port}."))
    return findings


def _log(site: Site, name: str) -> Path:
    return site.log(name)
