"""Four engines that answer the same question, three of them not ours: Casbin, Cedar and PostgreSQL."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, Protocol, cast
from uuid import UUID

import asyncpg
import cedarpy
import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.access import adapter
from app.access.adapter import SENTINEL, Enforcer, make_enforcer
from app.access.compiler import compile_decision
from app.access.decisions import Column, Decision
from app.access.rules import Link, Rule, term_of
from app.access.terms import DIMENSIONS, Facts, Own
from tests.access.lending import HEADS, counting
from tests.access.worlds import ACTION, MEMBER, MINE, NOW, RESOURCE, World


class _Assertion(Protocol):
    policy: list[list[str]]
    policy_map: dict[str, int]


class _Inner(Protocol):
    model: dict[str, dict[str, _Assertion]]


class _Model(Protocol):
    model: _Inner


COLUMNS: Final = (*DIMENSIONS, "live", "author", "branch", "shared")
_AT_ONCE: Final = 32
_THE_HEAD: Final = "m:2"  # the head of the person's client, as a subject of a request
_PEOPLE: Final[Mapping[str, Sequence[str]]] = {MEMBER: MINE, _THE_HEAD: HEADS}
_TYPES: Final[Mapping[str, str]] = {"live": "boolean", "branch": "text", "shared": "boolean"}


class Reasons(Struct, frozen=True):
    """The rules that speak for an object, and those that speak against it."""

    allows: frozenset[UUID] = frozenset()
    denies: frozenset[UUID] = frozenset()


def make_casbin(rules: Sequence[Rule], links: Sequence[Link]) -> Enforcer:
    """Make an enforcer that knows the person, and the head of the client, as subjects of a request."""
    enforcer = make_enforcer(rules, links)
    for person, subjects in _PEOPLE.items():
        for subject in subjects:
            enforcer.get_role_manager().add_link(person, subject)
    return enforcer


def casbin_counting(enforcer: Enforcer, world: World) -> list[Rule]:
    """Ask Casbin which rules count; the enforcer has these rules afterwards."""

    def all_allowed(rules: Sequence[Rule], objects: Iterator[Facts]) -> bool:
        give_rules(enforcer, rules)
        return all(enforcer.enforce(_THE_HEAD, world.own, RESOURCE, ACTION, obj) for obj in objects)

    found = counting(world, all_allowed)
    give_rules(enforcer, found)
    return found


def give_rules(enforcer: Enforcer, rules: Sequence[Rule]) -> None:
    """Let an enforcer that nobody else uses answer by other rules; making one anew means parsing the model again."""
    assertion = cast("_Model", enforcer).model.model["p"]["p"]
    assertion.policy = [list(SENTINEL), *(adapter.casbin_row(rule) for rule in rules)]
    assertion.policy_map = {"\x1f".join(row): place for place, row in enumerate(assertion.policy)}


def ask_casbin(world: World, enforcer: Enforcer | None = None) -> list[bool]:
    """Walk every rule that counts with ``Enforcer.enforce``, of an enforcer that has them if one is given."""
    if enforcer is None:
        enforcer = make_casbin(world.rules, world.links)
        casbin_counting(enforcer, world)
    return _enforced(enforcer, world, world.objects)


def casbin_reasons(enforcer: Enforcer, world: World, rules: Sequence[Rule], objects: Sequence[Facts]) -> list[Reasons]:
    """Ask Casbin about each rule that counts alone, as if it were an allow; the enforcer loses them all."""
    speaking: list[tuple[Rule, list[bool]]] = []
    for rule in rules:
        give_rules(enforcer, [replace(rule, effect="allow")])
        speaking.append((rule, _enforced(enforcer, world, objects)))
    return [_reasons(rule for rule, said in speaking if said[place]) for place in range(len(objects))]


def _enforced(enforcer: Enforcer, world: World, objects: Sequence[Facts]) -> list[bool]:
    return [enforcer.enforce(MEMBER, world.own, RESOURCE, ACTION, obj) for obj in objects]


def _reasons(rules: Iterable[Rule]) -> Reasons:
    said = list(rules)
    return Reasons(*(frozenset(rule.id for rule in said if rule.effect == effect) for effect in ("allow", "deny")))


def explained_reasons(decision: Decision, objects: Sequence[Facts]) -> list[Reasons]:
    """Take the rules the product's own explanation names; each once."""
    explained = [decision.explain(obj) for obj in objects]
    assert all(len(one.allows) == len({*one.allows}) and len(one.denies) == len({*one.denies}) for one in explained)
    return [Reasons(frozenset(one.allows), frozenset(one.denies)) for one in explained]


def ask_python(decision: Decision, world: World) -> list[bool]:
    """Check object after object with the compiled decision."""
    return [decision.check(obj) for obj in world.objects]


