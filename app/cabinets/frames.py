"""Fills the frame of every page: the shell inside, the header of the public pages outside."""

from collections.abc import Mapping, Sequence

from litestar.types import HTTPScope

from app.access.actors import Actor
from app.access.public import as_theme, public_view
from app.access.tenants import Tenant, Tenants
from app.access.visitors import visitor_of
from app.infra.db.engine import Engines
from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.shell import Flash, LanguageChoice, MenuSection, ShellView


class CabinetFrames:
    """The frames of this portal."""

    def __init__(self, engines: Engines, tenants: Tenants) -> None:
        """Know where to read what a frame shows."""
        self._engines = engines
        self._tenants = tenants

    async def frame(self, scope: HTTPScope, flash: Flash | None) -> Mapping[str, object]:
        """Give ``shell`` to a signed-in person and ``public`` to anybody else."""
        actor = visitor_of(scope).actor
        if actor is None:
            return {"public": public_view(scope, await self._place(scope), flash=flash)}
        return {"shell": await self._shell(scope, actor, flash)}

    async def _place(self, scope: HTTPScope) -> Tenant | None:
        """Find the tenant of a public address, also when there is nothing at that address."""
        parts = scope["path"].split("/")
        is_tenant = len(parts) > 2 and parts[1] in LANGUAGES  # noqa: PLR2004 - "", language, code
        return await self._tenants.by_code(parts[2]) if is_tenant else None

    async def _shell(self, scope: HTTPScope, actor: Actor, flash: Flash | None) -> ShellView:
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


def languages(active: str) -> Sequence[LanguageChoice]:
    """List the languages of the switch."""
    return [LanguageChoice(one.code, one.short, one.name, is_active=one.code == active) for one in LANGUAGES.values()]


def initials(name: str) -> str:
    """Give up to two letters of a person's name."""
    return "".join(part[0].upper() for part in name.split()[:2])
