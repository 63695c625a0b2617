"""The manufacturer's name in the language of whoever reads it."""

from collections.abc import AsyncIterator
from typing import cast

import pytest

from tests.access.browsers import World, read

NAMES = {"ru": "Алатау", "kk": "Алатау зауыты", "en": "Alatau Works"}


@pytest.fixture(autouse=True)
async def names(world: World) -> AsyncIterator[None]:
    """Give it a name in every language; processes remember tenants, so this stands before the first request."""
    set_names = "UPDATE tenants SET name = $1, name_kk = $2, name_en = $3 WHERE id = 1"
    await world.execute(set_names, *(NAMES[locale] for locale in ("ru", "kk", "en")))
    yield
    await world.execute("UPDATE users SET locale = 'ru'")


@pytest.mark.parametrize("locale", NAMES)
async def test_public_pages_name_the_manufacturer_in_their_language(world: World, locale: str) -> None:
    browser = world.browser()
    for path in (f"/?lang={locale}", f"/{locale}/alatau", f"/{locale}/alatau/sign-in"):
        shown = (await browser.get(path)).text
        assert f">{NAMES[locale]}<" in shown, path


@pytest.mark.parametrize("locale", NAMES)
@pytest.mark.parametrize("role", ["distributor_head", "manager_full"])
async def test_a_cabinet_and_the_api_name_the_manufacturer_in_the_persons_language(
    world: World, locale: str, role: str
) -> None:
    await world.execute("UPDATE users SET locale = $1", locale)
    browser = await world.signed_in(f"alatau/{role}")
    page = (await browser.get("/home")).text
    assert f">{NAMES[locale]}<" in page
    assert not any(f">{other}<" in page for language, other in NAMES.items() if language != locale)
    me = read(await browser.get("/api/v1/me"))
    assert me["tenant"] == {"code": "alatau", "name": NAMES[locale]}
    place = cast("dict[str, object]", me["membership"])
    assert (place["organisation"] == NAMES[locale]) is (role == "manager_full")


async def test_a_name_missing_in_a_language_is_the_russian_one(world: World) -> None:
    await world.execute("UPDATE users SET locale = 'kk' WHERE tenant_id = 2")
    browser = world.browser()
    assert ">Hantengri<" in (await browser.get("/kk/hantengri")).text
