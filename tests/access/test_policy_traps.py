"""Traps of Casbin that were fallen into once (ACCESS 1.2); each stays shut."""

import re
import time
from collections.abc import Callable, Sized
from importlib.metadata import distributions
from itertools import pairwise
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from asyncpg import CheckViolationError, InvalidTextRepresentationError
from msgspec.structs import replace

from app.access.adapter import MODEL, casbin_row, make_enforcer
from app.access.book import BrokenRulesError, RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import MissingColumnError
from app.access.rules import Link, Rule, fault_of
from app.access.terms import Facts, scope
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from tests.access import tenants
from tests.access.worlds import ME, NOW, POOL, Own
from tests.support.databases import Database

ROOT: Final = Path(__file__).parents[2]
ALLOW: Final = Rule(UUID(int=1), "r:seller", "order", "view", "allow")
NOBODY: Final = Own(ME, "", frozenset(), frozenset(), frozenset(), frozenset())
ANYTHING: Final = Facts()


def test_only_pycasbin_is_installed() -> None:
    # Both distributions write the package "casbin"; the last one installed wins and removing one breaks the other.
    names = {str(found.name).lower() for found in distributions()}
    assert "pycasbin" in names
    assert "casbin" not in names


def test_no_watcher_and_no_foreign_adapter_is_installed() -> None:
    names = {str(found.name).lower() for found in distributions()}
    assert not {name for name in names if "casbin" in name or name == "redis-watcher"} - {"pycasbin"}


def test_one_enforcer_a_tenant_has_role_links_without_domains() -> None:
    assert re.search(r"^g = _, _$", MODEL.read_text(encoding="utf-8"), re.MULTILINE)
    links = [Link(f"u:{UUID(int=n)}", f"r:role_{n % 7}") for n in range(5_000)]
    enforcer = make_enforcer([ALLOW], links)
    began = time.perf_counter()
    enforcer.enforce("u:0", NOBODY, "order", "view", ANYTHING)
    # With domains 5,000 links cost 11 s here (trap 1); without, some milliseconds.
    assert time.perf_counter() - began < 1


def test_an_empty_policy_allows_nobody_not_even_a_blank_request() -> None:
    enforcer = make_enforcer([], [])
    assert not enforcer.enforce("", NOBODY, "", "", ANYTHING)
    assert not enforcer.enforce("r:nobody", NOBODY, "nothing", "none", ANYTHING)
    # Nor would it if a term of nothing meant anything: there is always one rule, so the matcher never sees none.
    enforcer.add_function("scope", lambda *_: True)
    assert not enforcer.enforce("", NOBODY, "", "", ANYTHING)
    with pytest.raises(BrokenRulesError):
        RuleBook(1, [], [], {})


def test_the_matcher_never_evaluates_text_of_a_rule() -> None:
    assert "eval(" not in MODEL.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module",
    [
        *("FastEnforcer", "SyncedEnforcer", "AsyncEnforcer", "DistributedEnforcer", "batch_enforce", "Watcher"),
        # Rules of a living enforcer are never changed: another one is made and takes its place (trap 4).
        *("load_filtered_policy", "add_policy", "add_policies", "remove_policy", "update_policy", "clear_policy"),
    ],
)
def test_parts_of_casbin_that_fail_open_or_slowly_are_not_used(module: str) -> None:
    users = [path for path in ROOT.joinpath("app").rglob("*.py") if module in path.read_text(encoding="utf-8")]
    assert users == []


def test_the_matcher_holds_no_text_but_the_star() -> None:
    # Casbin rewrites "!" and "&&" in the matcher's text, inside quotes too (trap 11).
    matchers = MODEL.read_text(encoding="utf-8").partition("[matchers]")[2]
    assert re.findall(r"""["'](.*?)["']""", matchers) == ["*"]


EVERY_FACT: Final = replace(ANYTHING, live=True, shared=True, **{dimension: ids[0] for dimension, ids in POOL.items()})
WHOLE: Final = replace(
    ALLOW,
    **{dimension: str(ids[0]) for dimension, ids in POOL.items()},
    val="live",
    aut="@branch",
)


