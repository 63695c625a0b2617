"""Why somebody may or may not, as JSON."""

from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from litestar.params import Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.kernel.clock import utc_now
from app.rights.schemas import ExplainView
from app.rights.services import answers, asking, showing
from app.rights.services.desk import Desk, refuse

_VIEW: Final = {"permission": "access:view"}
OfUser = Annotated[UUID | None, Parameter(description="a membership, or a person who has only one; required")]
OfPermission = Annotated[str, Parameter(max_length=80, description="resource:action; required")]
OfObject = Annotated[UUID | None, Parameter(description="an object of the kind the permission is about")]


class ExplainApi(Controller):
    """Explanations."""

    path = "/api/v1/access/explain"
    tags = ("access",)
    opt = _VIEW

    @get()
    async def explain(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        user: OfUser = None,
        permission: OfPermission = "",
        object: OfObject = None,  # noqa: A002 - the name of the query parameter
    ) -> ExplainView:
        """Tell whether somebody may do something to an object, every rule behind it, and what would grant it."""
        if user is None or not permission:
            raise refuse("required", "user" if user is None else "permission")
        desk = Desk(transaction, policy, actor, utc_now())
        return answers.view(await asking.ask(desk, user, showing.permission_of(permission), object, actor.locale))
