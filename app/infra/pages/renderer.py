"""Renders templates: a whole page, or the named block of one for a partial request."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.assets import Assets, load_assets
from app.infra.pages.environment import build_environment
from app.infra.pages.reader import CURRENT, Reader

TEMPLATES_FOLDER: Final = Path(__file__).resolve().parents[3] / "templates"
DEFAULT_ZONE: Final = "Asia/Almaty"


class Renderer:
    """The one way from a context to HTML. Thread-safe; one per process is enough."""

    def __init__(self, assets: Assets, folder: Path = TEMPLATES_FOLDER, *, reload: bool = False) -> None:
        """Prepare the environments; templates compile at first use, ``reload`` looks for edits."""
        self._environments = {code: build_environment(folder, assets, code, reload=reload) for code in LANGUAGES}

    def render(
        self,
        name: str,
        context: Mapping[str, object],
        *,
        locale: str,
        zone: str = DEFAULT_ZONE,
        now: datetime | None = None,
    ) -> str:
        """Render a whole page.

        ``context`` carries ``shell`` (or ``public``), ``csrf_token`` and what the template's
        head names; ``locale`` is added. A name the template asks for and nobody gave is an error.
        """
        template = self._environments[locale].get_template(name)
        with _reading(context, locale, zone, now) as full:
            return template.render(full)

    def render_block(
        self,
        name: str,
        block: str,
        context: Mapping[str, object],
        *,
        locale: str,
        zone: str = DEFAULT_ZONE,
        now: datetime | None = None,
    ) -> str:
        """Render only ``{% block <block> %}`` of a page: the answer to a partial request.

        The response must say ``Vary: HX-Request``. Imports at the top of the template hold.

        Raises:
            KeyError: the template has no such block.
        """
        template = self._environments[locale].get_template(name)
        with _reading(context, locale, zone, now) as full:
            inner = template.new_context(full)
            # The root runs imports and sets first, then yields the page's first text: stop there.
            root = cast("Generator[str]", template.root_render_func(inner))
            next(root, None)
            root.close()
            return "".join(inner.blocks[block][0](inner))


@cache
def installed_renderer() -> Renderer:
    """The pages of this release; a template compiles once a process, however many portals there are in it."""
    return Renderer(load_assets())


@contextmanager
def _reading(
    context: Mapping[str, object], locale: str, zone: str, now: datetime | None
) -> Iterator[dict[str, object]]:
    token = CURRENT.set(Reader(_zone(zone), now or datetime.now(UTC), str(context.get("csrf_token", ""))))
    try:
        yield {**context, "locale": locale}
    finally:
        CURRENT.reset(token)


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
