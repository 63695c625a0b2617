"""Faults on demand: rules say which requests suffer what; chance comes from a seeded generator."""

import datetime as dt
import re
import time
from random import Random
from typing import Literal

import msgspec
from msgspec import Struct, field

FaultName = Literal["latency", "http", "drop_before_handle", "drop_after_commit", "maintenance"]
BodyKind = Literal["json", "atom", "html", "empty"]


class Match(Struct, forbid_unknown_fields=True):
    """Which requests: all conditions must hold; an absent one always does."""

    method: str | None = None
    path: str | None = field(name="path~", default=None)  # regular expression, searched in the decoded path
    nth: int | None = None  # only this one of the matching requests, counted from 1
    p: float | None = None


class Rule(Struct, forbid_unknown_fields=True):
    """One rule as it is sent."""

    fault: FaultName
    match: Match = msgspec.field(default_factory=Match)
    times: int | None = None
    for_s: float | None = None
    ms: float = 0
    jitter_ms: float = 0
    status: int = 500
    body: BodyKind = "json"
    mode: Literal["503", "html", "refuse"] = "503"


class RuleState(Struct):
    """A rule at work."""

    rule: Rule
    number: int
    rng: Random
    ends_at: float | None
    seen: int = 0
    done: int = 0

    def is_over(self, now: float) -> bool:
        """Used up or out of time."""
        rule = self.rule
        return (rule.times is not None and self.done >= rule.times) or (
            self.ends_at is not None and now >= self.ends_at
        )

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request suffers; counts it either way."""
        match = self.rule.match
        if match.method is not None and match.method.upper() != method:
            return False
        if match.path is not None and not re.search(match.path, path):
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
    rule: Rule
    seen: int
    done: int


class Faults:
    """The rules of one process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rules: list[RuleState] = []
        self._count = 0

    def add(self, rules: list[Rule]) -> None:
        """Put rules behind the present ones.

        Raises:
            re.error: a path is no regular expression.
        """
        for rule in rules:
            if rule.match.path is not None:
                re.compile(rule.match.path)
        for rule in rules:
            self._count += 1
            ends_at = None if rule.for_s is None else time.monotonic() + rule.for_s
            self._rules.append(RuleState(rule, self._count, Random(f"{self._seed}/{self._count}"), ends_at))

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def report(self) -> list[RuleReport]:
        """Rules still in force."""
        self._drop_over()
        return [RuleReport(state.number, state.rule, state.seen, state.done) for state in self._rules]

    def strike(self, method: str, path: str) -> list[Rule]:
        """The rules that hit this request, in the order they were added."""
        self._drop_over()
        return [state.rule for state in self._rules if state.strikes(method, path)]

    def delay_s(self, rule: Rule) -> float:
        """Latency of one request: base plus an even share of the jitter."""
        state = next((s for s in self._rules if s.rule is rule), None)
        jitter = state.rng.random() * rule.jitter_ms if state is not None else 0
        return (rule.ms + jitter) / 1000

    def maintenance_until(self) -> dt.timedelta | None:
        """Time to the end of a maintenance window; zero when its end is not known, None when there is none."""
        self._drop_over()
        for state in self._rules:
            if state.rule.fault == "maintenance":
                left = 0.0 if state.ends_at is None else state.ends_at - time.monotonic()
                return dt.timedelta(seconds=max(left, 0))
        return None

    def _drop_over(self) -> None:
        now = time.monotonic()
        self._rules = [state for state in self._rules if not state.is_over(now)]
