"""Who may do what and who may see what, written by hand from PRODUCT 1, R19 and the roles; never from the code."""

from collections.abc import Mapping
from typing import Final

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
    "plan:view": SENIORS | HEADS | {"manager_full", "admin"},
    "access:view": HEADS | {"admin"},
    "access:edit": HEADS | {"admin"},
    "access:approve": frozenset({"admin"}),
}

ALPHA_PEOPLE: Final = frozenset(
    {"buyer", "colleague", "senior", "head", "direct buyer", "direct senior", "direct head"}
)
# Staff of the region where both clients are; LIMITED has only the first one assigned.
_NEAR: Final = frozenset({"manager", "logistician", "admin"})
# A draft of BUYER's that is not shared: its author, the branch's seniors, the heads, the manufacturer's people (R19).
_DRAFT: Final = frozenset({"buyer", "senior", "head", "direct senior", "direct head", "limited"}) | _NEAR
_OF_ALPHA: Final = ALPHA_PEOPLE | _NEAR | {"limited"}
_OF_BETA: Final = frozenset({"stranger"}) | _NEAR
_ALL: Final = ALPHA_PEOPLE | _NEAR | {"stranger", "limited", "far manager", "forwarder", "connect manager"}

# Parameter of a route -> who sees the first company's object, and who the other company's.
SEES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "order_id": (_DRAFT, _OF_BETA),
    "line_id": (_DRAFT, _OF_BETA),
    "bad_id": (_DRAFT, _OF_BETA),
    "contract_id": (_OF_ALPHA, _OF_BETA),
    "agreement_id": (_OF_ALPHA, _OF_BETA),
    # The second yard lies far away: an address belongs to whoever serves its client.
    "address_id": (_OF_ALPHA, _OF_BETA),
    "organisation_id": (_OF_ALPHA | {"connect manager"}, _OF_BETA | {"connect manager"}),
    "region_id": (_ALL, _ALL),
    "product_id": (_OF_ALPHA, _OF_BETA),
    "plan_id": (_OF_ALPHA, _OF_BETA),
    "notification_id": (frozenset({"buyer"}), frozenset({"stranger"})),
    "session_id": (frozenset({"buyer"}), frozenset({"stranger"})),
    # A rule and a draft of each company's head, about the own people.
    "rule_id": (frozenset({"head", "direct head", "admin"}), frozenset({"stranger", "admin"})),
    "draft_id": (frozenset({"head", "direct head", "admin"}), frozenset({"stranger", "admin"})),
    "token_id": (frozenset({"buyer"}), frozenset({"stranger"})),
}