@pytest.mark.parametrize("obj", [ANYTHING, replace(EVERY_FACT, live=None), EVERY_FACT])
def test_what_a_rule_asks_of_an_object_is_answered_yes_or_no(obj: Facts) -> None:
    # A matcher that gives a number, a text or nothing, or misses an attribute, stops the whole check (traps 11, 12).
    texts = (*(str(ids[0]) for ids in POOL.values()), "live", "@branch")
    ask = cast("Callable[..., object]", scope)
    assert type(ask(NOBODY, obj, *texts)) is bool
    enforcer = make_enforcer([WHOLE, replace(ALLOW, id=UUID(int=2), subject="r:other")], [])
    assert enforcer.enforce("r:seller", NOBODY, "order", "view", obj) is (obj is EVERY_FACT)
    assert enforcer.enforce("r:other", NOBODY, "order", "view", obj)


def test_values_with_commas_blanks_and_brackets_reach_casbin_whole() -> None:
    # An adapter that writes lines and parses them again loses these (trap 5).
    odd = replace(ALLOW, subject=" r:a)b, c(d ", resource="x, *")
    assert casbin_row(odd)[1:3] == [" r:a)b, c(d ", "x, *"]
    assert make_enforcer([odd], []).enforce(" r:a)b, c(d ", NOBODY, "x, *", "view", ANYTHING)


def test_asking_about_strangers_leaves_nothing_behind() -> None:
    book = RuleBook(1, [ALLOW], [Link("r:seller", "r:base")], {})
    known = cast("Sized", vars(book.enforcer.get_role_manager())["all_roles"])
    before = len(known)
    for number in range(1_000):
        book.rules_for([f"u:{UUID(int=number)}"], "order", "view")
        book.path([f"u:{UUID(int=number)}"], "r:base")
    assert len(known) == before


def test_a_person_called_like_a_role_is_not_the_role() -> None:
    book = RuleBook(1, [ALLOW], [], {})
    assert book.rules_for(["u:seller", "seller"], "order", "view") == []
    assert fault_of(replace(ALLOW, subject="seller")) == "subject 'seller' is not r:role, u:id, m:id or o:id"


FIRST: Final = str(POOL["org"][0])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"reg": "@mine"}, "reg: '@mine' is neither * nor an id nor @own"),
        ({"lin": "@own"}, "lin: '@own' is neither * nor an id"),
        ({"org": ""}, "org: '' is neither * nor an id nor @own"),
        ({"org": f"{FIRST}|"}, "org: '' is neither * nor an id nor @own"),
        ({"org": f"@own|{FIRST}"}, "org: '@own' is neither * nor an id nor @own"),
        ({"org": FIRST.replace("-", "")}, f"org: {FIRST.replace('-', '')!r} is neither * nor an id nor @own"),
        ({"ctr": "1 OR 1=1"}, "ctr: '1 OR 1=1' is neither * nor an id nor @own"),
        ({"val": "alive"}, "val: 'alive' is neither * nor live"),
        ({"aut": "@team"}, "aut: '@team' is neither *, @own nor @branch"),
        ({"effect": "Deny"}, "effect 'Deny' is neither allow nor deny"),
        ({"action": "VIEW"}, "action 'VIEW' is neither a name nor *"),
        ({"resource": "*"}, "resource '*' is not a name"),
        ({}, ""),
        ({"org": f"{FIRST}|{POOL['org'][1]}", "aut": "@branch", "val": "live"}, ""),
    ],
)
def test_a_rule_outside_the_language_is_named(change: dict[str, str], fault: str) -> None:
    assert fault_of(replace(ALLOW, **change)) == fault


def test_an_unsound_allow_gives_nothing_and_harms_nobody_else() -> None:
    book = RuleBook(1, [replace(ALLOW, reg="oops"), replace(ALLOW, id=UUID(int=2), resource="offer")], [], {})
    assert compile_decision(book.rules_for(["r:seller"], "order", "view"), NOBODY, NOW).is_empty
    assert compile_decision(book.rules_for(["r:seller"], "offer", "view"), NOBODY, NOW).check(ANYTHING)


