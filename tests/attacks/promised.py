"""What every address is for, written by hand: the one permission whoever calls it must have (PRODUCT 1 and 3).

A route that is not here, or names another permission than here, fails `test_matrix.py`. Put a new one under the
permission its reader would expect; under "public" only what a stranger from the street may see.
"""

from collections.abc import Mapping
from typing import Final

_BY_PERMISSION: Final[Mapping[str, str]] = {
    "access:approve": """
        POST /access/drafts/{draft_id}/approve
        POST /access/drafts/{draft_id}/send-back
        POST /api/v1/access/drafts/{draft_id}/approve
        POST /api/v1/access/drafts/{draft_id}/send-back
    """,
    "audit:view": """
        GET /audit
        POST /audit/export
        GET /api/v1/audit
        POST /api/v1/audit/export
    """,
    "document:view": """
        GET /api/v1/files/{file_id}
    """,
    "erp:view": """
        GET /erp
        GET /api/v1/erp
        GET /api/v1/erp/alerts
    """,
    "erp:manage": """
        POST /erp/alerts/{alert_id}/seen
        POST /erp/channels/{direction}
        GET /erp/conflicts
        GET /erp/conflicts/{conflict_id}
        POST /erp/conflicts/{conflict_id}
        GET /erp/messages
        GET /erp/messages/{message_id}
        POST /erp/messages/{message_id}/{deed}
        POST /erp/reload
        GET /erp/comparisons
        POST /erp/comparisons
        POST /erp/comparisons/schedule
        GET /erp/comparisons/{comparison_id}
        POST /erp/comparisons/{comparison_id}/export
        GET /erp/mapping
        POST /erp/mapping
        POST /erp/mapping/drop
        POST /erp/mapping/look
        POST /erp/mapping/use
        POST /erp/mapping/{mapping_id}/draft
        GET /api/v1/erp/mapping
        PUT /api/v1/erp/mapping/draft
        DELETE /api/v1/erp/mapping/draft
        POST /api/v1/erp/mapping/draft/look
        POST /api/v1/erp/mapping/draft/use
        POST /api/v1/erp/mapping/{mapping_id}/draft
        GET /api/v1/erp/comparisons
        POST /api/v1/erp/comparisons
        GET /api/v1/erp/comparisons/schedule
        PUT /api/v1/erp/comparisons/schedule
        GET /api/v1/erp/comparisons/{comparison_id}/differences
        POST /api/v1/erp/comparisons/{comparison_id}/export
        POST /api/v1/erp/alerts/{alert_id}/seen
        PUT /api/v1/erp/channels/{direction}
        GET /api/v1/erp/conflicts
        GET /api/v1/erp/conflicts/{conflict_id}
        POST /api/v1/erp/conflicts/{conflict_id}/choose
        GET /api/v1/erp/messages
        GET /api/v1/erp/messages/{message_id}
        POST /api/v1/erp/messages/{message_id}/renew
        POST /api/v1/erp/messages/{message_id}/retry
        POST /api/v1/erp/messages/{message_id}/skip
        POST /api/v1/erp/streams/{stream}/reload
    """,
    "access:edit": """
        POST /access/cells
        POST /access/drafts/{draft_id}/call-back
        POST /access/drafts/{draft_id}/drop
        POST /access/drafts/{draft_id}/publish
        POST /access/drafts/{draft_id}/settle
        POST /access/versions/{n}/revert
        POST /api/v1/access/drafts
        POST /api/v1/access/drafts/revert
        DELETE /api/v1/access/drafts/{draft_id}
        PUT /api/v1/access/drafts/{draft_id}/cells
        POST /api/v1/access/drafts/{draft_id}/publish
        POST /api/v1/access/drafts/{draft_id}/settle
    """,
    "access:view": """
        GET /access
        GET /access/check
        GET /access/drafts/{draft_id}/preview
        GET /access/drafts/{draft_id}/preview/objects
        GET /access/drafts/{draft_id}/preview/people
        GET /access/versions
        GET /access/versions/{n}
        GET /api/v1/access/drafts
        GET /api/v1/access/drafts/{draft_id}
        GET /api/v1/access/drafts/{draft_id}/cells
        GET /api/v1/access/explain
        GET /api/v1/access/drafts/{draft_id}/changes
        GET /api/v1/access/drafts/{draft_id}/outlook
        GET /api/v1/access/explain
        GET /api/v1/access/preview/{draft_id}
        GET /api/v1/access/preview/{draft_id}/objects
        GET /api/v1/access/preview/{draft_id}/people
        GET /api/v1/access/rules
        GET /api/v1/access/rules/{rule_id}
        GET /api/v1/access/versions
        GET /api/v1/access/versions/{n}/rules
    """,
    "agreement:view": """
        GET /api/v1/agreements
        GET /api/v1/agreements/{agreement_id}
    """,
    "consignee:view": """
        GET /api/v1/consignees
        GET /api/v1/consignees/{address_id}
        GET /consignees
    """,
    "contract:view": """
        GET /api/v1/contracts
        GET /api/v1/contracts/{contract_id}
        GET /contracts
        GET /contracts/{contract_id}
        GET /why/contracts/{contract_id}
    """,
    "limit:view": """
        GET /api/v1/limits
        GET /api/v1/limits/{contract_id}
        GET /why/limits/{contract_id}
    """,
    "notification:view": """
        GET /api/v1/notifications
        POST /api/v1/notifications/read
        GET /api/v1/notifications/{notification_id}
        POST /api/v1/notifications/{notification_id}/read
        GET /notifications
        POST /notifications/read
        POST /notifications/{notification_id}/open
    """,
    "offer:view": """
        GET /api/v1/catalog/products
        GET /api/v1/catalog/products/{product_id}
        GET /catalog
        GET /catalog/{product_id}
        GET /why
    """,
    "order:approve": """
        POST /api/v1/orders/{order_id}/approve
        POST /api/v1/orders/{order_id}/held
        POST /orders/{order_id}/approve
        POST /orders/{order_id}/settle
    """,
    "order:archive": """
        POST /api/v1/orders/{order_id}/archive
        POST /api/v1/orders/{order_id}/restore
        POST /orders/{order_id}/archive
        POST /orders/{order_id}/restore
    """,
    "order:cancel": """
        POST /api/v1/orders/{order_id}/cancel
        GET /orders/{order_id}/cancel
        POST /orders/{order_id}/cancel
    """,
    "order:draft": """
        POST /api/v1/orders
        PUT /api/v1/orders/{order_id}
        POST /api/v1/orders/{order_id}/lines
        POST /api/v1/orders/{order_id}/lines/import
        DELETE /api/v1/orders/{order_id}/lines/{line_id}
        PUT /api/v1/orders/{order_id}/lines/{line_id}
        POST /api/v1/orders/{order_id}/repeat
        POST /api/v1/orders/{order_id}/share
        POST /orders
        POST /orders/draft-lines
        GET /orders/new
        POST /orders/{order_id}/bad-lines/{bad_id}
        GET /orders/{order_id}/details
        POST /orders/{order_id}/details
        POST /orders/{order_id}/paste
        GET /orders/{order_id}/products
        POST /orders/{order_id}/products
        POST /orders/{order_id}/repeat
        POST /orders/{order_id}/share
    """,
    "order:return": """
        POST /api/v1/orders/{order_id}/return
        POST /orders/{order_id}/return
    """,
    "order:submit": """
        POST /api/v1/orders/{order_id}/submit
        POST /orders/{order_id}/submit
    """,
    "order:view": """
        GET /api/v1/orders
        GET /api/v1/orders/{order_id}
        GET /api/v1/orders/{order_id}/events
        GET /api/v1/orders/{order_id}/lines
        GET /api/v1/orders/{order_id}/lines/{line_id}
        GET /api/v1/orders/{order_id}/held
        GET /api/v1/orders/{order_id}/papers
        GET /api/v1/orders/{order_id}/pickup
        POST /api/v1/orders/{order_id}/validate
        GET /orders
        GET /orders/{order_id}
        GET /orders/{order_id}/check
        GET /orders/{order_id}/vehicle
        GET /why/orders/{order_id}
    """,
    "organisation:view": """
        GET /api/v1/organisations
        GET /api/v1/organisations/{organisation_id}
    """,
    "pickup:edit": """
        PUT /api/v1/orders/{order_id}/pickup
        POST /orders/{order_id}/vehicle
    """,
    "plan:view": """
        GET /api/v1/plans
        GET /api/v1/plans/{plan_id}
        GET /why/plans
    """,
    "profile:edit": """
        GET /_ui
        GET /absences
        POST /absences
        POST /absences/{delegation_id}/end
        GET /api/v1/delegations
        POST /api/v1/delegations
        GET /api/v1/delegations/{delegation_id}
        POST /api/v1/delegations/{delegation_id}/end
        GET /api/v1/me
        PATCH /api/v1/me
        GET /api/v1/me/factors
        POST /api/v1/me/factors/off
        GET /api/v1/me/factors/passkeys
        POST /api/v1/me/factors/passkeys
        POST /api/v1/me/factors/passkeys/options
        GET /api/v1/me/factors/passkeys/{passkey_id}
        POST /api/v1/me/factors/passkeys/{passkey_id}/remove
        POST /api/v1/me/factors/recovery-codes
        POST /api/v1/me/factors/totp
        POST /api/v1/me/factors/totp/confirm
        POST /api/v1/me/membership
        POST /api/v1/me/password
        DELETE /api/v1/me/sessions
        GET /api/v1/me/sessions
        DELETE /api/v1/me/sessions/{session_id}
        GET /api/v1/me/sessions/{session_id}
        GET /api/v1/me/tokens
        POST /api/v1/me/tokens
        DELETE /api/v1/me/tokens/{token_id}
        GET /api/v1/me/tokens/{token_id}
        GET /home
        POST /me/language
        POST /me/membership
        POST /me/theme
        GET /profile
        POST /profile
        GET /profile/password
        POST /profile/password
        GET /profile/second-factor
        POST /profile/second-factor
        POST /profile/second-factor/codes
        POST /profile/second-factor/confirm
        POST /profile/second-factor/off
        POST /profile/second-factor/passkeys
        POST /profile/second-factor/passkeys/{passkey_id}/remove
        GET /profile/sessions/end
        POST /profile/sessions/end
        POST /profile/sessions/{session_id}/end
        POST /profile/tokens
        POST /profile/tokens/{token_id}/revoke
        GET /search
        DELETE /api/v1/access/see-as
        GET /api/v1/access/see-as
        POST /see-as/end
        GET /see-as/ended
    """,
    "user:see_as": """
        POST /access/see-as
        POST /api/v1/access/see-as
    """,
    "public": """
        GET /
        POST /api/v1/erp/events
        POST /api/v1/invitations/accept
        POST /api/v1/password-resets
        POST /api/v1/password-resets/use
        DELETE /api/v1/session
        POST /api/v1/session
        POST /api/v1/session/passkey
        POST /api/v1/session/passkey/options
        GET /assets/{digest}/{name}
        GET /brand/{tenant_code}/{digest}/{name}
        GET /health/live
        GET /health/ready
        GET /metrics
        GET /schema
        GET /schema/openapi.json
        GET /schema/{path}
        POST /sign-out
        POST /theme
        GET /{locale}/{tenant_code}
        GET /{locale}/{tenant_code}/invitation/{token}
        POST /{locale}/{tenant_code}/invitation/{token}
        GET /{locale}/{tenant_code}/recover
        POST /{locale}/{tenant_code}/recover
        GET /{locale}/{tenant_code}/recover/{token}
        POST /{locale}/{tenant_code}/recover/{token}
        GET /{locale}/{tenant_code}/sign-in
        POST /{locale}/{tenant_code}/sign-in
        POST /{locale}/{tenant_code}/sign-in/code
        POST /{locale}/{tenant_code}/sign-in/passkey
    """,
    "region:view": """
        GET /api/v1/regions
        GET /api/v1/regions/{region_id}
    """,
    "tenant:admin": """
        GET /api/v1/factor-roles
        PUT /api/v1/factor-roles
        GET /api/v1/settings/brand
        PUT /api/v1/settings/brand
        PUT /api/v1/settings/brand/logo
        GET /api/v1/settings/calendars
        GET /api/v1/settings/calendars/{country}
        PUT /api/v1/settings/calendars/{country}
        DELETE /api/v1/settings/infobase
        GET /api/v1/settings/infobase
        PUT /api/v1/settings/infobase
        POST /api/v1/settings/infobase/look
        PUT /api/v1/settings/infobase/surface
        GET /api/v1/settings/money
        PUT /api/v1/settings/money
        GET /api/v1/settings/time
        PUT /api/v1/settings/time
        POST /api/v1/users/{user_id}/disable
        POST /api/v1/users/{user_id}/enable
        POST /api/v1/users/{user_id}/second-factor/off
        GET /settings
        GET /settings/brand
        POST /settings/brand
        POST /settings/brand/logo
        POST /settings/brand/logo/remove
        GET /settings/calendars
        GET /settings/calendars/{country}
        POST /settings/calendars/{country}
        GET /settings/infobase
        POST /settings/infobase
        POST /settings/infobase/look
        POST /settings/infobase/surface
        POST /settings/infobase/usual
        GET /settings/money
        POST /settings/money
        GET /settings/time
        POST /settings/time
        GET /users/second-factor
        POST /users/second-factor
        POST /users/{user_id}/disable
        POST /users/{user_id}/enable
        POST /users/{user_id}/second-factor/off
    """,
    "user:edit": """
        GET /api/v1/invitations
        POST /api/v1/invitations
        GET /api/v1/invitations/{invitation_id}
        POST /api/v1/invitations/many
        POST /api/v1/invitations/{invitation_id}/again
        POST /api/v1/invitations/{invitation_id}/revoke
        PUT /api/v1/users/places/{membership_id}
        GET /api/v1/users/{user_id}/sessions
        POST /api/v1/users/{user_id}/sessions/end
        DELETE /api/v1/users/{user_id}/sessions/{device_id}
        GET /users/invitations
        POST /users/invitations
        GET /users/invitations/many
        POST /users/invitations/many
        POST /users/invitations/many/send
        GET /users/invitations/new
        POST /users/invitations/{invitation_id}/again
        POST /users/invitations/{invitation_id}/revoke
        POST /users/places/{membership_id}
        POST /users/{user_id}/sessions/end
        POST /users/{user_id}/sessions/{device_id}/end
    """,
    "user:view": """
        GET /api/v1/users
        GET /api/v1/users/places/{membership_id}
        GET /api/v1/users/{user_id}
        GET /users
        GET /users/{user_id}
    """,
}
# "METHOD /path" -> permission
PROMISED: Final[Mapping[str, str]] = {
    line.strip(): permission
    for permission, lines in _BY_PERMISSION.items()
    for line in lines.splitlines()
    if line.strip()
}
