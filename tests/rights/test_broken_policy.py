"""Rules that cannot be loaded: nobody gets anything, everybody is told why in words, and the doctor says the reason."""

import pytest
from litestar.types import ASGIApp

from app.cli.checks import Level
from app.cli.checks.access import check_access
from tests.access.browsers import read
from tests.orders.shop import ADMIN, BUYER, Shop
from tests.rights.test_pages import enter, opened

__all__ = ["opened"]
PLACES = ("/api/v1/orders", "/api/v1/catalog/products", "/api/v1/access/rules", "/api/v1/me", "/api/v1/notifications")


@pytest.mark.parametrize(
    ("breaking", "reason"),
    [
        ("UPDATE access_rules SET superseded_by = id", "no rules"),
        ("INSERT INTO access_role_links VALUES (1, 'r:member', 'r:distributor_manager')", "the chain of roles"),
        (
            "INSERT INTO access_role_links VALUES (1, 'r:member', 'r:below'), (1, 'r:below', 'r:bottom')",
            "the chain of roles",
        ),
    ],
)
async def test_rules_that_cannot_be_loaded_refuse_everybody_and_say_why(
    opened: tuple[Shop, ASGIApp], breaking: str, reason: str
) -> None:
    shop, app = opened
    buyer, admin = await enter(app, BUYER), await enter(app, ADMIN)
    assert [one.level for one in await check_access(shop.database.owner_url)] == [Level.GOOD]
    await shop.change(breaking)
    for browser in (buyer, admin):
        for place in PLACES:
            answer = await browser.get(place)
            assert (answer.status_code, read(answer)["code"]) == (503, "access_rules_broken"), place
        page = await browser.get("/orders")
        assert page.status_code == 503
        assert "The access rules of the portal are damaged" in page.text
    [finding] = await check_access(shop.database.owner_url)
    assert finding.level is Level.BAD
    assert finding.words.startswith(f"Nobody of alatau is let in, the access rules cannot be served: {reason}")


async def test_rules_that_are_mended_serve_again_at_once(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    buyer = await enter(app, BUYER)
    await shop.change("INSERT INTO access_role_links VALUES (1, 'r:member', 'r:distributor_manager')")
    assert (await buyer.get("/api/v1/orders")).status_code == 503
    await shop.change("DELETE FROM access_role_links WHERE child = 'r:member'")
    assert (await buyer.get("/api/v1/orders")).status_code == 200
