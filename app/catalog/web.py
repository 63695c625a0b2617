"""Pages of the catalogue: the list with its facets, and one product."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from litestar import Request, get
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.params import Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.caching.shelf import read
from app.catalog.asked import address, read_filters, read_product, read_sort, write_pairs
from app.catalog.families import STANDARDS
from app.catalog.labels import kind_label
from app.catalog.ports import Desk, Surroundings
from app.catalog.rows import (
    Reading,
    at_hand_first,
    mark_facets,
    plain,
    to_chips,
    to_facets,
    to_offer_view,
    to_row,
    write_counts,
)
from app.catalog.schemas import Filters, ListPage, Sort
from app.catalog.services import Reader, open_reader, show_product
from app.catalog.texts import package_words, packing_words
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.pages.views import Pager

_ROWS: Final = 50
_FACETS_HEADER: Final = "X-Facets"
_SORTS: Final[tuple[Sort, ...]] = ("name", "sku")
Cursor = Annotated[str | None, Parameter(max_length=512)]


class CatalogPages(Controller):
    """What the reader's contracts and agreements allow, and nothing else."""

    path = "/catalog"
    opt = {"permission": "offer:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        catalog_desk: Desk,
        cursor: Cursor = None,
    ) -> PageResponse:
        """List products; the address alone decides what is shown, so it can be shared."""
        asked = list(request.query_params.multi_items())
        filters, sort = read_filters(asked), read_sort(request.query_params.get("sort"))
        reader = await open_reader(transaction, actor, policy, page.locale)
        found = await reader.list(filters, sort=sort, cursor=cursor, limit=_ROWS)
        around = await catalog_desk.surroundings(transaction, actor, policy, _only_contract(filters, found))
        pairs = write_pairs(filters, sort)
        context: dict[str, object] = {
            **await _list_context(reader, filters, found, around, page.locale),
            "chips": to_chips(found.counts, filters, pairs, page.locale),
            "sort": sort,
            "here": address(pairs, cursor=cursor) if cursor else address(pairs),
            "sort_links": {order: address(write_pairs(filters, order)) for order in _SORTS},
            "pager": Pager(
                shown=len(found.rows),
                total=found.counts.total,
                first_href=address(pairs) if cursor else "",
                next_href=address(pairs, cursor=found.next_cursor) if found.next_cursor else "",
            ),
            "may_order": not (await policy.decision(transaction, actor, "order", "draft")).is_empty
            and not actor.is_staff,
            "is_staff": actor.is_staff,
        }
        facets = to_facets(found.counts, filters, page.locale)
        mark = mark_facets(facets)
        # The browser names the panel it has: a shorter answer brings only the counts of one that is still right.
        is_known = page.is_partial and request.headers.get(_FACETS_HEADER) == mark
        context |= {
            "facets": facets,
            "facets_mark": mark,
            "facets_counts": write_counts(facets, page.locale) if is_known else "",
            "is_known": is_known,
            "part": "changed" if page.is_partial else "page",
        }
        if not page.is_partial:
            return page.render("catalog/list.html", headers=None, status_code=200, **context)
        # A form sends its empty fields too; the address people share has none.
        told = {"Vary": f"HX-Request, {_FACETS_HEADER}, Cookie", "HX-Push-Url": str(context["here"])}
        return page.fragment("catalog/changed.html", "changed", headers=told, status_code=200, **context)

    @get("/{product_id:str}")
    async def one(
        self,
        product_id: str,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        catalog_desk: Desk,
    ) -> PageResponse:
        """Show one product; a hidden one reads like one that does not exist."""
        reader = await open_reader(transaction, actor, policy, page.locale)
        sheet = await show_product(reader, read_product(product_id))
        around = await catalog_desk.surroundings(transaction, actor, policy, None)
        at_hand = around.basket.contract_id if around.basket else None
        shown = [sheet.card, *sheet.packages]
        offers = {
            card.id: [
                to_offer_view(card, one, reader.today, page.locale)
                for one in at_hand_first(sheet.offers[card.id], at_hand)
            ]
            for card in shown
        }
        return page.render(
            "catalog/product.html",
            sheet=sheet,
            name=sheet.card.names[page.locale],
            text=sheet.grade.texts[page.locale],
            line=sheet.grade.line[page.locale],
            plant=sheet.grade.plant[page.locale],
            kind=kind_label(sheet.card.kind, page.locale),
            offers=offers,
            offers_total=sheet.offers_total,
            currencies=len({one.currency for one in sheet.offers[sheet.card.id]}),
            packed={one.id: package_words(page.locale, one.package, one.volume_l) for one in shown},
            packing={
                one.id: packing_words(page.locale, one.pack_multiple, one.per_pallet, is_bulk=one.is_bulk)
                for one in shown
            },
            step=plain(sheet.card.pack_multiple),
            quantity=around.basket.quantities.get(sheet.card.id) if around.basket else None,
            sees_prices=not reader.rights.prices.is_empty,
            sees_stock=not reader.rights.stock.is_empty,
            may_order=not (await policy.decision(transaction, actor, "order", "draft")).is_empty and not actor.is_staff,
            is_staff=actor.is_staff,
        )


def _only_contract(filters: Filters, found: ListPage) -> UUID | None:
    """The one contract the reader looks at: the chosen one, or the only one there is."""
    if len(filters.contract) == 1:
        return filters.contract[0]
    offered = found.counts.facets["contract"]
    return UUID(offered[0].key) if len(offered) == 1 else None


async def _list_context(
    reader: Reader, filters: Filters, found: ListPage, around: Surroundings, locale: str
) -> Mapping[str, object]:
    standards = {UUID(one.key): one.label for one in found.counts.facets["standard"]}
    unnamed = {one for row in found.rows for one in row.card.standards} - standards.keys()
    if unnamed:
        # Only where the list is narrowed so far that a shown standard is not among the counted ones.
        standards |= await read(reader.transaction, STANDARDS, sorted(unnamed, key=str))
    contracts = {one.key: one.label for one in found.counts.facets["contract"]}
    only = _only_contract(filters, found)
    reading = Reading(
        locale,
        standards,
        around.basket.quantities if around.basket else {},
        around.basket.contract_id if around.basket else None,
        names_contracts=only is None,
    )
    return {
        "filters": filters,
        "rows": [to_row(row, reading) for row in found.rows],
        "counts": found.counts,
        "is_similar": found.is_similar,
        "contract": contracts.get(str(only), "") if only else "",
        "confirmed_at": max((row.offers[0].price_synced_at for row in found.rows), default=None),
        "basket": around.basket,
        "terms": around.terms,
        "sees_prices": not reader.rights.prices.is_empty,
        "sees_stock": not reader.rights.stock.is_empty,
    }


WEB: Final = [CatalogPages]
