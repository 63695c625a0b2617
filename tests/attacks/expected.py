"""Who may do what and who may see what, written by hand from PRODUCT 1, R19 and the roles; never from the code."""

from collections.abc import Mapping
from typing import Final

from tests.attacks.kinds import CONTRACT, OTHER, OWN, REGION

BUYERS: Final = frozenset({"distributor_manager", "direct_buyer_manager"})
SENIORS: Final = frozenset({"distributor_senior", "direct_buyer_senior"})
HEADS: Final = frozenset({"distributor_head", "direct_buyer_head"})
CLIENTS: Final = BUYERS | SENIORS | HEADS
MANAGERS: Final = frozenset({"manager_full", "manager_limited"})
EVERYBODY: Final = CLIENTS | MANAGERS | {"forwarder", "logistician", "connect_manager", "admin"}
READERS: Final = CLIENTS | MANAGERS | {"admin"}

# Permission of a route -> the roles that have it at all.
MAY: Final[Mapping[str, frozenset[str]]] = {
    "profile:edit": EVERYBODY,
    "notification:view": EVERYBODY,
    "region:view": EVERYBODY,
    "organisation:view": EVERYBODY,
    "offer:view": READERS | {"logistician"},
    "contract:view": READERS,
    "agreement:view": READERS,
    "consignee:view": READERS | {"logistician"},
    "order:view": READERS | {"logistician"},
    "order:draft": CLIENTS | MANAGERS,
    "order:submit": CLIENTS | {"manager_full"},
    "order:cancel": CLIENTS | {"manager_full"},
    "order:archive": CLIENTS | {"manager_full"},
    "order:approve": frozenset({"manager_full"}),
    "order:return": frozenset({"manager_full"}),
    "pickup:edit": CLIENTS | {"manager_full", "logistician"},
    "limit:view": SENIORS | HEADS | {"manager_full", "admin"},
    "user:view": HEADS | {"manager_full", "admin"},
    "user:edit": HEADS | {"admin"},
    "tenant:admin": frozenset({"admin"}),
    "plan:view": SENIORS | HEADS | {"manager_full", "admin"},
    "audit:view": frozenset({"admin"}),
    "document:view": READERS | {"logistician"},
    "erp:view": frozenset({"manager_full", "admin"}),
    "erp:manage": frozenset({"admin"}),
    "access:view": HEADS | {"admin"},
    "access:edit": HEADS | {"admin"},
    "access:approve": frozenset({"admin"}),
    "user:see_as": frozenset({"admin"}),
}

# Permissions nobody is asked for by an address: they say what is shown, or offered, inside an answer.
INSIDE: Final = frozenset({"offer:order", "price:view", "stock:view"})
# Permissions of pages that are not built yet: whoever builds one takes it out of here.
AWAITED: Final = frozenset({"report:view"})
# To do something to a thing one must see it: besides the promised permission a route may insist on these.
_ORDER: Final = frozenset({"order:view"})
_PERSON: Final = frozenset({"user:view"})
_DRAFT_OF_RIGHTS: Final = frozenset({"access:view"})
SEEN_FIRST: Final[Mapping[str, frozenset[str]]] = {
    # A file is seen with what it hangs on: a contract, the order of an invoice or a claim.
    "document:view": frozenset({"contract:view", "order:view", "price:view", "limit:view"}),
    "order:draft": _ORDER | {"organisation:view"},  # an order is begun for a client one sees
    "order:submit": _ORDER,
    "order:cancel": _ORDER,
    "order:archive": _ORDER,
    "order:approve": _ORDER,
    "order:return": _ORDER,
    "pickup:edit": _ORDER,
    "user:edit": _PERSON,
    "tenant:admin": _PERSON,  # of whom the administrator shuts out, or lets in
    "profile:edit": _PERSON | {"user:edit"},  # an absence is one's own, or that of somebody one looks after
    "access:edit": _DRAFT_OF_RIGHTS,
    "access:approve": _DRAFT_OF_RIGHTS,
    "user:see_as": _DRAFT_OF_RIGHTS,  # a look begins at the page that checks a person
}
# Forms and questions about nothing yet: the promised permission is asked for when they are sent.
BLANK: Final = frozenset(
    {"GET /orders/new", "GET /users/invitations/many", "GET /access/check", "GET /api/v1/access/explain"}
)

