"""Surface O on the wire: any method, any path below the interface's root."""

from urllib.parse import quote

from litestar import HttpMethod, Response, route
from litestar.types import HTTPScope

from erp_peer.http.answers import AnyRequest
from erp_peer.odata.reading import Base
from erp_peer.odata.service import Call, answer
from erp_peer.peer import Infobase, Peer

ROOT = "/odata/standard.odata"
_METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PATCH, HttpMethod.PUT, HttpMethod.DELETE]


def _below(scope: HTTPScope) -> str:
    """The rest of the path as it was sent: decoding it here would lose what is a slash and what is not."""
    raw = scope["raw_path"].partition(b"?")[0].decode("latin-1")
    return raw.partition(ROOT)[2]


@route(["/", "/{rest:path}"], http_method=_METHODS)
async def standard(peer: Peer, base: Infobase, request: AnyRequest) -> Response[bytes]:
    """Hand the call over."""
    headers = request.headers
    host = headers.get("host", f"{peer.settings.host}:{peer.settings.port}")
    reply = await answer(
        Base(peer.pool, base.ib, peer.settings.label_style, peer.settings.skip_us_per_row),
        Call(
            method=request.method,
            root=f"http://{host}/{quote(base.ib)}{ROOT}",
            path=_below(request.scope),
            query=request.scope["query_string"].decode("latin-1"),
            accept=headers.get("accept", ""),
            now=peer.clock.now(),
            body=await request.body(),
            media_type=headers.get("content-type", ""),
            if_match=headers.get("if-match", ""),
            load_mode=headers.get("1c_odata-dataloadmode", ""),
        ),
    )
    shown = {"DataServiceVersion": "3.0"} | ({"Location": reply.location} if reply.location else {})
    return Response(reply.body, status_code=reply.status, media_type=reply.media_type, headers=shown)
