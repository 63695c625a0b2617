"""Ways of getting the compiler wrong; each has to be noticed by the agreement of the engines."""

# A mutant has to reach into what it breaks.
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from app.access import compiler, decisions
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Conjunction, Decision
from app.access.explaining import Explanation
from app.access.rules import Rule
from app.access.terms import ANY, DIMENSIONS, Facts, Own
from tests.access.worlds import ROLE

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

    def mutant(rule: Rule, own: Own) -> Conjunction:
        said = honest(rule, own)
        if rule.effect == "allow" or sum(said.ids(dimension) is not None for dimension in DIMENSIONS) < 2:
            return said
        return replace(said, reg=frozenset[UUID]())  # says nothing

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
        return honest(self, [ROLE], resource, action)

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

    def mutant(rule: Rule, own: Own) -> Conjunction:
        return honest(replace(rule, val="*"), own)

    patch.setattr(compiler, "_conjunction", mutant)


def branch_taken_for_own(patch: pytest.MonkeyPatch) -> None:
    honest = compiler._authorship

    def mutant(text: str) -> str:
        return "@own" if text == "@branch" else honest(text)

    patch.setattr(compiler, "_authorship", mutant)


def ended_rules_still_in_force(patch: pytest.MonkeyPatch) -> None:
    honest = compile_decision

    def mutant(rules: list[Rule], own: Own, now: datetime, frame: list[Rule]) -> Decision:
        return honest([replace(rule, valid_to=None) for rule in rules], own, now, frame)

    patch.setattr("tests.access.worlds.compile_decision", mutant)


def rules_begin_too_late(patch: pytest.MonkeyPatch) -> None:
    honest = compile_decision

    def mutant(rules: list[Rule], own: Own, now: datetime, frame: list[Rule]) -> Decision:
        begun = [rule for rule in rules if rule.valid_from is None or rule.valid_from != now]
        return honest(begun, own, now, frame)

    patch.setattr("tests.access.worlds.compile_decision", mutant)


def not_in_the_other_form(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.sql

    def mutant(self: Decision, columns: dict[str, decisions.Column]) -> sa.ColumnElement[bool]:
        allowed = honest(Decision(self.allow, (), self._user_id, self._branch), columns)
        denied = honest(Decision(self.deny, (), self._user_id, self._branch), columns)
        return sa.and_(allowed, sa.not_(denied)) if self.allow and self.deny else allowed

    patch.setattr(Decision, "sql", mutant)


def only_the_first_denial_reaches_the_lists(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.text

    def mutant(self: Decision, columns: dict[str, str], first: int) -> tuple[str, list[object]]:
        return honest(Decision(self.allow, self.deny[:1], self._user_id, self._branch), columns, first)

    patch.setattr(Decision, "text", mutant)


def lists_forget_the_branch(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.text

    def mutant(self: Decision, columns: dict[str, str], first: int) -> tuple[str, list[object]]:
        return honest(Decision(self.allow, self.deny, self._user_id, ""), columns, first)

    patch.setattr(Decision, "text", mutant)


def unknown_validity_taken_for_valid(patch: pytest.MonkeyPatch) -> None:
    honest = Decision._matches

    def mutant(self: Decision, plans: tuple[decisions._Plan, ...], obj: Facts) -> bool:
        return honest(self, plans, replace(obj, live=obj.live is not False))

    patch.setattr(Decision, "_matches", mutant)


def shared_with_nobody(patch: pytest.MonkeyPatch) -> None:
    honest = Decision._authored

    def mutant(self: Decision, aut: str, obj: Facts) -> bool:
        return honest(self, aut, replace(obj, shared=False))  # pyright: ignore[reportArgumentType]

    patch.setattr(Decision, "_authored", mutant)


def a_denial_that_only_touches_covers(patch: pytest.MonkeyPatch) -> None:
    honest = Conjunction.covers

    def mutant(self: Conjunction, other: Conjunction) -> bool:
        return honest(replace(self, live=False, aut=ANY), other)

    patch.setattr(Conjunction, "covers", mutant)


def merging_forgets_validity(patch: pytest.MonkeyPatch) -> None:
    honest = compiler._merge

    def mutant(many: list[Conjunction], dimension: str) -> list[Conjunction]:
        if all(one.live for one in many):
            return honest(many, dimension)
        return honest([replace(one, live=False) for one in many], dimension)

    patch.setattr(compiler, "_merge", mutant)


def a_list_of_ids_is_its_first(patch: pytest.MonkeyPatch) -> None:
    honest = compiler.resolve

    def mutant(dimension: str, text: str, own: Own) -> frozenset[UUID] | None:
        return honest(dimension, text.partition("|")[0], own)  # pyright: ignore[reportArgumentType]

    patch.setattr(compiler, "resolve", mutant)


def rules_of_any_action_serve(patch: pytest.MonkeyPatch) -> None:
    def mutant(self: RuleBook, subjects: tuple[str, ...], resource: str, _action: str) -> list[Rule]:
        return [rule for one in self.closure(subjects) for rule in self._index.get((one, resource), ())]

    patch.setattr(RuleBook, "rules_for", mutant)


def an_explanation_names_one_rule(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.explain

    def mutant(self: Decision, obj: Facts) -> Explanation:
        said = honest(self, obj)
        return replace(said, allows=said.allows[:1], denies=said.denies[:1])

    patch.setattr(Decision, "explain", mutant)


def an_explanation_stops_at_the_denial(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.explain

    def mutant(self: Decision, obj: Facts) -> Explanation:
        said = honest(self, obj)
        return replace(said, allows=()) if said.denies else said

    patch.setattr(Decision, "explain", mutant)


MUTANTS: Final[tuple[Patch, ...]] = (
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
    not_in_the_other_form,
    only_the_first_denial_reaches_the_lists,
    lists_forget_the_branch,
    unknown_validity_taken_for_valid,
    shared_with_nobody,
    a_denial_that_only_touches_covers,
    merging_forgets_validity,
    a_list_of_ids_is_its_first,
    rules_of_any_action_serve,
    an_explanation_names_one_rule,
    an_explanation_stops_at_the_denial,
)
