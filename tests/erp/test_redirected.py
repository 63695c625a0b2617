"""A server that sends us elsewhere gets no company: neither the password nor a single question goes there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from msgspec import Struct, field

from app.erp.drafting import hold
from app.erp.families.reading import read_family
from app.erp.knocking import Wish, knock
from app.erp.probing import probe_odata, probe_service
from app.erp.surfaces import choose
from app.erp.wire.calling import Address


class Trap(Struct):
    """Two servers: one that sends elsewhere, and the elsewhere."""

    url: str = ""
    elsewhere: str = ""
    heard: list[bytes] = field(default_factory=list[bytes])


def base_of(server: asyncio.Server) -> str:
    """Where a server of this machine listens."""
    return f"http://127.0.0.1:{cast('tuple[str, int]', server.sockets[0].getsockname())[1]}"


@asynccontextmanager
async def serving(trap: Trap, status: str) -> AsyncIterator[None]:
    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trap.heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def sends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        head = (
            f"HTTP/1.1 {status}\r\nLocation: {trap.elsewhere}{path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(elsewhere, "127.0.0.1", 0) as there:
        trap.elsewhere = base_of(there)
        async with await asyncio.start_server(sends, "127.0.0.1", 0) as here:
            trap.url = base_of(here)
            yield


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_nobody_follows_a_redirection(status: str) -> None:
    trap = Trap()
    async with serving(trap, status):
        address = Address(trap.url, "erp", "alatau", "Портал", "secret")
        assert not (await probe_odata(address, read_family(), may_write=True)).is_reached
        assert not (await probe_service(address)).is_reached
        wishes: tuple[Wish, ...] = ("auto", "h", "o")
        for wish in wishes:
            assert (await knock(address, wish))[0] != "ok"
        assert not (await hold(address, read_family(), read_family("bas"))).is_answered
        assert await choose(address, "auto", read_family()) is None
    assert trap.heard == []
