"""See as: begin from the page "check one user", end from the strip on every page."""

from typing import Final

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.edge import credential_of
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.kernel.clock import utc_now
from app.kernel.errors import RejectedError
from app.rights import wording as words
from app.rights.schemas import SeeAsForm
from app.rights.services import seeing
from app.rights.services.desk import Desk

# Asked as oneself also while looking as somebody else: the way back must not hang on what the other may.
_ONESELF: Final = {"permission": "profile:edit", "oneself": True}


class SeeingPages(Controller):
    """Looking through another person's eyes."""

    @post("/access/see-as", opt={"permission": "user:see_as"}, status_code=200)
    async def begin(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
        jar: SessionCookies,
    ) -> Response[None]:
        """Begin, and go to the person's start page."""
        value = (await read_form(request, SeeAsForm)).result()
        desk = Desk(transaction, policy, actor, utc_now())
        try:
            begun = await seeing.start(desk, value.person, value.reason, credential_of(request))
        except RejectedError as error:
            told = " ".join(wording.problem(page.locale, one) for one in error.problems)
            return page.redirect(f"/access/check?person={value.person}", flash=Flash(told, "bad"))
        answer = page.redirect("/home")
        answer.set_cookie(jar.write_look(begun.credential))
        return answer

    @post("/see-as/end", opt=_ONESELF, status_code=200)
    async def end(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        jar: SessionCookies,
    ) -> Response[None]:
        """Go back to oneself."""
        desk = Desk(transaction, policy, actor, utc_now())
        seen = await seeing.end(desk, credential_of(request), jar.read_look(request.scope))
        path = "/home" if seen is None else f"/access/check?person={seen}"
        answer = page.redirect(path, flash=Flash(gettext(page.locale, words.ONESELF_AGAIN)))
        answer.set_cookie(jar.clear_look())
        return answer

    @get("/see-as/ended", opt=_ONESELF)
    async def ended(self, actor: Actor, page: Page) -> PageResponse:
        """Tell that a look is over, so that nobody takes their own pages for another's."""
        return page.render("rights/seen.html", status_code=200, headers=None, name=actor.name)
