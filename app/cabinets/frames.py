"""Fills the frame of every page: the shell inside, the header of the public pages outside."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from litestar.types import HTTPScope

from app.access.actors import CABINET_OF_ROLE, Actor
from app.access.public import as_theme, public_view
from app.access.sessions import Credential
from app.access.tenants import Tenant, Tenants
from app.access.visitors import visitor_of
from app.cabinets.ages import Age, ages_of
from app.cabinets.families import MINE, MineAsk
from app.cabinets.menu import Menu, quick
from app.cabinets.queries import Exchange, Place, read_exchange
from app.cabinets.wording import (
    BEHIND,
    CABINETS,
    DATA_OLD,
    ERP_AWAY,
    FACTOR_NEEDED,
    FOR_COLLEAGUE,
    HELD,
    PAUSED,
    SEEN_AS,
    SEEN_END,
    SET_UP,
    STANDING_IN,
)
from app.caching.shelf import read
from app.infra.db.engine import Engines
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.http.visit import visit_of
from app.infra.i18n.dates import clock_time, date_time, short_date
from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Banner, Flash, LanguageChoice, Membership, ShellView, Tone
from app.kernel.clock import business_date

HOME: Final = "/home"
_OLD: Final = timedelta(minutes=5)
_A_DAY: Final = timedelta(hours=20)
_SEARCH: Final = "/search"


class CabinetFrames:
    """The frames of this portal."""

    def __init__(self, engines: Engines, tenants: Tenants, menu: Menu) -> None:
        """Know where to read what a frame shows."""
        self._engines = engines
        self._tenants = tenants
        self._menu = menu

    async def frame(self, scope: HTTPScope, flash: Flash | None) -> Mapping[str, object]:
        """Give ``shell`` to a signed-in person and ``public`` to anybody else.

        The page of a failure has no transaction any more; the frame then reads in one of its own.
        """
        visitor = visitor_of(scope)
        if visitor.actor is None or visitor.credential is None:
            return {"public": public_view(scope, await self._place(scope), flash=flash)}
        async with AsyncExitStack() as stack:
            transaction = visit_of(scope).transaction
            if transaction is None:
                transaction = await stack.enter_async_context(self._reading(visitor.actor, visitor.credential))
            return {"shell": await self._shell(scope, transaction, visitor.actor, flash)}

    def _reading(self, actor: Actor, credential: Credential) -> AbstractAsyncContextManager[Transaction]:
        partners = () if actor.partner_id is None else (actor.partner_id,)
        # The wall of whoever the page is for, also where somebody else looks through their eyes.
        engine = self._engines.of(credential.kind if actor.watcher is None else actor.kind)
        return open_tenant_transaction(
            engine, actor.tenant_id, read_only=True, user_id=actor.user_id, partners=partners, grounds=Grounds()
        )

    async def _place(self, scope: HTTPScope) -> Tenant | None:
        """Find the tenant of a public address, also when there is nothing at that address."""
        parts = scope["path"].split("/")
        is_tenant = len(parts) > 2 and parts[1] in LANGUAGES  # noqa: PLR2004 - "", language, code
        return await self._tenants.by_code(parts[2]) if is_tenant else None

    async def _shell(self, scope: HTTPScope, transaction: Transaction, actor: Actor, flash: Flash | None) -> ShellView:
        tenant = await self._tenants.by_id(actor.tenant_id)
        now = datetime.now(UTC)
        mine = await read(transaction, MINE, MineAsk(actor, business_date(now, actor.zone)))
        exchange = await read_exchange(transaction)
        sections = await self._menu.sections(transaction, actor, scope["path"])
        ages = [
            one
            for one in ages_of(scope["path"], exchange.feed_at, exchange.behind)
            if await self._menu.opens(transaction, actor, one.shown.permission)
        ]
        here = next((one for one in mine.places if one.membership_id == actor.membership_id), None)
        brand = tenant.names[actor.locale] if tenant else "Karavan"
        return ShellView(
            brand=brand,
            home_href=HOME,
            here=_here(scope),
            sections=sections,
            quick=quick(sections),
            cabinet=_cabinet(actor.locale, actor.role),
            organisation=_organisation(here, brand) if here else "",
            user_name=actor.name,
            user_initials=initials(actor.name),
            languages=languages(actor.locale, tenant),
            theme=as_theme(actor.theme),
            styles=tenant.styles_href if tenant else "",
            logo=tenant.logo_href if tenant else "",
            memberships=[_membership(actor, one, brand) for one in mine.places],
            unread=mine.unread,
            search_action=_SEARCH if await self._menu.can_search(transaction, actor) else "",
            banner=banner(exchange, actor, now, ages),
            ages=[_age(actor, one) for one in ages],
            flash=flash,
        )


def banner(exchange: Exchange, actor: Actor, now: datetime, ages: Sequence[Age] = ()) -> Banner | None:
    """Say who acts for whom; else what must be set up first; else how old the data is when 1C:ERP is away or silent."""
    if actor.watcher is not None and actor.seen_until is not None:
        until = clock_time(actor.seen_until, ZoneInfo(actor.zone))
        text = gettext(actor.locale, SEEN_AS, name=actor.name, time=until)
        return Banner("warn", text, gettext(actor.locale, SEEN_END), action="/see-as/end")
    if actor.deputy_id is not None and actor.until is not None:
        last = short_date(actor.locale, actor.until)
        return Banner("warn", gettext(actor.locale, STANDING_IN, name=actor.on_behalf, last=last))
    if actor.needs_factor:
        link = gettext(actor.locale, SET_UP)
        return Banner("warn", gettext(actor.locale, FACTOR_NEEDED), link, "/profile/second-factor")
    return exchange_banner(exchange, actor, now, ages)


def exchange_banner(exchange: Exchange, actor: Actor, now: datetime, ages: Sequence[Age]) -> Banner | None:
    """Say what of the exchange stands still, since when, and what works all the same; the gravest comes first."""
    behind = min((one.moment for one in ages if one.is_behind and now - one.moment > _OLD), default=None)
    silent = exchange.feed_at if exchange.feed_at is not None and now - exchange.feed_at > _OLD else None
    told: tuple[tuple[datetime | None, Tone, str], ...] = (
        (exchange.away_since, "warn", ERP_AWAY),
        (exchange.paused_at, "warn", PAUSED),
        (exchange.held_at, "warn", HELD),
        (behind, "info", BEHIND),
        (silent, "info", DATA_OLD),
    )
    for since, tone, text in told:
        if since is not None:
            return Banner(tone, gettext(actor.locale, text, time=_moment(actor, since, now)))
    return None


def languages(active: str, tenant: Tenant | None) -> Sequence[LanguageChoice]:
    """List the languages of the switch: those the tenant speaks."""
    return [
        LanguageChoice(one.code, one.short, one.name, is_active=one.code == active)
        for one in LANGUAGES.values()
        if tenant is None or one.code in tenant.locales
    ]


def initials(name: str) -> str:
    """Give up to two letters of a person's name."""
    return "".join(part[0].upper() for part in name.split()[:2])


def _moment(actor: Actor, moment: datetime, now: datetime) -> str:
    zone = ZoneInfo(actor.zone)
    return clock_time(moment, zone) if now - moment < _A_DAY else date_time(actor.locale, moment, zone)


def _age(actor: Actor, one: Age) -> str:
    return gettext(actor.locale, one.shown.text, time=_moment(actor, one.moment, datetime.now(UTC)))


def _membership(actor: Actor, place: Place, brand: str) -> Membership:
    return Membership(
        value=str(place.membership_id),
        cabinet=_cabinet(actor.locale, place.role),
        organisation=gettext(actor.locale, FOR_COLLEAGUE, name=place.on_behalf)
        if place.on_behalf
        else _organisation(place, brand),
        is_active=place.membership_id == actor.membership_id,
    )


def _organisation(place: Place, brand: str) -> str:
    return place.organisation if place.partner_id else brand


def _cabinet(locale: str, role: str) -> str:
    return gettext(locale, CABINETS[CABINET_OF_ROLE[role]])


def _here(scope: HTTPScope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else scope["path"]
