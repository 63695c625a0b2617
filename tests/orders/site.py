"""The whole portal on a shop's database, and people with a browser in it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
from litestar.types import ASGIApp
from msgspec import Struct

from app.access.actors import Actor
from tests.access.browsers import Browser, open_portal, settings_for
from tests.orders.shop import Shop

API = "/api/v1/orders"
Json = Mapping[str, object]


class Site(Struct, frozen=True):
    """A running portal and the shop behind it."""

    app: ASGIApp
    shop: Shop

    async def enter(self, actor: Actor) -> Browser:
        """Sign somebody in."""
        browser = Browser(self.app)
        answer = await browser.sign_in(actor.email)
        assert answer.status_code == 200, answer.text
        return browser


@asynccontextmanager
async def open_site(shop: Shop, redis_url: str, folder: Path) -> AsyncIterator[Site]:
    """Start the portal inside this process."""
    async with open_portal(settings_for(shop.database, redis_url, folder)) as (_, app):
        yield Site(app, shop)


def texts(answer: httpx.Response) -> str:
    """What a person reads of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def body_of(answer: httpx.Response) -> dict[str, object]:
    """Read a JSON object."""
    return msgspec.json.decode(answer.content, type=dict[str, object])


def codes_of(answer: httpx.Response) -> list[tuple[str, str]]:
    """List the problems of a failure: (field, code)."""
    errors = msgspec.convert(body_of(answer)["errors"], list[dict[str, str]])
    return [(one["field"], one["code"]) for one in errors]


def id_of(answer: httpx.Response) -> UUID:
    """Read the id of what was answered."""
    assert answer.is_success, answer.text
    return UUID(str(body_of(answer)["id"]))
