"""A line to the stand-in on which one thing that it says is changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import httpx
import uvicorn

from tests.support.ports import free_port

Scope = Mapping[str, object]
Receive = Callable[[], Awaitable[Mapping[str, object]]]
Send = Callable[[Mapping[str, object]], Awaitable[None]]
Doctor = Callable[[str, bytes], bytes]  # path of the request, body of the answer
Ask = Callable[[str, bytes], tuple[str, bytes]]  # address with its query, body

_HOP_BY_HOP = {"content-length", "transfer-encoding", "connection", "content-encoding"}


@asynccontextmanager
async def doctored(url: str, doctor: Doctor, ask: Ask = lambda target, body: (target, body)) -> AsyncIterator[str]:
    """Serve what the stand-in serves, with answers that went through ``doctor`` and requests through ``ask``."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            body = await _body(receive)
            path = cast("bytes", scope["raw_path"]).decode()
            query = cast("bytes", scope["query_string"]).decode()
            headers = [
                (name, value)
                for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"])
                if name.decode() not in {*_HOP_BY_HOP, "host"}
            ]
            target = f"{path}?{query}" if query else path
            target, body = ask(target, body)
            answer = await http.request(str(scope["method"]), target, headers=headers, content=body)
            kept = [(k.encode(), v.encode()) for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
            await send({"type": "http.response.body", "body": doctor(path, answer.content)})

        port = free_port()
        server = uvicorn.Server(
            uvicorn.Config(serve, host="127.0.0.1", port=port, lifespan="off", log_level="error", access_log=False)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - it says so in no other way
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await serving


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(cast("bytes", message.get("body", b"")))
        if not message.get("more_body", False):
            return b"".join(parts)
