"""A sound body for every route that takes one, so that nothing but the caller's rights can refuse it."""

from collections.abc import Mapping
from typing import Final

from tests.orders.shop import ALPHA_LLP, ALPHA_YARD, CONTRACT, PAIL, SOON

Body = Mapping[str, object]
DETAILS: Final[Body] = {
    "contract_id": str(CONTRACT),
    "counterparty_id": str(ALPHA_LLP),
    "address_id": str(ALPHA_YARD),
    "delivery": "pickup",
    "ship_on": SOON.isoformat(),
}
_LINE: Final[Body] = {"product_id": str(PAIL), "quantity": "4"}
_REASON: Final[Body] = {"reason": "Changed our mind"}
_NO_BODY: Final[Body] = {}
_PASSWORDS: Final[Body] = {"current": "not the password", "new": "another long one here"}
JSON: Final[Mapping[str, Body]] = {
    "POST /api/v1/session": {"login": "nobody@example.test", "password": "wrong and long"},
    "DELETE /api/v1/session": _NO_BODY,
    "PATCH /api/v1/me": {"name": "Somebody Else"},
    "POST /api/v1/me/password": _PASSWORDS,
    "POST /api/v1/me/membership": {"membership": "00000000-0000-4000-8000-00000000dead"},
    "DELETE /api/v1/me/sessions": _NO_BODY,
    "DELETE /api/v1/me/sessions/{session_id}": _NO_BODY,
    "POST /api/v1/me/tokens": {"label": "Mine", "days": 1},
    "DELETE /api/v1/me/tokens/{token_id}": _NO_BODY,
    "POST /api/v1/notifications/read": _NO_BODY,
    "POST /api/v1/notifications/{notification_id}/read": _NO_BODY,
    "POST /api/v1/orders": {"contract_id": str(CONTRACT)},
    "PUT /api/v1/orders/{order_id}": DETAILS,
    "POST /api/v1/orders/{order_id}/validate": _NO_BODY,
    "POST /api/v1/orders/{order_id}/submit": _NO_BODY,
    "POST /api/v1/orders/{order_id}/repeat": _NO_BODY,
    "POST /api/v1/orders/{order_id}/share": {"shared": True},
    "POST /api/v1/orders/{order_id}/archive": _NO_BODY,
    "POST /api/v1/orders/{order_id}/restore": _NO_BODY,
    "POST /api/v1/orders/{order_id}/cancel": _REASON,
    "POST /api/v1/orders/{order_id}/approve": _NO_BODY,
    "POST /api/v1/orders/{order_id}/return": _REASON,
    "POST /api/v1/orders/{order_id}/lines": {"lines": [_LINE]},
    "POST /api/v1/orders/{order_id}/lines/import": {"text": "AL-5W40-020 4"},
    "PUT /api/v1/orders/{order_id}/lines/{line_id}": {"quantity": "2"},
    "DELETE /api/v1/orders/{order_id}/lines/{line_id}": _NO_BODY,
    "PUT /api/v1/orders/{order_id}/pickup": {"plate": "123 ABC 02"},
    "POST /api/v1/access/drafts": {"title": "Autumn"},
    "DELETE /api/v1/access/drafts/{draft_id}": _NO_BODY,
    "PUT /api/v1/access/drafts/{draft_id}/cells": {"subject": "r:buyer", "permission": "limit:view"},
    "POST /api/v1/access/drafts/{draft_id}/publish": _REASON,
    "POST /api/v1/access/drafts/{draft_id}/approve": _NO_BODY,
    "POST /api/v1/access/drafts/{draft_id}/send-back": _REASON,
    "POST /api/v1/access/drafts/{draft_id}/settle": {"keep": "mine"},
    "POST /api/v1/access/drafts/revert": {"version": 1},
}
# "VERSION" becomes the version of the order that is attacked.
_VERSION: Final = "VERSION"
FORMS: Final[Mapping[str, Body]] = {
    "POST /{locale}/{tenant_code}/sign-in": {"login": "nobody@example.test", "password": "wrong and long"},
    "POST /sign-out": _NO_BODY,
    "POST /theme": {"theme": "dark"},
    "POST /me/theme": {"theme": "dark"},
    "POST /me/language": {"locale": "kk"},
    "POST /me/membership": {"membership": "00000000-0000-4000-8000-00000000dead"},
    "POST /profile": {"name": "Somebody Else"},
    "POST /profile/password": {**_PASSWORDS, "repeat": "another long one here"},
    "POST /profile/sessions/end": _NO_BODY,
    "POST /profile/sessions/{session_id}/end": _NO_BODY,
    "POST /profile/tokens": {"label": "Mine", "days": "7"},
    "POST /profile/tokens/{token_id}/revoke": _NO_BODY,
    "POST /notifications/read": _NO_BODY,
    "POST /notifications/{notification_id}/open": _NO_BODY,
    "POST /orders": {**DETAILS, "do": "save"},
    "POST /orders/draft-lines": {f"quantities[{PAIL}][{CONTRACT}]": "4"},
    "POST /orders/{order_id}/details": {**DETAILS, "version": _VERSION, "do": "save"},
    "POST /orders/{order_id}/products": {"version": _VERSION, "lines[0].id": "LINE", "lines[0].quantity": "2"},
    "POST /orders/{order_id}/paste": {"version": _VERSION, "text": "AL-5W40-020 4"},
    "POST /orders/{order_id}/bad-lines/{bad_id}": {"version": _VERSION, "do": "drop"},
    "POST /orders/{order_id}/vehicle": {"version": _VERSION, "pickup.plate": "123 ABC 02"},
    "POST /orders/{order_id}/submit": {"version": _VERSION},
    "POST /orders/{order_id}/share": {"shared": "true"},
    "POST /orders/{order_id}/repeat": _NO_BODY,
    "POST /orders/{order_id}/archive": _NO_BODY,
    "POST /orders/{order_id}/restore": _NO_BODY,
    "POST /orders/{order_id}/cancel": _REASON,
    "POST /orders/{order_id}/approve": _NO_BODY,
    "POST /orders/{order_id}/return": _REASON,
    "POST /access/cells": {"subject": "r:buyer", "permission": "limit:view", "do": "no"},
    "POST /access/drafts/{draft_id}/publish": {**_REASON, "version": _VERSION},
    "POST /access/drafts/{draft_id}/approve": {"version": _VERSION},
    "POST /access/drafts/{draft_id}/send-back": {**_REASON, "version": _VERSION},
    "POST /access/drafts/{draft_id}/call-back": {"version": _VERSION},
    "POST /access/drafts/{draft_id}/settle": {"version": _VERSION, "keep": "mine"},
    "POST /access/drafts/{draft_id}/drop": {"version": _VERSION},
    "POST /access/versions/{n}/revert": _NO_BODY,
}
