"""Products in the search over everything."""

from typing import Final
from urllib.parse import quote

from app.cabinets.ports import Ask, Hit, SearchGroup
from app.catalog.schemas import Filters, ProductCard
from app.catalog.services import open_reader
from app.catalog.texts import package_words
from app.infra.i18n.wording import NC_, gettext

_FOUND: Final = 5
_HEADING: Final = NC_("search", "Products")


class CatalogSearch:
    """Finds products by name, article and former article in any of the languages, as the catalogue does."""

    async def find(self, ask: Ask, text: str) -> SearchGroup | None:
        """Look among the products the person is offered; what is only similar to the text is left to the catalogue."""
        if not await ask.may("offer", "view"):
            return None
        locale = ask.actor.locale
        reader = await open_reader(ask.transaction, ask.actor, ask.policy, locale)
        found = await reader.list(Filters(q=text), limit=_FOUND)
        if found.is_similar:
            return None
        hits = [Hit(row.card.names[locale], f"/catalog/{row.card.id}", _about(row.card, locale)) for row in found.rows]
        return SearchGroup(gettext(locale, _HEADING), hits, f"/catalog?q={quote(text)}")


def _about(card: ProductCard, locale: str) -> str:
    return " · ".join([card.sku, *card.old_skus, package_words(locale, card.package, card.volume_l)])
