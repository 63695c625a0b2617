"""How the exchange stands, and what steers it."""

from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import get, post, put
from litestar.controller import Controller
from litestar.params import HeaderParameter, Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.erp.schemas import AlertView, ExchangeView, PauseInput, ReasonInput
from app.erp.services import overview
from app.erp.services.post import Post
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.infra.http.etags import read_if_match

VIEW: Final = {"permission": "erp:view"}
MANAGE: Final = {"permission": "erp:manage"}
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="The version that is changed")]
OfDirection = Annotated[Literal["in", "out"], Parameter(description="in: news from the ERP; out: messages to it")]
OfStream = Annotated[str, Parameter(max_length=60, description="the name of a stream, as the list gives it")]


class ExchangeApi(Controller):
    """The exchange at a glance."""

    path = "/api/v1/erp"
    tags = ("erp",)
    opt = VIEW

    @get()
    async def read(self, actor: Actor, transaction: Transaction, policy: Policy) -> ExchangeView:
        """Read channels, streams, throughput of the last hour, messages and alerts."""
        return await overview.read_exchange(Post(transaction, actor, policy))

    @get("/alerts")
    async def alerts(self, actor: Actor, transaction: Transaction, policy: Policy) -> Collection[AlertView]:
        """List alerts that stand, and those that ended within a week."""
        found = await overview.read_alerts(Post(transaction, actor, policy))
        return Collection(found, None, len(found))

    @post("/alerts/{alert_id:uuid}/seen", opt=MANAGE, status_code=204)
    async def see(
        self, alert_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, if_match: IfMatch = None
    ) -> None:
        """Say that one looks after an alert."""
        await overview.see_alert(Post(transaction, actor, policy), alert_id, read_if_match(if_match))

    @put("/channels/{direction:str}", opt=MANAGE)
    async def pause(
        self,
        direction: OfDirection,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: PauseInput,
        if_match: IfMatch = None,
    ) -> ExchangeView:
        """Pause a direction or let it through again; If-Match names the version of the channel."""
        desk, version = Post(transaction, actor, policy), read_if_match(if_match)
        await overview.set_pause(desk, direction, is_paused=data.paused, reason=data.reason, version=version)
        return await overview.read_exchange(desk)

    @post("/streams/{stream:str}/reload", opt=MANAGE, status_code=202)
    async def reload(
        self, stream: OfStream, actor: Actor, transaction: Transaction, policy: Policy, data: ReasonInput
    ) -> None:
        """Ask to load a stream anew."""
        await overview.reload(Post(transaction, actor, policy), stream, data.reason)
