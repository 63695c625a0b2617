"""Renders templates: a whole page, or the named block of one for a partial request."""

from collections.abc import Callable, Generator, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import InternationalizationExtension

from app.infra.pages.assets import Assets
from app.infra.pages.filters import FILTERS, GLOBALS
from app.infra.pages.reader import CURRENT, Reader

TEMPLATES_FOLDER: Final = Path(__file__).resolve().parents[3] / "templates"
DEFAULT_ZONE: Final = "Asia/Almaty"


class _NewstyleTexts(InternationalizationExtension):
    """``trans`` blocks hand their variables to our own gettext, which escapes and fills them."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.newstyle_gettext = True  # pyright: ignore[reportAttributeAccessIssue]


class Renderer:
    """The one way from a context to HTML. Thread-safe; one per process is enough."""

    def __init__(self, assets: Assets, folder: Path = TEMPLATES_FOLDER, *, reload: bool = False) -> None:
        """Prepare the environment; templates compile at first use, ``reload`` looks for edits."""
        self._environment = _environment(folder, assets.url, reload=reload)

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
        with _reading(context, locale, zone, now) as full:
            return self._environment.get_template(name).render(full)

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
        template = self._environment.get_template(name)
        with _reading(context, locale, zone, now) as full:
            inner = template.new_context(full)
            # The root runs imports and sets first, then yields the page's first text: stop there.
            root = cast("Generator[str]", template.root_render_func(inner))
            next(root, None)
            root.close()
            return "".join(inner.blocks[block][0](inner))


@contextmanager
def _reading(
    context: Mapping[str, object], locale: str, zone: str, now: datetime | None
) -> Iterator[dict[str, object]]:
    reader = Reader(locale, _zone(zone), now or datetime.now(UTC), str(context.get("csrf_token", "")))
    token = CURRENT.set(reader)
    try:
        yield {**context, "locale": locale}
    finally:
        CURRENT.reset(token)


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _environment(folder: Path, asset_url: Callable[[str], str], *, reload: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,  # keep every template; there are some hundred
        extensions=[_NewstyleTexts],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(FILTERS)
    names = cast("MutableMapping[str, object]", environment.globals)
    names.update(GLOBALS)
    names["asset"] = asset_url
    return environment
