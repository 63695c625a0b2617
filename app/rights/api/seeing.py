"""Seeing as somebody else, for scripts in a browser: begin with a reason, ask how it stands, end."""

from typing import Final

from litestar import Request, Response, delete, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.edge import credential_of
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.kernel.clock import utc_now
from app.rights.schemas import SeeAsForm, SeeingState, SeeingView
from app.rights.services import seeing
from app.rights.services.desk import Desk

# Asked as oneself also while looking: the other person may have neither the right nor the answer.
_ONESELF: Final = {"permission": "profile:edit", "oneself": True}


class SeeingApi(Controller):
    """Looking through another person's eyes."""

    path = "/api/v1/access/see-as"
    tags = ("access",)

    @post(opt={"permission": "user:see_as"}, status_code=201)
    async def begin(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        jar: SessionCookies,
        data: SeeAsForm,
    ) -> Response[SeeingView]:
        """Begin, for half an hour and only to look: from now on this browser reads as the person does."""
        desk = Desk(transaction, policy, actor, utc_now())
        begun = await seeing.start(desk, data.person, data.reason, credential_of(request))
        return Response(begun.look, status_code=201, cookies=[jar.write_look(begun.credential)])

    @get(opt=_ONESELF)
    async def state(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        jar: SessionCookies,
    ) -> SeeingState:
        """Tell as whom this browser looks, why and until when."""
        desk = Desk(transaction, policy, actor, utc_now())
        return SeeingState(await seeing.running(desk, credential_of(request), jar.read_look(request.scope)))

    @delete(opt=_ONESELF, status_code=204)
    async def end(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        jar: SessionCookies,
    ) -> Response[None]:
        """Go back to oneself. Twice is harmless."""
        desk = Desk(transaction, policy, actor, utc_now())
        await seeing.end(desk, credential_of(request), jar.read_look(request.scope))
        return Response(None, status_code=204, cookies=[jar.clear_look()])
