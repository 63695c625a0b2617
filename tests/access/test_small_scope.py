"""Every policy of up to two rules over two dimensions, two values and none: all engines give the same answers."""

import os
import sys
import time
from collections.abc import Iterator, Sequence

import pytest

from app.access.adapter import Enforcer
from tests.access import oracles
from tests.access.scopes import FOUR, PAIRS, Pair, scope_of
from tests.access.worlds import World, decide
from tests.access.wrong_compilers import Patch, a_denial_that_only_touches_covers, owning_nothing_means_any
from tests.access.wrong_matchers import an_allow_outweighs

EVERY_PAIR = os.environ.get("KARAVAN_PAIRS") == "all"
AT_ONCE = 50  # conditions in one statement


@pytest.fixture(scope="module")
def postgres(pg_server_url: str) -> Iterator[oracles.Postgres]:
    """A server to filter with."""
    server = oracles.Postgres(pg_server_url)
    yield server
    server.close()


def disagreements(worlds: Sequence[World], enforcer: Enforcer, postgres: oracles.Postgres) -> Iterator[str]:
    """Ask every engine about worlds with the same objects, and tell where they differ."""
    decisions, objects = [decide(world) for world in worlds], worlds[0].objects
    listed = zip(postgres.filter_text(objects, decisions), postgres.filter_sql(objects, decisions), strict=True)
    for world, decision, (text, sql) in zip(worlds, decisions, listed, strict=True):
        oracles.give_rules(enforcer, world.rules)
        cedar, reasons = oracles.ask_cedar(world)
        verdicts = {
            "casbin": oracles.ask_casbin(world, enforcer),
            "cedar": cedar,
            "check": oracles.ask_python(decision, world),
            "explain": oracles.ask_explanations(decision, world),
            "text": text,
            "sql": sql,
        }
        explained = [oracles.decisive(one) for one in oracles.explained_reasons(decision, objects)]
        if explained != reasons or any(one != cedar for one in verdicts.values()):
            yield f"{world}: {verdicts}, {explained}, {reasons}"


@pytest.mark.parametrize("pair", PAIRS if EVERY_PAIR else FOUR, ids="-".join)
def test_no_small_policy_is_understood_in_two_ways(pair: Pair, postgres: oracles.Postgres) -> None:
    began, scope = time.monotonic(), scope_of(pair)
    worlds = list(scope.worlds())
    enforcer = oracles.make_casbin(worlds[0].rules, worlds[0].links)
    found = [
        one
        for place in range(0, len(worlds), AT_ONCE)
        for one in disagreements(worlds[place : place + AT_ONCE], enforcer, postgres)
    ]
    asked = len(worlds) * len(scope.objects)
    told = f"{'-'.join(pair)}: {len(scope.policies)} policies, {asked} questions, every answer six times the same"
    sys.stdout.write(f"{told}; {time.monotonic() - began:.0f} s\n")
    assert found == []


@pytest.mark.parametrize("mutant", [owning_nothing_means_any, a_denial_that_only_touches_covers, an_allow_outweighs])
def test_a_small_policy_is_enough_to_notice_a_fault(
    mutant: Patch, postgres: oracles.Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    worlds = list(scope_of(("reg", "val")).worlds())
    enforcer = oracles.make_casbin(worlds[0].rules, worlds[0].links)
    with pytest.raises(AssertionError):
        assert not any(disagreements(worlds, enforcer, postgres))


def test_nothing_small_is_left_out() -> None:
    scope = scope_of(("ctr", "val"))
    assert len(PAIRS) == 28
    assert {one for pair in FOUR for one in pair} == {one for pair in PAIRS for one in pair}
    # Five terms by two, allowed or forbidden, alone or with any other or with itself.
    assert len(scope.policies) == 20 + 20 * 21 // 2
    assert len(scope.objects) == 3 * 3
