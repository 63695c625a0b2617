"""Waiting for the first data from the ERP, with something to read meanwhile."""

import asyncio
from collections.abc import Callable

import msgspec

from app.infra.processes.health import http_get

LOOK_EVERY_S = 0.25
OK = 200


class _Health(msgspec.Struct):
    parts: dict[str, dict[str, object]] = {}


async def wait_for_first_load(url: str, say: Callable[[str], None]) -> None:
    """Return when the portal calls itself ready; say what it still waits for whenever that changes."""
    said = ""
    while True:
        try:
            answer = await http_get(f"{url}/health/ready")
        except OSError:  # a restart of the web part is the supervisor's business
            await asyncio.sleep(LOOK_EVERY_S)
            continue
        if answer.status == OK:
            return
        waits_for = describe(answer.body)
        if waits_for != said:
            say(waits_for)
            said = waits_for
        await asyncio.sleep(LOOK_EVERY_S)


def describe(body: bytes) -> str:
    """The parts that are not ready yet, as one line."""
    try:
        health = msgspec.json.decode(body, type=_Health)
    except msgspec.MsgspecError:
        return "Waiting for the portal"
    words = [
        " ".join(str(value) for value in (name, *part.values()) if value is not None)
        for name, part in health.parts.items()
        if part.get("state") not in {"ready", "ok"}
    ]
    return f"Waiting for {', '.join(words) or 'the portal'}"
