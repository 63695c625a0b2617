"""Comparisons with the ERP as JSON."""

from uuid import UUID

from litestar import Response, get, post, put
from litestar.controller import Controller

from app.access.actors import Actor
from app.access.downloads import offer
from app.access.policy import Policy
from app.erp.api.monitor import MANAGE, IfMatch
from app.erp.schemas import (
    CompareInput,
    ComparisonView,
    DifferenceView,
    FileInput,
    RegulationInput,
    RegulationView,
)
from app.erp.services import comparisons
from app.erp.services.post import Post
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.infra.http.etags import etag, read_if_match
from app.infra.http.request import EdgeRequest


class ComparisonsApi(Controller):
    """What the portal has against what the ERP has."""

    path = "/api/v1/erp/comparisons"
    tags = ("erp",)
    opt = MANAGE

    @get()
    async def every(self, actor: Actor, transaction: Transaction, policy: Policy) -> Collection[ComparisonView]:
        """List comparisons, the newest first."""
        found = await comparisons.read_comparisons(Post(transaction, actor, policy))
        return Collection(found, None, len(found))

    @post(status_code=202)
    async def ask(
        self, actor: Actor, transaction: Transaction, policy: Policy, data: CompareInput
    ) -> Collection[ComparisonView]:
        """Ask for a comparison now; 409 while one is under way."""
        desk = Post(transaction, actor, policy)
        await comparisons.ask(desk, data.depth)
        found = await comparisons.read_comparisons(desk)
        return Collection(found, None, len(found))

    @get("/schedule")
    async def schedule(self, actor: Actor, transaction: Transaction, policy: Policy) -> Response[RegulationView]:
        """Read how often is compared."""
        return _told(await comparisons.read_regulation(Post(transaction, actor, policy)))

    @put("/schedule")
    async def regulate(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: RegulationInput,
        if_match: IfMatch = None,
    ) -> Response[RegulationView]:
        """Change how often is compared, and how much is healed without asking."""
        version = read_if_match(if_match)
        return _told(await comparisons.regulate(Post(transaction, actor, policy), data, version))

    @get("/{comparison_id:uuid}/differences")
    async def differences(
        self, comparison_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Collection[DifferenceView]:
        """List what a comparison found, those that stand first; at most 200, the file has all."""
        found = await comparisons.read_differences(Post(transaction, actor, policy), comparison_id)
        return Collection(found, None, len(found))

    @post("/{comparison_id:uuid}/export", status_code=200)
    async def export(
        self,
        comparison_id: UUID,
        request: EdgeRequest,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: FileInput,
    ) -> Response[bytes]:
        """Give all of it as a file."""
        offer(request.scope, await comparisons.export(Post(transaction, actor, policy), comparison_id, data.format))
        media = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        headers = {"Content-Disposition": f'attachment; filename="differences.{data.format}"'}
        return Response(b"", media_type=media[data.format], headers={**headers, "Cache-Control": "no-store"})


def _told(view: RegulationView) -> Response[RegulationView]:
    return Response(view, headers={"ETag": etag(view.version)})