ALPHA_PEOPLE: Final = frozenset(
    {"buyer", "colleague", "senior", "head", "direct buyer", "direct senior", "direct head", "narrowed"}
)
# Staff of the region where the first and the other client are; LIMITED has only the first one assigned.
_NEAR: Final = frozenset({"manager", "logistician", "admin"})
# Staff of the region where the third company is.
_FAR: Final = frozenset({"far manager", "admin"})
# A draft of BUYER's that is not shared: its author, the branch's seniors, the heads, the manufacturer's people (R19).
_DRAFT: Final = frozenset({"buyer", "senior", "head", "direct senior", "direct head", "narrowed", "limited"}) | _NEAR
_OF_ALPHA: Final = ALPHA_PEOPLE | _NEAR | {"limited"}
_OF_BETA: Final = frozenset({"stranger"}) | _NEAR
_ALL: Final = ALPHA_PEOPLE | _NEAR | {"stranger", "limited", "far manager", "forwarder", "connect manager"}
_HEADS_OF_ALPHA: Final = frozenset({"head", "direct head", "narrowed", "admin"})
_ONES_OWN: Final = {OWN: frozenset({"buyer"}), OTHER: frozenset({"stranger"}), REGION: frozenset[str]()}

# A head looks after the own company, the manager of the region sees those in it, the administrator everybody.
_LOOKS_AFTER_ALPHA: Final = _HEADS_OF_ALPHA | {"manager"}
_LOOKS_AFTER_BETA: Final = frozenset({"stranger", "manager", "admin"})
# Seen, and still not theirs to change.
ONLY_SEES: Final[Mapping[str, frozenset[str]]] = {
    "POST /api/v1/delegations/{delegation_id}/end": frozenset({"colleague", "manager", "far manager"}),
    "POST /absences/{delegation_id}/end": frozenset({"colleague", "manager", "far manager"}),
}


def _kinds(own: frozenset[str], other: frozenset[str], far: frozenset[str] = _FAR) -> Mapping[str, frozenset[str]]:
    return {OWN: own, OTHER: other, REGION: far}


def _of_contract(own: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """The second contract is the company's like the first, except for the head who may not touch it."""
    return {**_kinds(own, _OF_BETA), CONTRACT: own - {"narrowed"}}


# Parameter of a route -> kind of object -> who sees it. A kind that is not here does not exist for the parameter.
SEES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "order_id": _of_contract(_DRAFT),
    "line_id": _of_contract(_DRAFT),
    "bad_id": _of_contract(_DRAFT),
    "contract_id": _of_contract(_OF_ALPHA),
    "agreement_id": _of_contract(_OF_ALPHA),
    # Scans of the contracts: shipping papers are the logistician's, contracts are not.
    "file_id": {kind: seers - {"logistician"} for kind, seers in _of_contract(_OF_ALPHA).items()},
    "product_id": _of_contract(_OF_ALPHA),
    # The other company's yard lies far away: an address belongs to whoever serves its client.
    "address_id": _kinds(_OF_ALPHA, _OF_BETA),
    "organisation_id": _kinds(
        _OF_ALPHA | {"connect manager"}, _OF_BETA | {"connect manager"}, _FAR | {"connect manager"}
    ),
    "region_id": {OWN: _ALL, OTHER: _ALL},
    "plan_id": _kinds(_OF_ALPHA, _OF_BETA),
    "notification_id": _ONES_OWN,
    "session_id": {OWN: frozenset({"buyer"}), OTHER: frozenset({"stranger"})},
    "token_id": _ONES_OWN,
    # A rule and a draft of each company's head, about the own people.
    "rule_id": _kinds(_HEADS_OF_ALPHA, frozenset({"stranger", "admin"}), frozenset({"admin"})),
    "draft_id": _kinds(_HEADS_OF_ALPHA, frozenset({"stranger", "admin"}), frozenset({"admin"})),
    "user_id": _kinds(_LOOKS_AFTER_ALPHA, _LOOKS_AFTER_BETA),
    "membership_id": _kinds(_LOOKS_AFTER_ALPHA, _LOOKS_AFTER_BETA),
    "invitation_id": _kinds(_LOOKS_AFTER_ALPHA, _LOOKS_AFTER_BETA),
    # An absence concerns who is away, who stands in, and whoever looks after them.
    "delegation_id": _kinds(_LOOKS_AFTER_ALPHA | {"buyer", "colleague"}, _LOOKS_AFTER_BETA),
    # A session of somebody else, whom one looks after.
    "device_id": {OWN: _LOOKS_AFTER_ALPHA, OTHER: _LOOKS_AFTER_BETA},
    "passkey_id": {OWN: frozenset({"buyer"}), OTHER: frozenset({"stranger"})},
    # The exchange belongs to the manufacturer as a whole.
    "message_id": {OWN: frozenset({"admin"})},
    "conflict_id": {OWN: frozenset({"admin"})},
    "alert_id": {OWN: frozenset({"admin"})},
    "mapping_id": {OWN: frozenset({"admin"})},
    "comparison_id": {OWN: frozenset({"admin"})},
}
