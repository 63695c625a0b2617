"""HTML forms: all problems at once, and everything typed is kept for the next showing.

Names may be paths: ``lines[2].quantity`` fills ``quantity`` of the third line, and what stands in brackets
may be a key, an id or a number after an n: ``quantities[<product>]``, ``quantities[n12]``. Names that begin with
an underscore belong to the edge (the form token) and are not the struct's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar, cast

from litestar import Request
from litestar.datastructures import State
from msgspec import Struct

from app.infra.http.decoding import decode
from app.infra.http.scalars import Manner
from app.infra.http.visit import visit_of
from app.kernel.errors import InvalidInputError, Problem

T = TypeVar("T", bound=Struct)
MAX_FIELDS: Final = 10_000
_STEP: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*)((?:\[(?:[0-9]{1,4}|n[0-9]{1,7}|[0-9A-Fa-f-]{36})\])*)")
_KEY: Final = re.compile(r"\[([0-9A-Fa-fn-]+)\]")


class Form(Struct, Generic[T], frozen=True):
    """One posted form: ``raw`` as typed, the struct if it could be read, else the problems."""

    raw: Mapping[str, str]
    value: T | None
    problems: tuple[Problem, ...]

    def result(self) -> T:
        """Give the struct.

        Raises:
            InvalidInputError: with every problem.
        """
        if self.value is None:
            raise InvalidInputError(self.problems)
        return self.value


async def read_form(request: Request[object, object, State], kind: type[T], files: Sequence[str] = ()) -> Form[T]:
    """Read the posted form by the rules of ``kind``; never raises for what was typed.

    ``files``: names of its file inputs. The handler reads them; a browser sends one left empty as an empty text.
    """
    sent = await request.form()
    pairs = cast("Iterable[tuple[str, object]]", sent.multi_items())
    typed = [(name, value) for name, value in pairs if isinstance(value, str) and name not in files]
    return parse_form(typed, kind, visit_of(request.scope).locale)


def parse_form(pairs: Iterable[tuple[str, str]], kind: type[T], locale: str) -> Form[T]:
    """Read name-value pairs by the rules of ``kind``, as the language writes numbers."""
    mine = [(name, value) for name, value in pairs if not name.startswith("_")]
    raw = {name: value for name, value in reversed(mine)}  # noqa: C416 - the first of a repeated name wins
    if len(mine) > MAX_FIELDS:
        return Form({}, None, (Problem("too_many", "", {"max": str(MAX_FIELDS)}),))
    try:
        return Form(raw, decode(_tree(mine), kind, Manner(locale)), ())
    except InvalidInputError as error:
        return Form(raw, None, error.problems)


def _tree(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Fold paths into nested maps and lists; a name that is no path stays a plain key.

    Lists keep the order of their numbers, without holes.
    """
    root: dict[str, object] = {}
    for name, value in pairs:
        steps = _steps(name)
        node = root
        for step in steps[:-1]:
            inner = node.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            node = cast("dict[str, object]", inner)
        else:
            last = steps[-1]
            held = node.get(last)
            if held is None:
                node[last] = value
            elif isinstance(held, list):
                cast("list[object]", held).append(value)
            else:
                node[last] = [held, value]
    return {name: _listed(value) for name, value in root.items()}


def _steps(name: str) -> list[str]:
    steps: list[str] = []
    for part in name.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            return [name]
        steps.append(match[1])
        steps.extend(found[0] for found in _KEY.finditer(match[2]))
    return steps if len(steps) <= 6 else [name]  # noqa: PLR2004 - no form of ours is deeper


def _listed(node: object) -> object:
    if not isinstance(node, dict):
        return node
    items = [(key, _listed(value)) for key, value in cast("dict[str, object]", node).items()]
    if not items or not all(key.startswith("[") for key, _ in items):
        return dict(items)
    keyed = [(key[1:-1], value) for key, value in items]
    if all(key.isdecimal() for key, _ in keyed):
        return [value for _, value in sorted(keyed, key=lambda item: int(item[0]))]
    return dict(keyed)
