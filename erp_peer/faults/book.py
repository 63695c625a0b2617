"""The rules of one process: which are in force, and whom they strike."""

import datetime as dt
import re
import time
from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct

from erp_peer.faults.shapes import AnyRule, LockConflict, Maintenance

# What commands write, by the first word of their type.
_SETS = {"order": "Document_ЗаказКлиента", "vehicle": "Document_ЗаданиеНаПеревозку", "claim": "Catalog_Претензии"}


class Asked(Struct, frozen=True):
    """A request as far as rules look at it."""

    method: str
    path: str
    body: bytes = b""

    def concerns(self, entity: str) -> bool:
        """Whether it is about a set: named in its path, or written by one of its commands."""
        if entity in self.path:
            return True
        return any(f'"{word}.'.encode() in self.body for word, name in _SETS.items() if name == entity)


class RuleState(Struct):
    """A rule at work."""

    rule: AnyRule
    number: int
    rng: Random
    since: float
    seen: int = 0
    done: int = 0

    @property
    def ends_at(self) -> float | None:
        """When it is over, however often it struck."""
        return None if self.rule.for_s is None else self.since + self.rule.for_s

    def is_over(self, now: float) -> bool:
        """Used up or out of time."""
        ends_at, times = self.ends_at, self.rule.times
        return (times is not None and self.done >= times) or (ends_at is not None and now >= ends_at)

    def strikes(self, asked: Asked, now: dt.datetime) -> bool:
        """Whether this request suffers; counts it either way."""
        rule, match = self.rule, self.rule.match
        if not match.fits(asked.method, asked.path):
            return False
        if isinstance(rule, LockConflict) and rule.entity and not asked.concerns(rule.entity):
            return False
        if isinstance(rule, Maintenance) and rule.is_daily and not rule.window(now)[0] <= now:
            return False
        self.seen += 1
        if match.nth is not None and self.seen != match.nth:
            return False
        if match.p is not None and self.rng.random() >= match.p:
            return False
        self.done += 1
        return True


class RuleReport(Struct):
    """A rule as `/_control/state` shows it."""

    number: int
    rule: AnyRule
    seen: int
    done: int


class Faults:
    """The rules of one process."""

    def __init__(self, seed: int, now: Callable[[], dt.datetime]) -> None:
        self._seed = seed
        self._now = now
        self._rules: list[RuleState] = []
        self._count = 0

    def add(self, rules: Sequence[AnyRule]) -> None:
        """Put rules behind the present ones.

        Raises:
            re.error: a path is no regular expression.
        """
        for rule in rules:
            if rule.match.path is not None:
                re.compile(rule.match.path)
        for rule in rules:
            self._count += 1
            self._rules.append(RuleState(rule, self._count, Random(f"{self._seed}/{self._count}"), time.monotonic()))

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def report(self) -> list[RuleReport]:
        """Rules still in force."""
        self._drop_over()
        return [RuleReport(state.number, state.rule, state.seen, state.done) for state in self._rules]

    def look_inside(self) -> bool:
        """Whether a rule wants to see the bodies of requests."""
        return any(isinstance(state.rule, LockConflict) and state.rule.entity for state in self._rules)

    def strike(self, asked: Asked, kinds: tuple[type[AnyRule], ...] | None = None) -> list[RuleState]:
        """The rules that hit this request, in the order they were added; only those of the kinds named."""
        self._drop_over()
        now = self._now()
        able = [state for state in self._rules if kinds is None or isinstance(state.rule, kinds)]
        return [state for state in able if state.strikes(asked, now)]

    def maintenance(self, path: str) -> tuple[dt.datetime, dt.datetime | None] | None:
        """The present or next window announced to a path, with its end when that is known."""
        self._drop_over()
        now = self._now()
        for state in self._rules:
            rule = state.rule
            if not isinstance(rule, Maintenance) or not (rule.match.path is None or re.search(rule.match.path, path)):
                continue
            if rule.is_daily:
                return rule.window(now)
            ends_at = state.ends_at
            return now, None if ends_at is None else now + dt.timedelta(seconds=max(ends_at - time.monotonic(), 0))
        return None

    def _drop_over(self) -> None:
        now = time.monotonic()
        self._rules = [state for state in self._rules if not state.is_over(now)]
