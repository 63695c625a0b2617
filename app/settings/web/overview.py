"""The first page of settings: what is settled, and where to change it."""

from typing import Final

from litestar import get
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.places import country_name, zone_name
from app.infra.i18n.wording import N_, NC_, gettext
from app.infra.pages.views import Fact
from app.kernel.clock import utc_now
from app.settings.services import brand, hours, infobase, money
from app.settings.services.office import Office
from app.settings.web.stage import ADMIN, NOTHING_WRONG, draw
from app.settings.wording import FIELDS, SECTIONS, VERDICTS

# A message inside another call's arguments is not found by the extraction.
_WATCHED: Final = N_("watched by the portal")


class Card(Struct, frozen=True):
    """One section in short."""

    title: str
    href: str
    verb: str  # what the link does
    icon: str
    facts: list[Fact]
    swatches: list[str]


class OverviewPage(Controller):
    """Settings at a glance."""

    path = "/settings"
    opt = ADMIN

    @get()
    async def show(self, actor: Actor, transaction: Transaction, page: Page) -> PageResponse:
        """Show what is settled."""
        office, locale = Office(transaction, actor), page.locale
        look, trade = await brand.read_brand(office), await money.read_money(office)
        when, changed = await hours.read_time(office), await hours.read_changed(office)
        names = {"ru": look.name_ru, "kk": look.name_kk or look.name_ru, "en": look.name_en or look.name_ru}
        own = ", ".join(country_name(locale, code) for code in sorted(changed))
        traded = ", ".join(one.code for one in trade.currencies if one.is_traded)
        base = await infobase.read_infobase(office)
        cards = [
            _card(
                locale,
                "brand",
                "tag",
                [
                    (NC_("settings", "Name"), names[locale]),
                    (FIELDS["accent"], look.accent or gettext(locale, N_("the portal’s own"))),
                    (N_("Logo"), gettext(locale, N_("set") if look.logo_href else N_("not set"))),
                ],
                [one.used for one in look.fits],
            ),
            _card(locale, "money", "coins", [(FIELDS["currency"], trade.currency), (FIELDS["currencies"], traded)]),
            _card(locale, "time", "clock", [(FIELDS["zone"], zone_name(locale, when.zone, utc_now()))]),
            _card(
                locale,
                "calendars",
                "calendar",
                [(N_("Changed by you"), own or gettext(locale, N_("none, as we ship them")))],
            ),
            _card(
                locale,
                "infobase",
                "database",
                [
                    (N_("Server"), base.base or gettext(locale, N_("the one your operator set"))),
                    (FIELDS["infobase"], base.infobase),
                    (N_("Last look"), gettext(locale, VERDICTS.get(base.verdict, _WATCHED))),
                ],
            ),
        ]
        people = Card(
            gettext(locale, NC_("settings", "People")),
            "/users/invitations/many",
            gettext(locale, N_("Invite")),
            "user-plus",
            [Fact(gettext(locale, N_("Invitations")), gettext(locale, N_("many at once, from a table")))],
            [],
        )
        return draw(page, "", NOTHING_WRONG, cards=[*cards, people])


def _card(
    locale: str, section: str, icon: str, facts: list[tuple[str, str]], swatches: list[str] | None = None
) -> Card:
    told = [Fact(gettext(locale, label), value) for label, value in facts]
    return Card(
        gettext(locale, SECTIONS[section]),
        f"/settings/{section}",
        gettext(locale, N_("Change")),
        icon,
        told,
        swatches or [],
    )
