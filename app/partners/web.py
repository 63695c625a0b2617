"""Pages of contracts and delivery addresses."""

from typing import Final, Literal, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText
from app.infra.http.page import Page, PageResponse
from app.infra.http.text import clean_text
from app.infra.i18n.wording import pgettext
from app.infra.pages.views import Pager, Tab
from app.partners.paging import read_place, write_place
from app.partners.queries import ContractFilter, Slice
from app.partners.rules import Outlook, days_left, outlook
from app.partners.schemas import AgreementView, ContractView
from app.partners.services import Reader

V = TypeVar("V", bound=Struct)
_ROWS: Final = 30
_LONGEST_SEARCH: Final = 100
View = Literal["live", "other", "all"]
_IS_LIVE: Final[dict[View, bool | None]] = {"live": True, "other": False, "all": None}


class Standing(Struct, frozen=True):
    """Where a paper stands today, for its badge; ``days`` until its last day where that matters."""

    outlook: Outlook
    days: int = 0


class PartnerPages(Controller):
    """What was agreed with clients, and where their goods go."""

    @get("/contracts", opt={"permission": "contract:view"})
    async def contracts(  # noqa: PLR0917 - dependencies arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        view: View = "live",
        q: str = "",
        cursor: CursorText = None,
    ) -> PageResponse:
        """List contracts: those in force, the others, or all; part of a number or a name narrows them."""
        reader, text = Reader(transaction, actor, policy), clean_text(q, field="q", max_length=_LONGEST_SEARCH)
        found = await reader.contracts(ContractFilter(is_live=_IS_LIVE[view], text=text), read_place(_ROWS, cursor))
        return page.render(
            "partners/contracts.html",
            contracts=found.rows,
            standings={one.id: _standing(reader, one) for one in found.rows},
            tabs=_tabs(page.locale, view, text),
            pager=_pager(found, "/contracts", {"view": view, "q": text}, is_first=cursor is None),
            view=view,
            text=text,
            is_staff=actor.is_staff,
            feed=await reader.feed_age(),
        )

    @get("/contracts/{contract_id:uuid}", opt={"permission": "contract:view"})
    async def contract(
        self, contract_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """Show one contract with its agreements."""
        reader = Reader(transaction, actor, policy)
        contract = await reader.contract(contract_id)
        agreements = (await reader.agreements(contract_id=contract_id)).rows
        return page.render(
            "partners/contract.html",
            contract=contract,
            standing=_standing(reader, contract),
            agreements=agreements,
            standings={one.id: _standing(reader, one) for one in agreements},
            organisation=await reader.organisation_or_none(contract.partner_id),
            sees_addresses=await reader.may("consignee", "view"),
            sees_goods=contract.is_live and await reader.may("offer", "view"),
            sees_prices=await reader.may("price", "view"),
            feed=await reader.feed_age(),
        )

    @get("/consignees", opt={"permission": "consignee:view"})
    async def consignees(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        organisation: UUID | None = None,
        cursor: CursorText = None,
    ) -> PageResponse:
        """List the addresses goods may be sent to."""
        reader = Reader(transaction, actor, policy)
        found = await reader.consignees(read_place(_ROWS, cursor), partner_id=organisation)
        narrowed = {"organisation": str(organisation)} if organisation else {}
        return page.render(
            "partners/consignees.html",
            addresses=found.rows,
            pager=_pager(found, "/consignees", narrowed, is_first=cursor is None),
            is_staff=actor.is_staff,
            feed=await reader.feed_age(),
        )


def _standing(reader: Reader, paper: ContractView | AgreementView) -> Standing:
    where = outlook(paper.status, paper.valid_from, paper.valid_to, reader.today)
    return Standing(where, 0 if paper.valid_to is None else days_left(paper.valid_to, reader.today))


def _tabs(locale: str, view: View, text: str) -> list[Tab]:
    labels: dict[View, str] = {
        "live": pgettext(locale, "contracts", "In force"),
        "other": pgettext(locale, "contracts", "Not in force"),
        "all": pgettext(locale, "contracts", "All"),
    }
    return [
        Tab(label, _href("/contracts", {"view": name, "q": text}), is_active=name == view)
        for name, label in labels.items()
    ]


def _pager(found: Slice[V], path: str, query: dict[str, str], *, is_first: bool) -> Pager:
    following = write_place(found.next)
    return Pager(
        shown=len(found.rows),
        total=found.total,
        first_href="" if is_first else _href(path, query),
        next_href="" if following is None else _href(path, {**query, "cursor": following}),
    )


def _href(path: str, query: dict[str, str]) -> str:
    words = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{words}" if words else path


WEB: Final = [PartnerPages]
