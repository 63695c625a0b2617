"""The default rights of ``policies/``, against a table written by hand from PRODUCT, section 1.

The columns of a row: own = the person's company or region, ours = the same company but a colleague's object,
other = a stranger's. "." means nothing of the kind is allowed at all.
"""

import csv
from typing import Final
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.access.actors import CABINET_OF_ROLE
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Decision
from app.access.defaults import default_links, default_rules, role_labels
from app.access.permissions import PERMISSIONS, POLICIES
from app.access.rules import fault_of, find_deep_chain
from app.access.terms import Facts, Own
from tests.access.worlds import NOW

ME, COLLEAGUE = UUID(int=1), UUID(int=2)
MY_CLIENT, OTHER_CLIENT = UUID(int=0x10), UUID(int=0x11)
MY_REGION, OTHER_REGION = UUID(int=0x20), UUID(int=0x21)
MY_CONTRACT, OTHER_CONTRACT = UUID(int=0x30), UUID(int=0x31)

OWN_OBJECT: Final = Facts(
    reg=MY_REGION,
    org=MY_CLIENT,
    ctr=MY_CONTRACT,
    live=True,
    author=ME,
    branch="north",
    lin=UUID(int=5),
    prd=UUID(int=6),
)
BRANCH_OBJECT: Final = replace(OWN_OBJECT, author=COLLEAGUE)
COMPANY_OBJECT: Final = replace(BRANCH_OBJECT, branch="south")
SAME_REGION_OBJECT: Final = replace(COMPANY_OBJECT, org=OTHER_CLIENT, ctr=OTHER_CONTRACT)
FOREIGN_OBJECT: Final = replace(SAME_REGION_OBJECT, reg=OTHER_REGION)
# What each letter of the table opens, widest last.
OBJECTS: Final = {
    "mine": OWN_OBJECT,
    "branch": BRANCH_OBJECT,
    "company": COMPANY_OBJECT,
    "region": SAME_REGION_OBJECT,
    "all": FOREIGN_OBJECT,
}
REACH: Final = {
    ".": set[str](),
    "own": {"mine"},
    "branch": {"mine", "branch"},
    "company": {"mine", "branch", "company"},
    "region": {"mine", "branch", "company", "region"},
    "all": set(OBJECTS),
}
ROLES: Final = (
    "manager", "senior", "head", "forwarder",
    "logistician", "manager_full", "manager_limited", "connect_manager", "admin",
)  # fmt: skip
# One line a permission, one word a role, in the order of ROLES.
TABLE: Final = """
offer:view         company company company .       region region company . all
offer:order        company company company .       .      region company . .
price:view         company company company .       .      region company . all
stock:view         all     all     all     .       all    all    all     . all
order:view         own     branch  company .       region region company . all
order:draft        own     branch  company .       .      region company . .
order:submit       own     branch  company .       .      region .       . .
order:cancel       own     branch  company .       .      region .       . .
order:archive      own     branch  company .       .      region .       . .
order:approve      .       .       .       .       .      region .       . .
order:return       .       .       .       .       .      region .       . .
pickup:edit        own     branch  company .       region region .       . .
contract:view      company company company .       .      region company . all
agreement:view     company company company .       .      region company . all
consignee:view     company company company .       region region company . all
region:view        all     all     all     all     all    all    all     all all
organisation:view  company company company company region region company all all
limit:view         .       company company .       .      region .       . all
plan:view          .       company company .       .      region .       . all
document:view      company company company .       region region company . all
user:see_as        .       .       .       .       .      .      .       . all
user:view          .       .       company .       .      region .       . all
user:edit          .       .       company .       .      .      .       . all
notification:view  all     all     all     all     all    all    all     all all
profile:edit       all     all     all     all     all    all    all     all all
report:view        .       .       company .       .      region .       . all
erp:view           .       .       .       .       .      all    .       . all
erp:manage         .       .       .       .       .       .     .       . all
audit:view         .       .       .       .       .      .      .       . all
tenant:admin       .       .       .       .       .      .      .       . all
access:view        .       .       company .       .      .      .       . all
access:edit        .       .       company .       .      .      .       . all
access:approve     .       .       .       .       .      .      .       . all
"""
NAMES: Final = {
    "manager": ("distributor_manager", "direct_buyer_manager"),
    "senior": ("distributor_senior", "direct_buyer_senior"),
    "head": ("distributor_head", "direct_buyer_head"),
}
CASES: Final = [
    (name, *line.split()[0].split(":"), reach)
    for line in TABLE.strip().splitlines()
    for role, reach in zip(ROLES, line.split()[1:], strict=True)
    for name in NAMES.get(role, (role,))
]
BOOK: Final = RuleBook(1, default_rules("tenant"), default_links(), {})


