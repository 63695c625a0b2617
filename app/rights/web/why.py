"""The reader asks why, beside a price, a product or a button: a small page, or the same in a dialog."""

from decimal import Decimal
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.catalog.rows import OfferView, to_offer_view
from app.catalog.rules.prices import net_price
from app.catalog.services import open_reader
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.http.text import clean_text
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import gettext
from app.kernel.clock import utc_now
from app.orders.services.desk import Desk
from app.rights import wording as words
from app.rights.queries.papers import Frozen, Papers
from app.rights.rules.orders import Verb
from app.rights.services import whys
from app.rights.web.telling import OF_RIGHTS, VerbLine, draw, whom_to_ask

_LONGEST: Final = 100


class OfferLine(Struct, frozen=True):
    """One way a product comes to the reader."""

    view: OfferView
    papers: Papers
    list_price: str  # before the discount; empty without one, or where the reader may not see money


class WhyPages(Controller):
    """Why do I see this, and why not that?"""

    path = "/why"

    @get(opt={"permission": "offer:view"})
    async def product(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        code: str = "",
        order: UUID | None = None,
    ) -> PageResponse:
        """Tell where a product and its price come from; a hidden one reads like one that does not exist."""
        text = clean_text(code, field="code", max_length=_LONGEST).strip()
        reader = await open_reader(transaction, actor, policy, page.locale)
        found = await whys.why_product(reader, text) if text else None
        desk = Desk(transaction, policy, actor, utc_now())
        frozen = await whys.why_frozen(desk, order, text) if order is not None and text else None
        context: dict[str, object] = {
            "code": text,
            "name": "" if found is None else found.card.names[page.locale],
            "sku": "" if found is None else found.card.sku,
            "href": "" if found is None else f"/catalog/{found.card.number}",
            "lines": [] if found is None else [
                OfferLine(
                    to_offer_view(found.card, one, reader.today, page.locale), found.papers[one.agreement_id],
                    _list_price(page.locale, one.price, one.discount_pct, one.currency),
                )
                for one in found.offers
            ],
            "frozen": frozen,
            "frozen_price": "" if frozen is None else _frozen_price(page.locale, frozen),
            "not_found": gettext(page.locale, words.NOT_OFFERED_STAFF if actor.is_staff else words.NOT_OFFERED),
            "search_href": f"/catalog?{urlencode({'q': text})}",
            "sees_prices": not reader.rights.prices.is_empty,
            "ask": whom_to_ask(actor, page.locale),
            "is_staff": actor.is_staff,
        }  # fmt: skip
        return draw(page, "rights/why_product.html", context)

    @get("/orders/{order_id:uuid}", opt={"permission": "order:view"})
    async def order(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """Tell what can be done with an order, and in plain words why not the rest."""
        order, verbs = await whys.why_order(Desk(transaction, policy, actor, utc_now()), order_id)
        context: dict[str, object] = {
            "number": order.number,
            "order_id": order.id,
            "can": [_verb(one, page.locale) for one in verbs if not one.reason],
            "cannot": [_verb(one, page.locale) for one in verbs if one.reason],
            "ask": whom_to_ask(actor, page.locale) if any(one.reason in OF_RIGHTS for one in verbs) else "",
        }
        return draw(page, "rights/why_order.html", context)


def _verb(verb: Verb, locale: str) -> VerbLine:
    reason = gettext(locale, words.NOT_BECAUSE[verb.reason]) if verb.reason else ""
    return VerbLine(gettext(locale, words.VERBS[verb.action]), reason)


def _list_price(locale: str, price: Decimal | None, discount: Decimal, currency: str) -> str:
    return numbers(locale).money(price, currency) if price is not None and discount else ""


def _frozen_price(locale: str, frozen: Frozen) -> str:
    return numbers(locale).money(net_price(frozen.price, frozen.discount_pct, frozen.currency), frozen.currency)
