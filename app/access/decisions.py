"""A compiled right: one person, one resource, one action, as sets of ids (ACCESS, section 2.3).

The same two lists of conjunctions answer for one object (``check``), for a list (``sql``, ``text``) and for
whoever turns them into masks (the catalogue reads ``allow`` and ``deny``). A denial in SQL is
``(…) IS NOT TRUE``, never ``NOT (…)``: with NULL the latter hides rows that ``check`` allows.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import Final, Literal, TypeVar
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.dialects import postgresql as pg

from app.access.explaining import Explanation, Fail, Miss, nearest_of
from app.access.terms import ANY, BRANCH, DIMENSIONS, Authorship, Facts
from app.infra.db.grounds import mark_by
from app.kernel.errors import NotAllowedError

Column = sa.SQLColumnExpression[object]
T = TypeVar("T")
_NOTHING: Final = frozenset[UUID]()
_Getter = Callable[[Facts], UUID | None]
_Plan = tuple[tuple[tuple[_Getter, frozenset[UUID]], ...], bool, Authorship]


class Conjunction(Struct, frozen=True):
    """All of these hold. A set names the ids a dimension may have; None means any, or none at all.

    ``live``: only while contract and agreement are in force, or, of orders, only once placed.
    ``aut``: ``@own`` is "written by the person, or shared", ``@branch`` is that or "of the person's branch".
    """

    reg: frozenset[UUID] | None = None
    org: frozenset[UUID] | None = None
    ctr: frozenset[UUID] | None = None
    agr: frozenset[UUID] | None = None
    lin: frozenset[UUID] | None = None
    prd: frozenset[UUID] | None = None
    live: bool = False
    aut: Authorship = ANY

    def ids(self, dimension: str) -> frozenset[UUID] | None:
        """Read the set of one dimension."""
        found: frozenset[UUID] | None = _GETTERS[dimension](self)
        return found

    @property
    def is_total(self) -> bool:
        """Whether it holds for anything at all."""
        return self == _TOTAL

    def meet(self, other: "Conjunction") -> "Conjunction | None":
        """Give what is within both, keeping whose it must be; None where their sets have nothing in common."""
        sets = {dimension: _common(self.ids(dimension), other.ids(dimension)) for dimension in DIMENSIONS}
        if _NOTHING in sets.values():
            return None
        return replace(self, **sets, live=self.live or other.live)

    def covers(self, other: "Conjunction") -> bool:
        """Whether everything within ``other`` is within this one too."""
        for dimension in DIMENSIONS:
            mine, theirs = self.ids(dimension), other.ids(dimension)
            if mine is not None and (theirs is None or not theirs <= mine):
                return False
        narrow_enough = other.live or not self.live
        return narrow_enough and (self.aut in {ANY, other.aut} or (self.aut == BRANCH and other.aut != ANY))

    def is_within(self, many: Sequence["Conjunction"]) -> bool:
        """Whether some of these for any author, each perhaps only a part of it, cover it together."""
        for place, wide in enumerate(many):
            if wide.aut != ANY or (wide.live and not self.live) or not wide.meets(self):
                continue
            left = self
            for dimension in DIMENSIONS:
                allowed, asked = wide.ids(dimension), left.ids(dimension)
                if allowed is None or (asked is not None and asked <= allowed):
                    continue
                # What this one leaves over; of "any" it leaves nearly all, and only another "any" covers that.
                outside = replace(left, **{dimension: None if asked is None else asked - allowed})
                if not outside.is_within(many[place + 1 :]):
                    return False
                left = replace(left, **{dimension: _common(allowed, asked)})
            return True
        return False

    def meets(self, other: "Conjunction") -> bool:
        """Whether some object may be within both; sets that have nothing in common keep them apart."""
        pairs = ((self.ids(dimension), other.ids(dimension)) for dimension in DIMENSIONS)
        return all(mine is None or theirs is None or mine & theirs for mine, theirs in pairs)


_TOTAL: Final = Conjunction()


# Why a rule sleeps: its own dates, or it was lent and the lender may not do as much any more.
Sleep = Literal["", "dates", "lent"]


class Source(Struct, frozen=True):
    """A rule that the decision was made of; one that is not in force, or asks for what is nobody's, says nothing."""

    rule: UUID
    is_allow: bool
    said: Conjunction
    sleep: Sleep = ""

    @property
    def is_awake(self) -> bool:
        """Whether it can say anything at all."""
        said = self.said
        return not self.sleep and _NOTHING not in {said.reg, said.org, said.ctr, said.agr, said.lin, said.prd}


class MissingColumnError(LookupError):
    """A rule asks about something the query did not offer; nothing may be shown instead of guessing."""


