"""Messages that were given up, and conflicts."""

from uuid import UUID

from litestar import get, post
from litestar.controller import Controller

from app.access.actors import Actor
from app.access.policy import Policy
from app.erp.api.monitor import MANAGE, IfMatch
from app.erp.schemas import ChoiceInput, ConflictView, MessageView, ReasonInput
from app.erp.services import choosing, messages
from app.erp.services.post import Post
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.infra.http.etags import read_if_match


class MessagesApi(Controller):
    """Messages to the ERP that could not be delivered."""

    path = "/api/v1/erp/messages"
    tags = ("erp",)
    opt = MANAGE

    @get()
    async def every(self, actor: Actor, transaction: Transaction, policy: Policy) -> Collection[MessageView]:
        """List messages that wait for a decision, the newest first."""
        waiting, _ = await messages.read_messages(Post(transaction, actor, policy))
        return Collection(waiting, None, len(waiting))

    @get("/{message_id:uuid}")
    async def read(self, message_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> MessageView:
        """Read a message with its attempts, masked, and what was done about it."""
        return await messages.read_message(Post(transaction, actor, policy), message_id)

    @post("/{message_id:uuid}/retry", status_code=200)
    async def retry(
        self, message_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: ReasonInput
    ) -> MessageView:
        """Try again under the same id."""
        desk = Post(transaction, actor, policy)
        await messages.decide(desk, message_id, "retry", data.reason)
        return await messages.read_message(desk, message_id)

    @post("/{message_id:uuid}/renew", status_code=200)
    async def renew(
        self, message_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: ReasonInput
    ) -> MessageView:
        """Send as a new version, under an id of its own."""
        desk = Post(transaction, actor, policy)
        await messages.decide(desk, message_id, "renew", data.reason)
        return await messages.read_message(desk, message_id)

    @post("/{message_id:uuid}/skip", status_code=200)
    async def skip(
        self, message_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: ReasonInput
    ) -> MessageView:
        """Leave it out for good."""
        desk = Post(transaction, actor, policy)
        await messages.decide(desk, message_id, "skip", data.reason)
        return await messages.read_message(desk, message_id)


class ConflictsApi(Controller):
    """What was changed on both sides."""

    path = "/api/v1/erp/conflicts"
    tags = ("erp",)
    opt = MANAGE

    @get()
    async def every(self, actor: Actor, transaction: Transaction, policy: Policy) -> Collection[ConflictView]:
        """List conflicts, those that wait for a choice first."""
        found = await choosing.read_conflicts(Post(transaction, actor, policy))
        return Collection(found, None, len(found))

    @get("/{conflict_id:uuid}")
    async def read(self, conflict_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> ConflictView:
        """Read one conflict, field by field."""
        return await choosing.read_conflict(Post(transaction, actor, policy), conflict_id)

    @post("/{conflict_id:uuid}/choose", status_code=200)
    async def choose(
        self,
        conflict_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: ChoiceInput,
        if_match: IfMatch = None,
    ) -> ConflictView:
        """Let one version stand."""
        desk, version = Post(transaction, actor, policy), read_if_match(if_match)
        await choosing.choose(desk, conflict_id, data.choice, data.reason, version)
        return await choosing.read_conflict(desk, conflict_id)