def ask_explanations(decision: Decision, world: World) -> list[bool]:
    """Judge by the rules an explanation names: something for, and nothing against."""
    explained = [decision.explain(obj) for obj in world.objects]
    assert [one.allowed for one in explained] == [bool(one.allows) and not one.denies for one in explained]
    return [one.allowed for one in explained]


def ask_cedar(world: World) -> tuple[list[bool], list[Reasons]]:
    """Translate the rules to Cedar and ask its engine: its verdicts, and the rules each of them stands on."""

    def all_allowed(rules: Sequence[Rule], objects: Iterator[Facts]) -> bool:
        # The first few refuse most of what is refused.
        while some := list(islice(objects, _AT_ONCE)):
            if not all(one.allowed for one in _authorized(world, _THE_HEAD, rules, some)):
                return False
        return True

    rules = counting(world, all_allowed)
    answers = _authorized(world, MEMBER, rules, world.objects)
    reasons = [_reasons(rules[int(name.removeprefix("policy"))] for name in one.diagnostics.reasons) for one in answers]
    return [answer.allowed for answer in answers], reasons


def _authorized(
    world: World, person: str, rules: Sequence[Rule], objects: Sequence[Facts]
) -> Sequence[cedarpy.AuthzResult]:
    policies = "\n".join(_cedar_policy(rule) for rule in rules)
    requests: list[dict[str, object]] = [
        {"principal": f'Member::"{person}"', "action": f'Action::"{ACTION}"', "resource": f'Obj::"{n}"', "context": {}}
        for n in range(len(objects))
    ]
    answers = cedarpy.is_authorized_batch(requests, policies, _cedar_entities(world, objects))
    assert not any(answer.diagnostics.errors for answer in answers)
    return answers


def decisive(reasons: Reasons) -> Reasons:
    """Keep what Cedar tells: the denials where there are any, otherwise what allows."""
    return Reasons(denies=reasons.denies) if reasons.denies else Reasons(allows=reasons.allows)


def _cedar_policy(rule: Rule) -> str:
    conditions = [f'resource.kind == "{rule.resource}"']
    for dimension in DIMENSIONS:
        text = term_of(rule, dimension)
        if text == "@own":
            conditions.append(f"resource has {dimension} && principal.{dimension}.contains(resource.{dimension})")
        elif text != "*":
            ids = ", ".join(f'"{one}"' for one in text.split("|"))
            conditions.append(f"resource has {dimension} && [{ids}].contains(resource.{dimension})")
    if rule.val == "live":
        conditions.append("resource has live && resource.live")
    if rule.aut != "*":
        mine = "(resource has author && resource.author == principal.user) || resource.shared"
        conditions.append(f"({mine}{' || resource.branch == principal.branch' if rule.aut == '@branch' else ''})")
    action = "action" if rule.action == "*" else f'action == Action::"{rule.action}"'
    effect = "permit" if rule.effect == "allow" else "forbid"
    return f'{effect}(principal in Subject::"{rule.subject}", {action}, resource) when {{ {" && ".join(conditions)} }};'


def _cedar_entities(world: World, objects: Sequence[Facts]) -> list[dict[str, object]]:
    def entity(kind: str, name: str, attrs: Mapping[str, object], parents: Sequence[str] = ()) -> dict[str, object]:
        above = [{"type": "Subject", "id": parent} for parent in parents]
        return {"uid": {"type": kind, "id": name}, "attrs": dict(attrs), "parents": above}

    own = world.own
    owned = {"reg": own.reg, "org": own.org, "ctr": own.ctr, "agr": own.agr}
    person: dict[str, object] = {name: [str(one) for one in ids] for name, ids in owned.items()}
    person |= {"user": str(own.user_id), "branch": own.branch}
    names = {*chain(*_PEOPLE.values()), *(link.child for link in world.links), *(link.parent for link in world.links)}
    return [
        *(entity("Member", name, person, subjects) for name, subjects in _PEOPLE.items()),
        *(entity("Subject", n, {}, [link.parent for link in world.links if link.child == n]) for n in sorted(names)),
        *(entity("Obj", str(n), _cedar_attributes(obj)) for n, obj in enumerate(objects)),
    ]


def _cedar_attributes(obj: Facts) -> dict[str, object]:
    given = {name: _value(obj, name) for name in COLUMNS}
    present = {name: str(one) if isinstance(one, UUID) else one for name, one in given.items() if one is not None}
    return {"kind": RESOURCE, **present}


def _value(obj: Facts, name: str) -> object:
    return cast("object", getattr(obj, name))


