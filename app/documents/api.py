"""Attached files as they are (CONTRACT, section 3): bytes that no browser takes for a page of ours."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from app.access.actors import Actor
from app.access.downloads import offer
from app.access.policy import Policy
from app.documents.names import plain_name
from app.documents.owners import Asking
from app.documents.services.shelf import Shelf
from app.infra.db.transaction import Transaction

# A picture or a document that is opened by mistake runs nothing and sends nothing anywhere.
_SANDBOX: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
_KNOWN: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain", "text/csv"})
_OTHER: Final = "application/octet-stream"


class FilesApi(Controller):
    """Files that came from 1C:ERP."""

    path = "/api/v1/files"
    tags = ("files",)

    @get("/{file_id:uuid}", opt={"permission": "document:view"}, media_type=_OTHER)
    async def content(
        self,
        file_id: UUID,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        shelf: Shelf,
    ) -> Response[bytes]:
        """Give a file to be saved; one that is not the reader's, or has not arrived, is not there."""
        file, download = await shelf.open(Asking(transaction, policy, actor), file_id)
        offer(request.scope, download)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain_name(file.name), safe='')}",
            "Content-Security-Policy": _SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "ETag": f'"{file.sha256}"',
        }
        kind = file.media_type if file.media_type in _KNOWN else _OTHER
        return Response(b"", media_type=kind, headers=headers)


API: Final[Sequence[ControllerRouterHandler]] = (FilesApi,)
