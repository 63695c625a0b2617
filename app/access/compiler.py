"""From rules to a decision: resolve the terms, drop what cannot match, join what says the same."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from app.access.decisions import Conjunction, Decision, Sleep, Source
from app.access.rules import Rule
from app.access.terms import ANY, BRANCH, DIMENSIONS, LIVE, OWN, Authorship, Own, resolve


def compile_decision(
    rules: Iterable[Rule], own: Own, now: datetime, frame: Iterable[Rule] = (), *, permission: str = ""
) -> Decision:
    """Compile sound rules of one resource and action, and of every subject the person acts as.

    ``now`` is the database clock; only rules in force at that instant count. ``frame``: the rules of the role that
    may lend rights to the person; what was lent beyond them is nobody's, also when they narrowed afterwards.
    ``permission`` is what the rules are about; without it the decision opens no protected table.
    """
    lender: Decision | None = None
    sources: list[Source] = []
    for rule in rules:
        said = _conjunction(rule, own)
        sleep: Sleep = "" if rule.in_force(now) else "dates"
        if rule.is_lent and rule.effect == "allow":
            lender = compile_decision(frame, own, now) if lender is None else lender
            sleep = sleep if lender.includes(said) else "lent"
        sources.append(Source(rule.id, rule.effect == "allow", said, sleep))
    awake = [one for one in sources if one.is_awake]
    deny = _simplify([one.said for one in awake if not one.is_allow])
    allow = _simplify([one.said for one in awake if one.is_allow])
    # What a denial covers whole can never be allowed; a decision left with nothing is empty and says so.
    reachable = tuple(one for one in allow if not any(ban.covers(one) for ban in deny))
    return Decision(reachable, deny if reachable else (), own.user_id, own.branch, sources, permission)


def next_change(rules: Iterable[Rule], now: datetime) -> datetime | None:
    """Find the next instant at which one of the rules begins or ends."""
    edges = [edge for rule in rules for edge in (rule.valid_from, rule.valid_to) if edge is not None and edge > now]
    return min(edges, default=None)


def _conjunction(rule: Rule, own: Own) -> Conjunction:
    """Say what a rule says of this person; an empty set is the "own" of somebody who owns nothing."""
    reg, org = resolve("reg", rule.reg, own), resolve("org", rule.org, own)
    ctr, agr = resolve("ctr", rule.ctr, own), resolve("agr", rule.agr, own)
    lin, prd = resolve("lin", rule.lin, own), resolve("prd", rule.prd, own)
    return Conjunction(reg, org, ctr, agr, lin, prd, rule.val == LIVE, _authorship(rule.aut))


def _authorship(text: str) -> Authorship:
    if text == OWN:
        return OWN
    return BRANCH if text == BRANCH else ANY


def _simplify(many: Sequence[Conjunction]) -> tuple[Conjunction, ...]:
    if len(many) <= 1:
        return tuple(many)
    merged = list(dict.fromkeys(many))
    for dimension in DIMENSIONS:
        merged = _merge(merged, dimension)
    kept: list[Conjunction] = []
    for place, one in enumerate(merged):
        others = (*kept, *merged[place + 1 :])
        if not any(other.covers(one) for other in others):
            kept.append(one)
    return tuple(kept)


def _merge(many: Sequence[Conjunction], dimension: str) -> list[Conjunction]:
    """Join conjunctions that differ in one dimension only: their sets become one set."""
    if sum(one.ids(dimension) is not None for one in many) <= 1:
        return list(many)
    groups: dict[Conjunction, set[UUID]] = {}
    plain: list[Conjunction] = []
    for one in many:
        ids = one.ids(dimension)
        if ids is None:
            plain.append(one)
        else:
            groups.setdefault(replace(one, **{dimension: None}), set()).update(ids)
    return plain + [replace(rest, **{dimension: frozenset(ids)}) for rest, ids in groups.items()]