class Postgres:
    """A real server that filters the objects by both forms of the condition."""

    def __init__(self, url: str) -> None:
        """Connect twice: the bare driver for the text form, SQLAlchemy for the other."""
        self._runner = asyncio.Runner()
        self._driver: asyncpg.Connection[asyncpg.Record] = self._runner.run(asyncpg.connect(url))
        self._engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
        self._core: AsyncConnection = self._runner.run(self._open())

    async def _open(self) -> AsyncConnection:
        return await self._engine.connect()

    def filter_text(self, objects: Sequence[Facts], decisions: Sequence[Decision]) -> list[list[bool]]:
        """Filter the objects by ``Decision.text``, by each decision for itself and all in one statement."""
        columns, params, selects = {name: f"o.{name}" for name in COLUMNS}, _arrays(objects), list[str]()
        for place, decision in enumerate(decisions):
            condition, mine = decision.text(columns, len(params) + 1)
            selects.append(f"SELECT {place} AS place, o.n FROM o WHERE {condition}")
            params.extend(mine)
        names = ", ".join(("n", *COLUMNS))
        query = f"WITH o ({names}) AS (SELECT * FROM {_table('${}')}) {' UNION ALL '.join(selects)}"
        rows = self._runner.run(self._driver.fetch(query, *params)) if selects else []
        found = [(cast("int", row["place"]), cast("int", row["n"])) for row in rows]
        return _as_answers(found, len(decisions), len(objects))

    def filter_sql(self, objects: Sequence[Facts], decisions: Sequence[Decision]) -> list[list[bool]]:
        """Filter the objects by ``Decision.sql`` in the same way."""
        source = sa.text(f"SELECT * FROM {_table(':a{}')}").columns(
            sa.column("n", sa.Integer),
            *(sa.column(name, _core_type(name)) for name in COLUMNS),
        )
        given = source.bindparams(**{f"a{n}": value for n, value in enumerate(_arrays(objects), start=1)}).cte("o")
        columns = cast("Mapping[str, Column]", {name: given.c[name] for name in COLUMNS})
        statement = sa.union_all(
            *(
                sa.select(sa.literal_column(f"{place}", sa.Integer), given.c.n).where(decision.sql(columns))
                for place, decision in enumerate(decisions)
            )
        )
        return _as_answers(self._runner.run(self._fetch(statement)), len(decisions), len(objects))

    def reasons(self, objects: Sequence[Facts], rules: Sequence[Rule], own: Own) -> list[Reasons]:
        """Filter by the condition of each rule alone: the rules that reach each row."""
        alone = [compile_decision([replace(rule, effect="allow", is_lent=False)], own, NOW) for rule in rules]
        found = list(zip(rules, self.filter_text(objects, alone), strict=True))
        return [_reasons(rule for rule, reached in found if reached[place]) for place in range(len(objects))]

    def speaking(self, objects: Sequence[Facts], rules: Sequence[Rule], decision: Decision) -> list[Reasons]:
        """Let the database name the rules by ``Decision.speaking_text``."""
        columns, params = {name: f"o.{name}" for name in COLUMNS}, _arrays(objects)
        spoken, mine = decision.speaking_text(columns, len(params) + 1)
        query = f"SELECT {spoken} AS ids FROM {_table('${}')} ORDER BY o.n"
        rows = self._runner.run(self._driver.fetch(query, *params, *mine)) if objects else []
        found = [frozenset(cast("list[UUID]", row["ids"])) for row in rows]
        return [_reasons(rule for rule in rules if rule.id in ids) for ids in found]

    async def _fetch(self, statement: sa.CompoundSelect[int, int]) -> Sequence[tuple[int, int]]:
        return [(row[0], row[1]) for row in await self._core.execute(statement)]

    def close(self) -> None:
        """Let go of both connections."""
        self._runner.run(self._driver.close())
        self._runner.run(self._core.close())
        self._runner.run(self._engine.dispose())
        self._runner.close()


def _table(parameter: str) -> str:
    """The objects as a table made of parallel arrays."""
    types = ["int", *(_TYPES.get(name, "uuid") for name in COLUMNS)]
    arrays = ", ".join(f"CAST({parameter.format(place)} AS {kind}[])" for place, kind in enumerate(types, start=1))
    return f"unnest({arrays}) AS o (n, {', '.join(COLUMNS)})"


def _arrays(objects: Sequence[Facts]) -> list[object]:
    return [list(range(len(objects))), *([_value(obj, name) for obj in objects] for name in COLUMNS)]


def _core_type(name: str) -> sa.types.TypeEngine[object]:
    kinds: Mapping[str, object] = {"live": sa.Boolean(), "shared": sa.Boolean(), "branch": sa.Text()}
    return cast("sa.types.TypeEngine[object]", kinds.get(name, sa.UUID()))


def _as_answers(found: Sequence[tuple[int, int]], decisions: int, objects: int) -> list[list[bool]]:
    inside = set(found)
    assert len(found) == len(inside)
    return [[(place, number) in inside for number in range(objects)] for place in range(decisions)]
