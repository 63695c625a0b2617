"""Where an ERP posts that something changed (ERP surface H, section 7)."""

from typing import Annotated, Final

from litestar import Request, post
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.params import HeaderParameter

from app.erp.hints import HintBox
from app.infra.http.visit import visit_of

_MOST_BYTES: Final = 256 * 1024
_Signature = Annotated[
    str, HeaderParameter(name="X-Portal-Signature", max_length=200, description="sha256=<hex HMAC of the body>")
]
_Tenant = Annotated[str, HeaderParameter(name="X-Portal-Tenant", max_length=100, description="code of the tenant")]


class HintsApi(Controller):
    """What an ERP tells on its own."""

    path = "/api/v1/erp"
    tags = ("erp",)
    opt = {"permission": "public", "anonymous": True}  # noqa: RUF012 - the framework reads a class attribute

    @post("/events", status_code=202, request_max_body_size=_MOST_BYTES)
    async def hear(
        self,
        request: Request[object, object, State],
        hints: HintBox,
        signature: _Signature = "",
        tenant_code: _Tenant = "",
    ) -> None:
        """Take a signed hint that something changed, and look; a hint carries no data, and repeating it is harmless."""
        await hints.take(visit_of(request.scope).address, tenant_code, signature, await request.body())