def decide(role: str, resource: str, action: str) -> Decision:
    is_client = CABINET_OF_ROLE[role] in {"distributor", "direct_buyer", "logistics"}
    serves_clients = is_client or role == "manager_limited"
    own = Own(
        user_id=ME,
        branch="north",
        reg=frozenset({MY_REGION}),
        org=frozenset({MY_CLIENT}) if serves_clients else frozenset(),
        ctr=frozenset({MY_CONTRACT}) if is_client else frozenset(),
        agr=frozenset(),
    )
    return compile_decision(BOOK.rules_for([f"r:{role}", f"u:{ME}"], resource, action), own, NOW)


@pytest.mark.parametrize(("role", "resource", "action", "reach"), CASES)
def test_a_role_reaches_exactly_what_the_product_says(role: str, resource: str, action: str, reach: str) -> None:
    decision = decide(role, resource, action)
    assert {name for name, obj in OBJECTS.items() if decision.check(obj)} == REACH[reach]
    assert decision.is_empty == (reach == ".")


def test_the_table_speaks_of_every_role_and_every_permission() -> None:
    asked = {(role, resource, action) for role, resource, action, _ in CASES}
    assert asked == {(role, *permission) for role in CABINET_OF_ROLE for permission in PERMISSIONS}


def test_the_guest_has_no_right() -> None:
    assert not any(BOOK.rules_for(["r:guest"], resource, action) for resource, action in PERMISSIONS)


@pytest.mark.parametrize("role", ["forwarder", "logistician"])
def test_no_later_allow_shows_a_price_to_who_only_carries(role: str) -> None:
    generous = replace(default_rules("tenant")[0], subject=f"r:{role}", resource="price", action="view", effect="allow")
    book = RuleBook(1, [*default_rules("tenant"), replace(generous, id=UUID(int=9))], default_links(), {})
    own = Own(ME, "", frozenset(), frozenset(), frozenset(), frozenset())
    assert compile_decision(book.rules_for([f"r:{role}"], "price", "view"), own, NOW).is_empty


def test_a_shared_draft_is_a_colleagues_too() -> None:
    shared = replace(COMPANY_OBJECT, shared=True)
    assert decide("distributor_manager", "order", "view").check(shared)
    assert not decide("distributor_manager", "order", "view").check(replace(shared, org=OTHER_CLIENT))


def test_an_offer_that_is_not_in_force_is_neither_seen_nor_ordered() -> None:
    for live in (False, None):
        ended = replace(OWN_OBJECT, live=live)
        assert not decide("distributor_head", "offer", "view").check(ended)
        assert not decide("manager_full", "offer", "order").check(ended)


def test_rules_links_and_labels_are_sound() -> None:
    rules, links, labels = default_rules("tenant"), default_links(), role_labels()
    assert [fault for rule in rules if (fault := fault_of(rule))] == []
    assert find_deep_chain(links) == ""
    assert {(rule.resource, rule.action) for rule in rules} <= PERMISSIONS
    assert len({rule.id for rule in rules}) == len(rules)
    known = {f"r:{role}" for role in labels} | {link.parent for link in links}
    assert {rule.subject for rule in rules} | {link.child for link in links} <= known
    assert set(labels) == {"guest", *CABINET_OF_ROLE}
    assert all(len({label.ru, label.kk, label.en}) >= 2 and label.ru for label in labels.values())
    assert {role: label.cabinet for role, label in labels.items() if label.cabinet} == CABINET_OF_ROLE


@pytest.mark.parametrize("table", ["permissions.csv", "roles.csv", "links.csv", "rules.csv"])
def test_every_line_of_a_policy_table_has_as_many_cells_as_its_head(table: str) -> None:
    lines = [line for line in (POLICIES / table).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert {len(cells) for cells in csv.reader(lines)} == {len(lines[0].split(","))}
