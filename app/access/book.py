"""The rules of one tenant at one version: Casbin's model, an index into it, and the tree of regions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import structlog
from structlog.typing import FilteringBoundLogger

from app.access.actors import LENDERS
from app.access.adapter import Enforcer, make_enforcer
from app.access.rules import Link, Rule, fault_of, find_deep_chain, harden
from app.kernel.errors import UnavailableError

_log = cast("FilteringBoundLogger", structlog.get_logger())


class BrokenRulesError(UnavailableError):
    """The tenant's rules cannot be served; everybody is refused until they are mended."""

    code = "access_rules_broken"


class RuleBook:
    """Immutable once made; a change of rules makes another book and swaps one reference."""

    __slots__ = ("_children", "_heirs", "_index", "enforcer", "version")

    def __init__(
        self, version: int, rules: Sequence[Rule], links: Sequence[Link], regions: Mapping[UUID, UUID | None]
    ) -> None:
        """Check, harden and index; ``regions`` maps each region to its parent.

        Raises:
            BrokenRulesError: no rules at all, or roles in a circle or too deep.
        """
        if not rules:
            raise BrokenRulesError(reason="no rules")
        if deep := find_deep_chain(links):
            raise BrokenRulesError(reason=f"the chain of roles from {deep} is too long")
        sound = [safe for rule in rules if (safe := _sound(rule)) is not None]
        self.version: Final = version
        self.enforcer: Final[Enforcer] = make_enforcer(sound, links)
        self._heirs: Final = frozenset(link.child for link in links)
        self._index: Final = _index(sound)
        self._children: Final = _children(regions)

    def rules_for(self, subjects: Iterable[str], resource: str, action: str) -> list[Rule]:
        """Collect the rules of these subjects and of every role they lead to."""
        found: list[Rule] = []
        for subject in self.closure(subjects):
            written = self._index.get((subject, resource), ())
            found.extend(rule for rule in written if rule.action in {action, "*"})
        return found

    def frame_for(self, subjects: Iterable[str], resource: str, action: str) -> list[Rule]:
        """Collect the rules within which a client's head lends rights to a person who acts as these subjects.

        They are the rules of the head's role and of the organisation, without what heads wrote themselves.
        """
        lenders = [lender for one in subjects if (lender := LENDERS.get(one, one if one.startswith("o:") else ""))]
        return [rule for rule in self.rules_for(lenders, resource, action) if not rule.is_lent]

    def closure(self, subjects: Iterable[str]) -> list[str]:
        """Add every role reachable through Casbin's own role manager."""
        reached = dict.fromkeys(subjects)
        waiting = list(reached)
        roles = self.enforcer.get_role_manager()
        while waiting:
            name = waiting.pop()
            # Asking Casbin about a stranger would make it remember the stranger (trap 7).
            for parent in roles.get_roles(name) if name in self._heirs else ():
                if parent not in reached:
                    reached[parent] = None
                    waiting.append(parent)
        return list(reached)

    def path(self, subjects: Iterable[str], wanted: str) -> list[str]:
        """Find the shortest way from one of these subjects to the one a rule is written for; empty if there is none."""
        ways: dict[str, list[str]] = {subject: [subject] for subject in subjects}
        waiting = list(ways)
        roles = self.enforcer.get_role_manager()
        for name in waiting:
            if name == wanted:
                return ways[name]
            for parent in sorted(roles.get_roles(name)) if name in self._heirs else ():
                if parent not in ways:
                    ways[parent] = [*ways[name], parent]
                    waiting.append(parent)
        return []

    def with_children(self, regions: Iterable[UUID]) -> frozenset[UUID]:
        """Add the regions inside these, however deep."""
        reached = set(regions)
        waiting = list(reached)
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in reached:
                    reached.add(child)
                    waiting.append(child)
        return frozenset(reached)


def _sound(rule: Rule) -> Rule | None:
    fault = fault_of(rule)
    if not fault:
        return rule
    _log.error("access_rule_unsound", rule=str(rule.id), fault=fault)
    safe = harden(rule)
    if safe is not None and fault_of(safe):
        # A denial nobody can place: it may be about anybody.
        raise BrokenRulesError(reason=f"rule {rule.id}: {fault}")
    return safe


def _index(rules: Iterable[Rule]) -> dict[tuple[str, str], list[Rule]]:
    index: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        index.setdefault((rule.subject, rule.resource), []).append(rule)
    return index


def _children(regions: Mapping[UUID, UUID | None]) -> dict[UUID, list[UUID]]:
    children: dict[UUID, list[UUID]] = {}
    for region, parent in regions.items():
        if parent is not None:
            children.setdefault(parent, []).append(region)
    return children
