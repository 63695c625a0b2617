"""Ways of getting the frame wrong within which a client's head lends rights; each has to be noticed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import pytest
from msgspec.structs import replace

from app.access import book
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Conjunction, Decision
from app.access.rules import Rule
from app.access.terms import ANY, Own
from tests.access.worlds import ME
from tests.access.wrong_compilers import Patch


def whatever_was_lent_counts(patch: pytest.MonkeyPatch) -> None:
    def mutant(_self: Decision, _one: Conjunction) -> bool:
        return True

    patch.setattr(Decision, "includes", mutant)


def nothing_lent_counts(patch: pytest.MonkeyPatch) -> None:
    def mutant(_self: Decision, _one: Conjunction) -> bool:
        return False

    patch.setattr(Decision, "includes", mutant)


def the_frame_is_the_role_of_the_person(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book, "LENDERS", {name: name for name in book.LENDERS})


def the_frame_is_any_head(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book, "LENDERS", dict.fromkeys(book.LENDERS, "r:direct_buyer_head"))


def the_frame_forgets_the_organisation(patch: pytest.MonkeyPatch) -> None:
    honest = RuleBook.frame_for

    def mutant(self: RuleBook, subjects: Iterable[str], resource: str, action: str) -> list[Rule]:
        return honest(self, [one for one in subjects if not one.startswith("o:")], resource, action)

    patch.setattr(RuleBook, "frame_for", mutant)


def heads_widen_their_own_frame(patch: pytest.MonkeyPatch) -> None:
    honest = RuleBook.rules_for

    def mutant(self: RuleBook, subjects: Iterable[str], resource: str, action: str) -> list[Rule]:
        heads = [one for one in subjects if one.startswith(("o:", "r:"))]
        return honest(self, [*heads, "r:distributor_head"], resource, action)

    patch.setattr(RuleBook, "frame_for", mutant)


def the_frame_forgets_denials(patch: pytest.MonkeyPatch) -> None:
    honest = Decision.includes

    def mutant(self: Decision, one: Conjunction) -> bool:
        return honest(Decision(self.allow, (), ME, ""), one)

    patch.setattr(Decision, "includes", mutant)


def the_frame_never_ends(patch: pytest.MonkeyPatch) -> None:
    honest = RuleBook.frame_for

    def mutant(self: RuleBook, subjects: Iterable[str], resource: str, action: str) -> list[Rule]:
        return [replace(rule, valid_to=None) for rule in honest(self, subjects, resource, action)]

    patch.setattr(RuleBook, "frame_for", mutant)


def touching_the_frame_is_enough(patch: pytest.MonkeyPatch) -> None:
    def mutant(self: Conjunction, many: Sequence[Conjunction]) -> bool:
        return any(wide.aut == ANY and wide.meets(self) for wide in many)

    patch.setattr(Conjunction, "is_within", mutant)


def what_is_the_heads_own_is_handed_on(patch: pytest.MonkeyPatch) -> None:
    honest = Conjunction.is_within

    def mutant(self: Conjunction, many: Sequence[Conjunction]) -> bool:
        return honest(self, [replace(wide, aut=ANY) for wide in many])

    patch.setattr(Conjunction, "is_within", mutant)


def lent_in_force_or_not(patch: pytest.MonkeyPatch) -> None:
    honest = Conjunction.is_within

    def mutant(self: Conjunction, many: Sequence[Conjunction]) -> bool:
        return honest(replace(self, live=True), many)

    patch.setattr(Conjunction, "is_within", mutant)


def a_lent_denial_needs_a_frame_too(patch: pytest.MonkeyPatch) -> None:
    honest = compile_decision

    def mutant(rules: Iterable[Rule], own: Own, now: datetime, frame: Sequence[Rule]) -> Decision:
        def counts(rule: Rule) -> bool:
            if not rule.is_lent or rule.effect == "allow":
                return True
            return not honest([replace(rule, effect="allow")], own, now, frame).is_empty

        return honest([rule for rule in rules if counts(rule)], own, now, frame)

    patch.setattr("tests.access.worlds.compile_decision", mutant)


MUTANTS: Final[tuple[Patch, ...]] = (
    whatever_was_lent_counts,
    nothing_lent_counts,
    the_frame_is_the_role_of_the_person,
    the_frame_is_any_head,
    the_frame_forgets_the_organisation,
    heads_widen_their_own_frame,
    the_frame_forgets_denials,
    the_frame_never_ends,
    touching_the_frame_is_enough,
    what_is_the_heads_own_is_handed_on,
    lent_in_force_or_not,
    a_lent_denial_needs_a_frame_too,
)