class Decision:
    """What one person may do, ready to ask. Immutable; ask the policy again in every request."""

    __slots__ = (
        "_allow_plan",
        "_branch",
        "_deny_plan",
        "_fingerprint",
        "_speaking",
        "_user_id",
        "allow",
        "deny",
        "mark",
        "sources",
    )

    def __init__(
        self,
        allow: tuple[Conjunction, ...],
        deny: tuple[Conjunction, ...],
        user_id: UUID,
        branch: str,
        sources: Sequence[Source] = (),
        permission: str = "",
    ) -> None:
        """Keep both lists; ``sources`` are the rules they were made of, for explanations.

        ``permission`` (``order:view``) marks every condition made of this decision as its grounds; without one
        no protected table can be read by it.
        """
        self.allow = allow
        self.deny = deny
        self._user_id = user_id
        self._branch = branch
        self.sources = tuple(sources)
        self._speaking: tuple[tuple[UUID, bool, tuple[_Plan]], ...] | None = None
        self._allow_plan = tuple(_plan(one) for one in allow)
        self._deny_plan = tuple(_plan(one) for one in deny)
        self._fingerprint = ""
        self.mark = mark_by(permission)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is allowed, so that the page need not even offer it."""
        return not self.allow

    @property
    def fingerprint(self) -> str:
        """A name for exactly these rights: equal for two people only if they may see the same."""
        if not self._fingerprint:
            self._fingerprint = self._digest()
        return self._fingerprint

    def check(self, obj: Facts) -> bool:
        """Say whether one object is within the right."""
        return self._matches(self._allow_plan, obj) and not self._matches(self._deny_plan, obj)

    def includes(self, one: Conjunction) -> bool:
        """Whether all of a conjunction is allowed, so that it may be handed on to somebody else.

        "Of my branch" means another branch for another person: only what holds for any author is handed on.
        """
        return one.is_within(self.allow) and not any(ban.meets(one) for ban in self.deny)

    def within(self, limit: "Decision") -> "Decision":
        """Keep of this right what another person's right allows too.

        What in the other right depends on who wrote an object is theirs alone: it allows nothing here, and forbids
        whoever wrote it.
        """
        wide = [one for one in limit.allow if one.aut == ANY]
        allow = dict.fromkeys(both for one in self.allow for other in wide if (both := one.meet(other)) is not None)
        deny = dict.fromkeys((*self.deny, *(replace(one, aut=ANY) for one in limit.deny)))
        both = Decision(tuple(allow), tuple(deny) if allow else (), self._user_id, self._branch, self.sources)
        both.mark = self.mark
        return both

    def sql(self, columns: Mapping[str, Column]) -> sa.ColumnElement[bool]:
        """Make the condition of a WHERE clause; ``columns`` maps dimension to column.

        Keys: reg, org, ctr, agr, lin, prd, live, author, branch, shared; only those the rules use must be there.

        Raises:
            MissingColumnError: a rule uses a dimension that ``columns`` does not have.
        """
        if self.is_empty:
            return sa.literal_column(f"{self.mark}false", sa.Boolean) if self.mark else sa.false()
        allowed = sa.or_(*(self._conjunction_sql(one, columns) for one in self.allow))
        if self.mark:
            allowed = sa.and_(sa.literal_column(f"{self.mark}true", sa.Boolean), allowed)
        if not self.deny:
            return allowed
        denied = sa.or_(*(self._conjunction_sql(one, columns) for one in self.deny))
        return sa.and_(allowed, denied.is_not(sa.true()))

    def text(self, columns: Mapping[str, str], first: int) -> tuple[str, list[object]]:
        """Make the same condition as text for the driver, with parameters ``$first, $first+1, …``.

        The text depends on the shape of the rights alone, so that prepared statements are shared.

        Raises:
            MissingColumnError: as for ``sql``.
        """
        if self.is_empty:
            return f"{self.mark}false", []
        params: list[object] = []
        allowed = self._alternatives_text(self.allow, columns, first, params)
        if not self.deny:
            return f"{self.mark}{allowed}", params
        denied = self._alternatives_text(self.deny, columns, first, params)
        return f"{self.mark}({allowed} AND {denied} IS NOT TRUE)", params

    def explain(self, obj: Facts) -> Explanation:
        """Name every rule that speaks for or against this object, and the nearest where none speaks for it."""
        if self._speaking is None:
            awake = (one for one in self.sources if one.is_awake)
            self._speaking = tuple((one.rule, one.is_allow, (_plan(one.said),)) for one in awake)
        said = [(rule, is_allow) for rule, is_allow, plan in self._speaking if self._matches(plan, obj)]
        allows = tuple(rule for rule, is_allow in said if is_allow)
        denies = tuple(rule for rule, is_allow in said if not is_allow)
        nearest = () if allows else nearest_of(self._miss(one, obj) for one in self.sources if one.is_allow)
        return Explanation(self.check(obj), allows, denies, nearest)

    def speaking_text(self, columns: Mapping[str, str], first: int) -> tuple[str, list[object]]:
        """Make an SQL expression for the ids of the rules that speak about a row: what ``explain`` names, by rows.

        Raises:
            MissingColumnError: as for ``sql``.
        """
        params: list[object] = []
        spoken: list[str] = []
        for one in self.sources:
            if one.is_awake:
                params.append(one.rule)
                rule = f"${first + len(params) - 1}::uuid"
                spoken.append(f"CASE WHEN {self._conjunction_text(one.said, columns, first, params)} THEN {rule} END")
        return f"array_remove(ARRAY[{', '.join(spoken)}]::uuid[], NULL)", params

    def _miss(self, source: Source, obj: Facts) -> Miss:
        fails = [Fail(source.sleep)] if source.sleep else []
        for dimension in DIMENSIONS:
            ids = source.said.ids(dimension)
            if ids is not None and _READ[dimension](obj) not in ids:
                fails.append(Fail(dimension, ids))
        if source.said.live and obj.live is not True:
            fails.append(Fail("live"))
        if source.said.aut != ANY and not self._authored(source.said.aut, obj):
            fails.append(Fail("aut"))
        return Miss(source.rule, tuple(fails))

    def _matches(self, plans: tuple[_Plan, ...], obj: Facts) -> bool:
        for sets, live, aut in plans:
            for read, allowed in sets:
                if read(obj) not in allowed:
                    break
            else:
                if (not live or obj.live is True) and (aut == ANY or self._authored(aut, obj)):
                    return True
        return False

    def _authored(self, aut: Authorship, obj: Facts) -> bool:
        return obj.author == self._user_id or obj.shared or (aut == BRANCH and obj.branch == self._branch)

    def _conjunction_sql(self, one: Conjunction, columns: Mapping[str, Column]) -> sa.ColumnElement[bool]:
        parts: list[sa.ColumnElement[bool]] = []
        for dimension in DIMENSIONS:
            ids = one.ids(dimension)
            if ids is not None:
                wanted = sa.bindparam(None, list(ids), type_=pg.ARRAY(pg.UUID(as_uuid=True)), unique=True)
                parts.append(_column(columns, dimension) == sa.any_(wanted))
        if one.live:
            parts.append(_column(columns, "live").is_(sa.true()))
        if one.aut != ANY:
            mine = [_column(columns, "author") == self._user_id, _column(columns, "shared").is_(sa.true())]
            if one.aut == BRANCH:
                mine.append(_column(columns, "branch") == self._branch)
            parts.append(sa.or_(*mine))
        return sa.and_(sa.true(), *parts)

    def _alternatives_text(
        self, many: Sequence[Conjunction], columns: Mapping[str, str], first: int, params: list[object]
    ) -> str:
        return "(" + " OR ".join(self._conjunction_text(one, columns, first, params) for one in many) + ")"

    def _conjunction_text(self, one: Conjunction, columns: Mapping[str, str], first: int, params: list[object]) -> str:
        def given(value: object) -> str:
            params.append(value)
            return f"${first + len(params) - 1}"

        parts: list[str] = []
        for dimension in DIMENSIONS:
            ids = one.ids(dimension)
            if ids is not None:
                parts.append(f"{_column(columns, dimension)} = ANY ({given(list(ids))}::uuid[])")
        if one.live:
            parts.append(f"({_column(columns, 'live')}) IS TRUE")
        if one.aut != ANY:
            author, shared = _column(columns, "author"), _column(columns, "shared")
            mine = f"{author} = {given(self._user_id)}::uuid OR ({shared}) IS TRUE"
            if one.aut == BRANCH:
                mine += f" OR {_column(columns, 'branch')} = {given(self._branch)}::text"
            parts.append(f"({mine})")
        return "(" + " AND ".join(parts or ["true"]) + ")"

    def _digest(self) -> str:
        said = [sorted(_canonical(one) for one in many) for many in (self.allow, self.deny)]
        uses_person = any(one.aut != ANY for one in (*self.allow, *self.deny))
        person = f"{self._user_id}/{self._branch}" if uses_person else ""
        return blake2b(repr((said, person)).encode(), digest_size=16).hexdigest()


def require(decision: Decision, obj: Facts) -> None:
    """Insist on a right to one object the actor may already see.

    Raises:
        NotAllowedError: the right does not reach this object.
    """
    if not decision.check(obj):
        raise NotAllowedError


_READ: Mapping[str, _Getter] = {dimension: attrgetter(dimension) for dimension in DIMENSIONS}
_GETTERS: Mapping[str, Callable[..., frozenset[UUID] | None]] = {
    dimension: attrgetter(dimension) for dimension in DIMENSIONS
}


def _common(one: frozenset[UUID] | None, other: frozenset[UUID] | None) -> frozenset[UUID] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _plan(one: Conjunction) -> _Plan:
    sets = [(attrgetter(dimension), ids) for dimension in DIMENSIONS if (ids := one.ids(dimension)) is not None]
    # Small sets first: they refuse soonest.
    return tuple(sorted(sets, key=lambda pair: len(pair[1]))), one.live, one.aut


def _canonical(one: Conjunction) -> str:
    parts = [sorted(str(item) for item in ids) if (ids := one.ids(d)) is not None else None for d in DIMENSIONS]
    return repr((parts, one.live, one.aut))


def _column(columns: Mapping[str, T], dimension: str) -> T:
    try:
        return columns[dimension]
    except KeyError:
        message = f"a rule limits {dimension!r}, but the query offers only {sorted(columns)}"
        raise MissingColumnError(message) from None
