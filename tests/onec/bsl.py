"""Reads BSL modules just far enough to check them: comments and texts out, words and calls left."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2] / "onec"
NAMES = "ПорталB2B"
_LITERAL = re.compile(r'"(?:[^"]|"")*"|//[^\n]*|\'[^\'\n]*\'')
_HEAD = re.compile(r"^(?:Функция|Процедура) (\w+)\(([^)]*)\)( Экспорт)?$", re.MULTILINE)
_CALL = re.compile(r"(?<![\w.])((?:\w+\.)?)(\w+)\(")


class Routine(Struct, frozen=True):
    """A procedure or function: how many arguments it takes at least and at most."""

    name: str
    least: int
    most: int
    is_public: bool


class Call(Struct, frozen=True):
    """A call of our own routine; `module` is empty for the same module."""

    module: str
    name: str
    arguments: int


class Module(Struct, frozen=True):
    """One .bsl file: as written, and with comments gone and texts emptied."""

    name: str
    source: str
    code: str

    def routines(self) -> dict[str, Routine]:
        """Every routine by its name."""
        return {routine.name: routine for routine in map(_routine, _HEAD.finditer(self.code))}

    def calls(self) -> Iterator[Call]:
        """Calls without a dot, and calls of our common modules."""
        body = _HEAD.sub("", self.code)
        for found in _CALL.finditer(body):
            module = found.group(1).rstrip(".")
            if not module or module.startswith(NAMES):
                yield Call(module, found.group(2), _arguments(body, found.end()))


def _bare(source: str) -> str:
    """A text becomes "" and a comment nothing, so that no word inside either counts."""
    return _LITERAL.sub(lambda found: "" if found.group().startswith("//") else '""', source)


def _routine(found: re.Match[str]) -> Routine:
    parameters = [part for part in found.group(2).split(",") if part.strip()]
    least = sum("=" not in part for part in parameters)
    return Routine(found.group(1), least, len(parameters), is_public=found.group(3) is not None)


def _arguments(code: str, start: int) -> int:
    """How many arguments stand between this bracket and its end."""
    depth, commas = 1, 0
    for place in range(start, len(code)):
        sign = code[place]
        depth += (sign in "([") - (sign in ")]")
        commas += sign == "," and depth == 1
        if depth == 0:
            return commas + 1 if code[start:place].strip() else 0
    return -1


def modules() -> Mapping[str, Module]:
    """All modules; the common ones by name, that of the HTTP service as `HTTPService`."""
    found: dict[str, Module] = {}
    for path in sorted(ROOT.rglob("*.bsl")):
        name = "HTTPService" if "HTTPServices" in path.parts else path.parts[-3]
        source = path.read_text(encoding="utf-8")
        found[name] = Module(name, source, _bare(source))
    return found


MODULES = modules()


def words(text: str, pattern: str) -> list[str]:
    """What the one group of a pattern meets in a text."""
    return [found.group(1) for found in re.finditer(pattern, text)]


def body(module: str, routine: str) -> str:
    """The text of one routine, as written."""
    source = MODULES[module].source
    start = re.search(rf"^(?:Функция|Процедура) {routine}\(", source, re.MULTILINE)
    if start is None:
        message = f"{module} has no {routine}"
        raise LookupError(message)
    end = re.compile(r"^Конец(?:Функции|Процедуры)", re.MULTILINE).search(source, start.start())
    return source[start.start() : end.start() if end else len(source)]
