"""Ways of getting Casbin's side wrong: the model, the rows and the function behind its matcher."""

# A mutant has to reach into what it breaks.
# pyright: reportPrivateUsage=false

from pathlib import Path
from typing import Final, cast
from uuid import UUID

import casbin
import pytest
from msgspec.structs import replace

from app.access import adapter, terms
from app.access.rules import Rule
from app.access.terms import Facts, Own
from tests.access.wrong_compilers import Patch


def _other_model(patch: pytest.MonkeyPatch, old: str, new: str) -> None:
    honest = casbin.Enforcer

    def mutant(path: str, rows: object) -> object:
        text = Path(path).read_text(encoding="utf-8")
        assert old in text
        return cast("object", honest(honest.new_model(text=text.replace(old, new)), rows))

    patch.setattr(casbin, "Enforcer", mutant)


def an_allow_outweighs(patch: pytest.MonkeyPatch) -> None:
    _other_model(patch, " && !some(where (p.eft == deny))", "")


def any_action_is_an_action_of_that_name(patch: pytest.MonkeyPatch) -> None:
    _other_model(patch, '(p.act == "*" || r.act == p.act)', "r.act == p.act")


def any_resource(patch: pytest.MonkeyPatch) -> None:
    _other_model(patch, "r.res == p.res && ", "")


def everybody_is_every_subject(patch: pytest.MonkeyPatch) -> None:
    _other_model(patch, "g(r.sub, p.sub) && ", "")


def roles_lead_nowhere(patch: pytest.MonkeyPatch) -> None:
    _other_model(patch, "g(r.sub, p.sub)", "r.sub == p.sub")


def two_terms_change_places(patch: pytest.MonkeyPatch) -> None:
    honest = adapter.casbin_row

    def mutant(rule: Rule) -> list[str]:
        return honest(replace(rule, ctr=rule.agr, agr=rule.ctr))

    patch.setattr(adapter, "casbin_row", mutant)


def nothing_is_within_every_term(patch: pytest.MonkeyPatch) -> None:
    honest = terms._holds

    def mutant(text: str, value: UUID | None, own: frozenset[UUID]) -> bool:
        return value is None or honest(text, value, own)

    patch.setattr(terms, "_holds", mutant)


def own_is_whatever_there_is(patch: pytest.MonkeyPatch) -> None:
    honest = terms._holds

    def mutant(text: str, value: UUID | None, own: frozenset[UUID]) -> bool:
        return (text == "@own" and value is not None) or honest(text, value, own)

    patch.setattr(terms, "_holds", mutant)


def written_by_a_colleague_of_the_branch_is_own(patch: pytest.MonkeyPatch) -> None:
    honest = terms._authored

    def mutant(aut: str, obj: Facts, who: Own) -> bool:
        return honest("@branch" if aut == "@own" else aut, obj, who)

    patch.setattr(terms, "_authored", mutant)


def what_may_have_ended_is_in_force(patch: pytest.MonkeyPatch) -> None:
    honest = adapter.scope

    def mutant(who: Own, obj: Facts, *texts: str) -> bool:
        return honest(who, replace(obj, live=obj.live is not False), *texts)  # pyright: ignore[reportCallIssue]

    patch.setattr(adapter, "scope", mutant)


MUTANTS: Final[tuple[Patch, ...]] = (
    an_allow_outweighs,
    any_action_is_an_action_of_that_name,
    any_resource,
    everybody_is_every_subject,
    roles_lead_nowhere,
    two_terms_change_places,
    nothing_is_within_every_term,
    own_is_whatever_there_is,
    written_by_a_colleague_of_the_branch_is_own,
    what_may_have_ended_is_in_force,
)
