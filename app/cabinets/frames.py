"""Fills the frame of every page: the shell inside, the header of the public pages outside."""

from collections.abc import Mapping, Sequence

from litestar.types import HTTPScope

from app.access.actors import Actor
from app.access.places import THEME_COOKIE
from app.access.tenants import Tenants
from app.access.visitors import visitor_of
from app.infra.db.engine import Engines
from app.infra.http.page import cookie_of
from app.infra.http.visit import Visit, visit_of
from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.shell import Flash, LanguageChoice, MenuSection, PublicView, ShellView, Theme


class CabinetFrames:
    """The frames of this portal."""

    def __init__(self, engines: Engines, tenants: Tenants) -> None:
        """Know where to read what a frame shows."""
        self._engines = engines
        self._tenants = tenants

    async def frame(self, scope: HTTPScope, flash: Flash | None) -> Mapping[str, object]:
        """Give ``shell`` to a signed-in person and ``public`` to anybody else."""
        actor, visit = visitor_of(scope).actor, visit_of(scope)
        if actor is None:
            return {"public": await self._public(scope, visit, flash)}
        return {"shell": await self._shell(scope, visit, actor, flash)}

    async def _shell(self, scope: HTTPScope, visit: Visit, actor: Actor, flash: Flash | None) -> ShellView:
        tenant = await self._tenants.by_id(actor.tenant_id)
        return ShellView(
            brand=tenant.name if tenant else "Karavan",
            home_href="/home",
            here=scope["path"],
            sections=[MenuSection([])],
            quick=[],
            cabinet=actor.cabinet,
            organisation="",
            user_name=actor.name,
            user_initials=initials(actor.name),
            languages=languages(actor.locale),
            theme=as_theme(actor.theme),
            flash=flash,
        )

    async def _public(self, scope: HTTPScope, visit: Visit, flash: Flash | None) -> PublicView:
        return PublicView(
            brand="Karavan",
            home_href="/",
            here=scope["path"],
            languages=languages(visit.locale),
            theme=as_theme(cookie_of(scope, THEME_COOKIE)),
            flash=flash,
        )


def languages(active: str) -> Sequence[LanguageChoice]:
    """List the languages of the switch."""
    return [LanguageChoice(one.code, one.short, one.name, is_active=one.code == active) for one in LANGUAGES.values()]


def as_theme(value: str) -> Theme:
    """Read a stored theme; ``auto`` and anything else is "as the system has it"."""
    return "light" if value == "light" else "dark" if value == "dark" else ""


def initials(name: str) -> str:
    """Give up to two letters of a person's name."""
    return "".join(part[0].upper() for part in name.split()[:2])
