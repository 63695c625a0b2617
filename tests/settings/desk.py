"""An administrator with a browser, and what the trail says afterwards."""

import re
from collections.abc import Mapping
from typing import Final, cast

import httpx
import msgspec

from tests.orders.shop import Shop
from tests.orders.site import Json, body_of

API: Final = "/api/v1/settings"
_HIDDEN: Final = re.compile(r'<input type="hidden" name="version" value="([0-9]+)">')
BRAND: Final[Json] = {"name_ru": "Алатау", "name_kk": "Алатау майлары", "name_en": "Alatau", "accent": "#C8102E"}


def version_of(answer: httpx.Response) -> str:
    """The version the forms of a page carry."""
    found = _HIDDEN.search(answer.text)
    assert found is not None, answer.text[:500]
    return found[1]


def tag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"If-Match": f'"{version}"'}


def told(answer: httpx.Response) -> dict[str, object]:
    """Read a good answer."""
    assert answer.status_code == 200, answer.text
    return body_of(answer)


async def trail(shop: Shop, action: str) -> list[Mapping[str, object]]:
    """What the audit trail keeps of an action, oldest first."""
    rows = await shop.look(
        "SELECT jsonb_build_object('before', before, 'after', after)::text AS kept FROM audit_records"
        " WHERE action = $1 ORDER BY id",
        action,
    )
    return [msgspec.json.decode(str(cast("Mapping[str, object]", row)["kept"]), type=dict[str, object]) for row in rows]
