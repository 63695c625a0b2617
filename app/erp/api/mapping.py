"""A tenant's own mapping as JSON."""

from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.controller import Controller

from app.access.actors import Actor
from app.access.policy import Policy
from app.erp.api.monitor import MANAGE, IfMatch
from app.erp.schemas import DraftInput, MappingView, ReasonInput
from app.erp.services import mapping
from app.erp.services.post import Post
from app.infra.db.transaction import Transaction
from app.infra.http.etags import etag, read_if_match


class MappingApi(Controller):
    """Where each stream comes from over the standard interface."""

    path = "/api/v1/erp/mapping"
    tags = ("erp",)
    opt = MANAGE

    @get()
    async def read(self, actor: Actor, transaction: Transaction, policy: Policy) -> Response[MappingView]:
        """Read the mapping in use, the draft with what was seen of it, and every one before."""
        return await _told(Post(transaction, actor, policy))

    @put("/draft")
    async def draft(
        self, actor: Actor, transaction: Transaction, policy: Policy, data: DraftInput, if_match: IfMatch = None
    ) -> Response[MappingView]:
        """Write a draft; within seconds it is held against the living ERP, and the answer stands beside it."""
        desk = Post(transaction, actor, policy)
        await mapping.draft(desk, data, read_if_match(if_match))
        return await _told(desk)

    @delete("/draft", status_code=200)
    async def drop(
        self, actor: Actor, transaction: Transaction, policy: Policy, if_match: IfMatch = None
    ) -> Response[MappingView]:
        """Throw the draft away."""
        desk = Post(transaction, actor, policy)
        await mapping.drop(desk, read_if_match(if_match))
        return await _told(desk)

    @post("/draft/look", status_code=202)
    async def look(
        self, actor: Actor, transaction: Transaction, policy: Policy, if_match: IfMatch = None
    ) -> Response[MappingView]:
        """Hold the draft against the ERP once more."""
        desk = Post(transaction, actor, policy)
        await mapping.look_again(desk, read_if_match(if_match))
        return await _told(desk)

    @post("/draft/use", status_code=200)
    async def use(
        self, actor: Actor, transaction: Transaction, policy: Policy, data: ReasonInput, if_match: IfMatch = None
    ) -> Response[MappingView]:
        """Put the draft into use; refused unless it was looked at within the hour and stops nothing."""
        desk = Post(transaction, actor, policy)
        await mapping.use(desk, data.reason, read_if_match(if_match))
        return await _told(desk)

    @post("/{mapping_id:uuid}/draft", status_code=200)
    async def go_back(
        self, mapping_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, if_match: IfMatch = None
    ) -> Response[MappingView]:
        """Draft a mapping that was in use before."""
        desk = Post(transaction, actor, policy)
        await mapping.go_back(desk, mapping_id, read_if_match(if_match))
        return await _told(desk)


async def _told(desk: Post) -> Response[MappingView]:
    view = await mapping.read_mapping(desk)
    return Response(view, headers={"ETag": etag(view.version)})