@pytest.mark.parametrize("change", [{"reg": "oops"}, {"effect": "Deny"}, {"val": "Live"}])
def test_an_unsound_denial_forbids_everything_it_may_have_meant(change: dict[str, str]) -> None:
    bad = replace(ALLOW, **{"id": UUID(int=2), "effect": "deny", **change})
    book = RuleBook(1, [ALLOW, replace(ALLOW, id=UUID(int=3), resource="offer"), bad], [], {})
    assert compile_decision(book.rules_for(["r:seller"], "order", "view"), NOBODY, NOW).is_empty
    assert not compile_decision(book.rules_for(["r:seller"], "offer", "view"), NOBODY, NOW).is_empty
    # Casbin itself got the same hardened rule.
    assert not book.enforcer.enforce("r:seller", NOBODY, "order", "view", ANYTHING)


def test_a_denial_that_fits_nobody_stops_the_tenant() -> None:
    with pytest.raises(BrokenRulesError) as raised:
        RuleBook(1, [ALLOW, replace(ALLOW, id=UUID(int=2), effect="deny", subject="R:Seller")], [], {})
    fault = "subject 'R:Seller' is not r:role, u:id, m:id or o:id"
    assert raised.value.params == {"reason": f"rule {UUID(int=2)}: {fault}"}


def test_four_steps_from_role_to_role_are_followed() -> None:
    names = ["r:seller", "r:one", "r:two", "r:three", "r:four"]
    links = [Link(child, parent) for child, parent in pairwise(names)]
    book = RuleBook(1, [replace(ALLOW, subject="r:four")], links, {})
    assert len(book.rules_for(["r:seller"], "order", "view")) == 1


def test_a_list_that_cannot_say_what_a_rule_asks_shows_nothing() -> None:
    rule = replace(ALLOW, org=FIRST, lin=str(POOL["lin"][0]), aut="@branch", val="live")
    decision = compile_decision([rule], NOBODY, NOW)
    with pytest.raises(MissingColumnError, match="a rule limits 'lin'"):
        decision.text({"org": "o.org"}, 1)
    with pytest.raises(MissingColumnError, match="a rule limits 'lin'"):
        decision.sql({"org": sa.column("org", sa.Uuid())})


def test_fingerprints_are_equal_exactly_for_equal_rights() -> None:
    company = replace(ALLOW, org=FIRST)
    colleague = replace(NOBODY, user_id=UUID(int=5))
    assert (
        compile_decision([company], NOBODY, NOW).fingerprint == compile_decision([company], colleague, NOW).fingerprint
    )
    personal = replace(ALLOW, aut="@own")
    prints = {
        compile_decision([rule], who, NOW).fingerprint
        for rule in (ALLOW, company, personal)
        for who in (NOBODY, colleague)
    }
    assert len(prints) == 4


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"effect": "Deny"}, InvalidTextRepresentationError),
        ({"subject": "admin"}, CheckViolationError),
        ({"subject": "u:17"}, CheckViolationError),
        ({"val": "alive"}, CheckViolationError),
        ({"aut": "@team"}, CheckViolationError),
        ({"org": ""}, CheckViolationError),
        ({"resource": ""}, CheckViolationError),
        ({"action": ""}, CheckViolationError),
    ],
)
async def test_the_database_refuses_what_would_fail_open(
    module_database: Database, change: dict[str, str], error: type[Exception]
) -> None:
    owner = make_engine(module_database.owner_url)
    await tenants.make_tenant(owner)
    with pytest.raises(error):
        async with open_tenant_transaction(owner, tenants.TENANT) as transaction:
            await tenants.write_rules(transaction, [replace(ALLOW, **change)])
    await owner.dispose()


def test_context_is_only_ever_set_for_one_transaction() -> None:
    # A setting of the session would stay on the connection for whoever gets it next (ACCESS 2.8).
    sources = [*ROOT.joinpath("app").rglob("*.py"), *ROOT.joinpath("migrations").rglob("*.py")]
    lasting = re.compile(r"set_config\([^)]*,\s*false\s*\)", re.IGNORECASE)
    assert [path.name for path in sources if lasting.search(path.read_text(encoding="utf-8"))] == []
