"""Casbin on typed rows: no rule is ever written as a line of text and parsed again.

The adapters on offer join columns with ", " and split them afterwards; one name with a comma then shifts a row
and stops a whole tenant (ACCESS, trap 5). Here a row becomes a list of its own values.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, cast

import casbin
from casbin.persist import Adapter

from app.access.rules import Link, Rule
from app.access.terms import ANY, Facts, Own, scope

MODEL: Final = Path(__file__).parents[2] / "policies" / "model.conf"
# With no rule at all Casbin asks its matcher about blanks and may allow (trap 2): there is always this one.
SENTINEL: Final = ("sentinel", "r:nobody", "nothing", "none", *([ANY] * 8), "deny")


class RoleManager(Protocol):
    """The part of Casbin's role manager in use."""

    def get_roles(self, name: str) -> list[str]:
        """Name the direct parents."""
        ...

    def add_link(self, name1: str, name2: str) -> None:
        """Give ``name1`` everything ``name2`` has."""
        ...


class Enforcer(Protocol):
    """The part of Casbin's enforcer in use."""

    def enforce(self, subject: str, who: Own, resource: str, action: str, obj: Facts) -> bool:
        """Walk every rule and decide; slow, and the measure of the compiled decision."""
        ...

    def get_role_manager(self) -> RoleManager:
        """Give the roles of ``g``."""
        ...

    def add_function(self, name: str, func: Callable[..., bool]) -> None:
        """Make a function known to the matcher."""
        ...


class _Assertion(Protocol):
    policy: list[list[str]]
    policy_map: dict[str, int]


class _Model(Protocol):
    model: dict[str, dict[str, _Assertion]]


class _RowAdapter(Adapter):
    def __init__(self, rules: Sequence[Rule], links: Sequence[Link]) -> None:
        self._rules = [list(SENTINEL), *(casbin_row(rule) for rule in rules)]
        self._links = [[link.child, link.parent] for link in links]

    def load_policy(self, model: object) -> None:
        sections = cast("_Model", model).model
        for section, rows in (("p", self._rules), ("g", self._links)):
            assertion = sections[section][section]
            assertion.policy = rows
            assertion.policy_map = {"\x1f".join(row): place for place, row in enumerate(rows)}


def make_enforcer(rules: Sequence[Rule], links: Sequence[Link]) -> Enforcer:
    """Build a new enforcer; nobody uses it yet, so a half-loaded one can never answer."""
    enforcer = cast("Enforcer", casbin.Enforcer(str(MODEL), _RowAdapter(rules, links)))
    enforcer.add_function("scope", scope)
    return enforcer


def casbin_row(rule: Rule) -> list[str]:
    """Lay a rule out in the order of ``policy_definition``."""
    terms = (rule.reg, rule.org, rule.ctr, rule.agr, rule.lin, rule.prd, rule.val, rule.aut)
    return [str(rule.id), rule.subject, rule.resource, rule.action, *terms, rule.effect]
