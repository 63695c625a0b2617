"""Questions a server answers when it is really there. Small on purpose: the starter stays light."""

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import asyncpg
from msgspec import Struct

from app.infra.processes.parts import StartError

ANSWER_WITHIN_S = 3.0


class Answer(Struct, frozen=True):
    """What an HTTP server said."""

    status: int
    body: bytes


async def http_get(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask once.

    Raises:
        OSError: nobody answers at that address, or too late, or not in HTTP.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    lines = [f"GET {parts.path or '/'} HTTP/1.0", f"Host: {host}:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    async with asyncio.timeout(ANSWER_WITHIN_S):
        said = await _exchange(host, port, "\r\n".join([*lines, "", ""]).encode())
    head, _, body = said.partition(b"\r\n\r\n")
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - protocol and status
        message = f"{url} does not answer in HTTP"
        raise OSError(message)
    return Answer(status=int(words[1]), body=body)


async def valkey_answers(url: str) -> bool:
    """Whether a server of the Redis protocol takes the password and has read its file."""
    parts = urlsplit(url)
    commands = [f"AUTH {unquote(parts.password)}"] if parts.password else []
    talk = "\r\n".join([*commands, "PING", "QUIT", ""]).encode()
    async with asyncio.timeout(ANSWER_WITHIN_S):
        said = await _exchange(parts.hostname or "", parts.port or 6379, talk)
    return b"+PONG" in said


async def postgres_answers(url: str) -> bool:
    """Whether PostgreSQL accepts the account.

    Raises:
        StartError: it runs, but the account is not the one its data folder was made with.
    """
    try:
        connection = await asyncpg.connect(url, timeout=ANSWER_WITHIN_S)
    except asyncpg.CannotConnectNowError:
        return False
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        message = (
            f"PostgreSQL refuses the password in secrets.json: {error}. "
            "Put back the file that belongs to this data folder, or restore a backup."
        )
        raise StartError(message) from error
    await connection.close()
    return True


async def _exchange(host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()
