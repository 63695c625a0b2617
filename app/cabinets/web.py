"""Home and search, as pages."""

from typing import Annotated, Final

from litestar import get
from litestar.controller import Controller
from litestar.params import Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.cabinets.ports import Ask
from app.cabinets.services.home import Home
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.http.text import clean_text

_LONGEST: Final = 100
Search = Annotated[str, Parameter(description="What to look for")]


class HomePages(Controller):
    """Where everybody lands, and the search of the top bar."""

    opt = {"permission": "profile:edit"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get("/home")
    async def home(
        self, actor: Actor, transaction: Transaction, policy: Policy, home: Home, page: Page
    ) -> PageResponse:
        """Show the home page of the cabinet."""
        ask = Ask(transaction, actor, policy)
        columns = await home.columns(ask)
        if page.is_partial:
            return page.fragment("cabinets/home.html", "rows", columns=columns)
        can_order = await ask.may("order", "draft")
        return page.render(
            "cabinets/home.html",
            actor=actor,
            columns=columns,
            can_order=can_order and home.has_page("/orders/new"),
            can_browse=home.has_page("/catalog") and await ask.may("offer", "view"),
        )

    @get("/search")
    async def search(
        self, actor: Actor, transaction: Transaction, policy: Policy, home: Home, page: Page, q: Search = ""
    ) -> PageResponse:
        """Look in every room for what was typed."""
        text = clean_text(q, field="q", max_length=_LONGEST)
        groups = await home.find(Ask(transaction, actor, policy), text) if text else []
        return page.render("cabinets/search.html", text=text, groups=groups)

    @get("/_ui")
    async def components(self, page: Page) -> PageResponse:
        """Show every component in every state, for whoever builds pages (DESIGN, section 4)."""
        return page.render("ui/gallery.html", has_errors=True)


WEB: Final = [HomePages]
