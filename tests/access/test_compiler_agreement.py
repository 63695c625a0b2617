"""Every answer is one answer: Casbin, Cedar, the compiled check, its explanation and both forms of SQL.

A differential test without a floor of allowed answers and without mutants proves nothing (ACCESS 2.5): the rate is
measured, and each way of being wrong that we know of is put into the compiler or the matcher and has to be noticed.
"""

import os
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from msgspec import Struct

from tests.access import oracles, wrong_compilers, wrong_frames, wrong_matchers
from tests.access.worlds import ACTION, MINE, RESOURCE, World, book_of, decide, worlds
from tests.access.wrong_compilers import Patch

# `make prove` asks for more worlds, for more objects than the few that shrink well (0), and for every mutant.
EXAMPLES = int(os.environ.get("KARAVAN_EXAMPLES", "500"))
OBJECTS = int(os.environ.get("KARAVAN_OBJECTS", "0"))
EVERY_MUTANT = os.environ.get("KARAVAN_MUTANTS") == "all"
LEAST_OBJECTS = OBJECTS or 4
WITH_REASONS = 5  # of each world's objects; which rules speak is asked of one rule after another
MUTANT_EXAMPLES = 4000  # a run ends at the first disagreement; only a mutant that lives asks them all

MUTANTS = (*wrong_compilers.MUTANTS, *wrong_matchers.MUTANTS, *wrong_frames.MUTANTS)
# One of each kind: the lists, the check, the merging, the matcher, the explanation, the frame of what is lent.
A_FEW = {
    wrong_compilers.not_instead_of_is_not_true,
    wrong_compilers.denials_forgotten_by_the_check,
    wrong_compilers.merging_forgets_validity,
    wrong_matchers.an_allow_outweighs,
    wrong_compilers.an_explanation_names_one_rule,
    wrong_frames.the_frame_forgets_denials,
}


@pytest.fixture(scope="module")
def postgres(pg_server_url: str) -> Iterator[oracles.Postgres]:
    """A server to filter with."""
    server = oracles.Postgres(pg_server_url)
    yield server
    server.close()


class Answers(Struct, frozen=True):
    """What each engine says: may the person, and because of which rules."""

    verdicts: dict[str, list[bool]]
    reasons: dict[str, list[oracles.Reasons]]
    decisive: dict[str, list[oracles.Reasons]]  # as much of the reasons as Cedar tells

    @property
    def are_one(self) -> bool:
        """Whether nobody says anything else than the others."""
        return (
            all(one == self.verdicts["casbin"] for one in self.verdicts.values())
            and all(one == self.reasons["explain"] for one in self.reasons.values())
            and self.decisive["cedar"] == self.decisive["explain"]
        )


def answers(world: World, postgres: oracles.Postgres) -> Answers:
    decision, objects, few = decide(world), world.objects, world.objects[:WITH_REASONS]
    enforcer = oracles.make_casbin(world.rules, world.links)
    counting = oracles.casbin_counting(enforcer, world)
    speaking = [rule for rule in book_of(world).rules_for(MINE, RESOURCE, ACTION) if rule in counting]
    explained = oracles.explained_reasons(decision, few)
    cedar, told = oracles.ask_cedar(world)
    return Answers(
        {
            "casbin": oracles.ask_casbin(world, enforcer),
            "cedar": cedar,
            "check": oracles.ask_python(decision, world),
            "explain": oracles.ask_explanations(decision, world),
            "text": postgres.filter_text(objects, [decision])[0],
            "sql": postgres.filter_sql(objects, [decision])[0],
        },
        {
            "casbin": oracles.casbin_reasons(enforcer, world, counting, few),
            "explain": explained,
            "text": postgres.reasons(few, speaking, world.own),
            "named by the database": postgres.speaking(few, speaking, decision),
        },
        {
            "cedar": told[:WITH_REASONS],
            "explain": [oracles.decisive(one) for one in explained],
        },
    )


def prove(postgres: oracles.Postgres, examples: int, *, shrink: bool) -> list[bool]:
    """Ask about many worlds; fail on the first disagreement; give every answer."""
    given_answers: list[bool] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=not shrink,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(worlds(OBJECTS))
    def agree(world: World) -> None:
        found = answers(world, postgres)
        assert found.are_one, found
        given_answers.extend(found.verdicts["casbin"])

    agree()
    return given_answers


def test_every_engine_gives_the_same_answer_and_allows_often_enough_to_mean_it(postgres: oracles.Postgres) -> None:
    started = time.monotonic()
    given_answers = prove(postgres, EXAMPLES, shrink=True)
    share = sum(given_answers) / len(given_answers)
    told = f"{len(given_answers)} questions in {EXAMPLES} worlds, {share:.1%} allowed, every answer six times the same"
    sys.stdout.write(f"{told}; {time.monotonic() - started:.0f} s\n")
    assert len(given_answers) >= EXAMPLES * LEAST_OBJECTS
    assert 0.2 <= share <= 0.8


def test_there_are_enough_ways_to_be_wrong() -> None:
    assert len(MUTANTS) == len(set(MUTANTS)) >= 20
    assert set(MUTANTS) > A_FEW


@pytest.mark.parametrize("mutant", [one for one in MUTANTS if EVERY_MUTANT or one in A_FEW])
def test_a_compiler_or_a_matcher_that_is_wrong_is_noticed(
    mutant: Patch, postgres: oracles.Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        prove(postgres, MUTANT_EXAMPLES, shrink=False)
