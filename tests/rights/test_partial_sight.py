"""Whoever may see the rights of one client only is not shown those of the whole tenant."""

from typing import Final

from litestar.types import ASGIApp

from tests.orders.shop import ALPHA, LIMITED, Shop, uid
from tests.rights.test_pages import enter, opened

__all__ = ["opened"]
LISTS: Final = (
    "/access", "/access/versions", "/access/versions/2", "/api/v1/access/rules", "/api/v1/access/drafts",
    "/api/v1/access/versions", "/api/v1/access/versions/1/rules",
)  # fmt: skip


async def test_a_right_to_see_one_client_s_rights_shows_nobody_else_s(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    await shop.change(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, org)"
        " VALUES (1, $1, $2, 'access', 'view', 'allow', $3)",
        *(uid(0x501), f"m:{LIMITED.membership_id}", str(ALPHA)),
    )
    browser = await enter(app, LIMITED)
    assert {path: (await browser.get(path)).status_code for path in LISTS} == dict.fromkeys(LISTS, 403)
