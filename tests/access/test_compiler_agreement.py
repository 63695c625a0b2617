"""Five answers to every question are one answer: Casbin, Cedar, the compiled check and both forms of SQL.

A differential test without a floor of allowed answers and without mutants proves nothing (ACCESS 2.5): the rate is
measured, and each way of being wrong that we know of is put into the compiler and has to be noticed.
"""

# A mutant has to reach into what it breaks.
# pyright: reportPrivateUsage=false

import os
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from msgspec.structs import replace

from app.access import compiler
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Conjunction, Decision
from app.access.rules import Rule
from app.access.terms import DIMENSIONS, Facts, Own
from tests.access import oracles
from tests.access.worlds import MINE, World, decide, worlds

# `make prove` asks for more worlds, and for more objects than the few that shrink well (0).
EXAMPLES = int(os.environ.get("KARAVAN_EXAMPLES", "150"))
OBJECTS = int(os.environ.get("KARAVAN_OBJECTS", "0"))
LEAST_OBJECTS = OBJECTS or 4
MUTANT_EXAMPLES = 4000  # a run ends at the first disagreement; only a mutant that lives asks them all


@pytest.fixture(scope="module")
def postgres(pg_server_url: str) -> Iterator[oracles.Postgres]:
    """A server to filter with."""
    server = oracles.Postgres(pg_server_url)
    yield server
    server.close()


def answers(world: World, postgres: oracles.Postgres) -> dict[str, list[bool]]:
    decision = decide(world)
    return {
        "casbin": oracles.ask_casbin(world),
        "cedar": oracles.ask_cedar(world),
        "check": oracles.ask_python(decision, world),
        "explain": oracles.ask_explanations(decision, world),
        "text": postgres.ask_text(decision, world),
        "sql": postgres.ask_sql(decision, world),
    }


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
        assert all(answer == found["casbin"] for answer in found.values()), found
        given_answers.extend(found["casbin"])

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


Patch = Callable[[pytest.MonkeyPatch], None]


def not_instead_of_is_not_true(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.text

    def mutant(self: Decision, columns: dict[str, str], first: int) -> tuple[str, list[object]]:
        text, params = honest(self, columns, first)
        head, found, tail = text.rpartition(" IS NOT TRUE)")
        if not found or not self.deny:
            return text, params
        # "(allowed AND (denied) IS NOT TRUE)" becomes "(allowed AND NOT (denied))"
        start = honest(Decision(self.allow, (), self._user_id, self._branch), columns, first)[0]
        denied = head.removeprefix(f"({start} AND ")
        return f"({start} AND NOT {denied}){tail}", params

    patch.setattr(Decision, "text", mutant)


def denials_forgotten_by_the_check(patch: pytest.MonkeyPatch) -> None:
    def mutant(self: Decision, obj: Facts) -> bool:
        return self._matches(self._allow_plan, obj)

    patch.setattr(Decision, "check", mutant)


def denials_of_two_dimensions_dropped(patch: pytest.MonkeyPatch) -> None:
    honest = compiler._conjunction

    def mutant(rule: Rule, own: Own) -> Conjunction | None:
        said = honest(rule, own)
        if said is None or rule.effect == "allow":
            return said
        return None if sum(said.ids(dimension) is not None for dimension in DIMENSIONS) >= 2 else said

    patch.setattr(compiler, "_conjunction", mutant)


def any_action_ignored(patch: pytest.MonkeyPatch) -> None:
    honest = RuleBook.rules_for

    def mutant(self: RuleBook, subjects: tuple[str, ...], resource: str, action: str) -> list[Rule]:
        return [rule for rule in honest(self, subjects, resource, action) if rule.action != "*"]

    patch.setattr(RuleBook, "rules_for", mutant)


def inherited_roles_ignored(patch: pytest.MonkeyPatch) -> None:
    def mutant(_self: RuleBook, subjects: tuple[str, ...]) -> list[str]:
        return list(subjects)

    patch.setattr(RuleBook, "closure", mutant)


def only_the_role_has_rules(patch: pytest.MonkeyPatch) -> None:
    honest = RuleBook.rules_for

    def mutant(self: RuleBook, _subjects: tuple[str, ...], resource: str, action: str) -> list[Rule]:
        return honest(self, MINE[2:], resource, action)

    patch.setattr(RuleBook, "rules_for", mutant)


def owning_nothing_means_any(patch: pytest.MonkeyPatch) -> None:
    honest = compiler.resolve

    def mutant(dimension: str, text: str, own: Own) -> object:
        return honest(dimension, text, own) or None  # pyright: ignore[reportArgumentType]

    patch.setattr(compiler, "resolve", mutant)


def covering_turned_round(patch: pytest.MonkeyPatch) -> None:
    honest = Conjunction.covers

    def mutant(self: Conjunction, other: Conjunction) -> bool:
        return honest(other, self)

    patch.setattr(Conjunction, "covers", mutant)


def merging_over_two_dimensions(patch: pytest.MonkeyPatch) -> None:
    honest = compiler._merge

    def mutant(many: list[Conjunction], dimension: str) -> list[Conjunction]:
        # "this contract and this agreement" becomes "this contract"
        merged = honest(many, dimension)
        return [replace(one, agr=None) if dimension == "ctr" and one.ctr is not None else one for one in merged]

    patch.setattr(compiler, "_merge", mutant)


def validity_ignored(patch: pytest.MonkeyPatch) -> None:
    honest = compiler._conjunction

    def mutant(rule: Rule, own: Own) -> Conjunction | None:
        return honest(replace(rule, val="*"), own)

    patch.setattr(compiler, "_conjunction", mutant)


def branch_taken_for_own(patch: pytest.MonkeyPatch) -> None:
    honest = compiler._authorship

    def mutant(text: str) -> str:
        return "@own" if text == "@branch" else honest(text)

    patch.setattr(compiler, "_authorship", mutant)


def ended_rules_still_in_force(patch: pytest.MonkeyPatch) -> None:
    honest = compile_decision

    def mutant(rules: list[Rule], own: Own, now: object) -> Decision:
        return honest([replace(rule, valid_to=None) for rule in rules], own, now)  # pyright: ignore[reportArgumentType]

    patch.setattr("tests.access.worlds.compile_decision", mutant)


def rules_begin_too_late(patch: pytest.MonkeyPatch) -> None:
    honest = compile_decision

    def mutant(rules: list[Rule], own: Own, now: object) -> Decision:
        begun = [rule for rule in rules if rule.valid_from is None or rule.valid_from != now]
        return honest(begun, own, now)  # pyright: ignore[reportArgumentType]

    patch.setattr("tests.access.worlds.compile_decision", mutant)


@pytest.mark.parametrize(
    "mutant",
    [
        not_instead_of_is_not_true,
        denials_forgotten_by_the_check,
        denials_of_two_dimensions_dropped,
        any_action_ignored,
        inherited_roles_ignored,
        only_the_role_has_rules,
        owning_nothing_means_any,
        covering_turned_round,
        merging_over_two_dimensions,
        validity_ignored,
        branch_taken_for_own,
        ended_rules_still_in_force,
        rules_begin_too_late,
    ],
)
def test_a_compiler_that_is_wrong_is_noticed(
    mutant: Patch, postgres: oracles.Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        prove(postgres, MUTANT_EXAMPLES, shrink=False)
