"""Four engines that answer the same question, three of them not ours: Casbin, Cedar and PostgreSQL."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import asyncpg
import cedarpy
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.access.adapter import make_enforcer
from app.access.decisions import Column, Decision
from app.access.rules import Rule, term_of
from app.access.terms import DIMENSIONS, Facts
from tests.access.worlds import ACTION, MEMBER, MINE, NOW, RESOURCE, World

COLUMNS: Final = (*DIMENSIONS, "live", "author", "branch", "shared")
_TYPES: Final[Mapping[str, str]] = {"live": "boolean", "branch": "text", "shared": "boolean"}


def ask_casbin(world: World) -> list[bool]:
    """Walk every rule in force with ``Enforcer.enforce``."""
    enforcer = make_enforcer([rule for rule in world.rules if rule.in_force(NOW)], world.links)
    for subject in MINE:
        enforcer.get_role_manager().add_link(MEMBER, subject)
    return [enforcer.enforce(MEMBER, world.own, RESOURCE, ACTION, obj) for obj in world.objects]


def ask_python(decision: Decision, world: World) -> list[bool]:
    """Check object after object with the compiled decision."""
    return [decision.check(obj) for obj in world.objects]


def ask_explanations(decision: Decision, world: World) -> list[bool]:
    """Judge by the rules an explanation names: something for, and nothing against."""
    explained = [decision.explain(obj) for obj in world.objects]
    assert [one.allowed for one in explained] == [bool(one.allows) and not one.denies for one in explained]
    return [one.allowed for one in explained]


def ask_cedar(world: World) -> list[bool]:
    """Translate the rules to Cedar and ask its engine."""
    policies = "\n".join(_cedar_policy(rule) for rule in world.rules if rule.in_force(NOW))
    requests: list[dict[str, object]] = [
        {"principal": f'Member::"{MEMBER}"', "action": f'Action::"{ACTION}"', "resource": f'Obj::"{n}"', "context": {}}
        for n in range(len(world.objects))
    ]
    answers = cedarpy.is_authorized_batch(requests, policies, _cedar_entities(world))
    assert not any(answer.diagnostics.errors for answer in answers)
    return [answer.allowed for answer in answers]


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


def _cedar_entities(world: World) -> list[dict[str, object]]:
    def entity(kind: str, name: str, attrs: Mapping[str, object], parents: Sequence[str] = ()) -> dict[str, object]:
        above = [{"type": "Subject", "id": parent} for parent in parents]
        return {"uid": {"type": kind, "id": name}, "attrs": dict(attrs), "parents": above}

    own = world.own
    owned = {"reg": own.reg, "org": own.org, "ctr": own.ctr, "agr": own.agr}
    person: dict[str, object] = {name: [str(one) for one in ids] for name, ids in owned.items()}
    names = {*MINE, *(link.child for link in world.links), *(link.parent for link in world.links)}
    return [
        entity("Member", MEMBER, {**person, "user": str(own.user_id), "branch": own.branch}, MINE),
        *(entity("Subject", n, {}, [link.parent for link in world.links if link.child == n]) for n in sorted(names)),
        *(entity("Obj", str(n), _cedar_attributes(obj)) for n, obj in enumerate(world.objects)),
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

    def ask_text(self, decision: Decision, world: World) -> list[bool]:
        """Filter by ``Decision.text``."""
        first = len(COLUMNS) + 2
        condition, params = decision.text({name: f"o.{name}" for name in COLUMNS}, first)
        query = f"SELECT o.n FROM {_table('${}')} WHERE {condition}"
        rows = self._runner.run(self._driver.fetch(query, *_arrays(world), *params))
        return _as_answers(world, [cast("int", row["n"]) for row in rows])

    def ask_sql(self, decision: Decision, world: World) -> list[bool]:
        """Filter by ``Decision.sql``."""
        source = sa.text(f"SELECT * FROM {_table(':a{}')}").columns(
            sa.column("n", sa.Integer),
            *(sa.column(name, _core_type(name)) for name in COLUMNS),
        )
        given = source.bindparams(**{f"a{n}": value for n, value in enumerate(_arrays(world), start=1)}).subquery("o")
        columns = cast("Mapping[str, Column]", {name: given.c[name] for name in COLUMNS})
        statement = sa.select(given.c.n).where(decision.sql(columns))
        found = self._runner.run(self._fetch(statement))
        return _as_answers(world, found)

    async def _fetch(self, statement: sa.Select[int]) -> Sequence[int]:
        return [row[0] for row in await self._core.execute(statement)]

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


def _arrays(world: World) -> list[list[object]]:
    numbers: list[object] = list(range(len(world.objects)))
    return [numbers, *([_value(obj, name) for obj in world.objects] for name in COLUMNS)]


def _core_type(name: str) -> sa.types.TypeEngine[object]:
    kinds: Mapping[str, object] = {"live": sa.Boolean(), "shared": sa.Boolean(), "branch": sa.Text()}
    return cast("sa.types.TypeEngine[object]", kinds.get(name, sa.UUID()))


def _as_answers(world: World, found: Sequence[int]) -> list[bool]:
    inside = set(found)
    assert len(found) == len(inside)
    return [number in inside for number in range(len(world.objects))]
