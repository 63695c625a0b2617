"""What the statements of one person's transaction rest on: no protected table is touched without a decision.

``policies/tables.csv`` names the protected tables. A statement says in a comment what it rests on, and the comment is
read where every statement passes, the driver's texts and SQLAlchemy's alike:

    /*by order:view*/     the condition of a compiled decision is in the statement; ``Decision`` writes this itself
    /*within order $2*/   parameter 2 is an object (or several) that this transaction read under a decision
    /*within person $2*/  parameter 2 is the person whose transaction this is: their own rows
    /*under access*/      this transaction decided that the person may do something to rights: rows no term divides
    /*free deciding*/     a reason of ``REASONS`` that the table's line allows

A transaction of a job acts for nobody and has no grounds to show; who may open one is checked by ``tools.reads``.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

REASONS: Final[Mapping[str, str]] = {
    "deciding": "the policy itself reads what belongs to a client, to decide",
    "appending": "a row is added by whoever does something, and none is read",
    "existence": "only whether there is such a row is told, nothing of what it says",
    "ruling": "whoever changes rights picks what rules speak about and reckons what a change does",
    "secret": "the row is named by the hash of a secret that only its owner has",
    "taking": "rows an order takes from are locked together, whoever else has some of them",
}
_TABLES: Final = Path(__file__).parents[3] / "policies" / "tables.csv"
_MARK: Final = re.compile(r"/\*(by|within|under|free) ([a-z_]+)(?::([a-z_]+))?(?: \$([0-9]+))?\*/")
# Comments and literals first, so that words inside them are nobody's tables.
_TOKEN: Final = re.compile(r"/\*.*?\*/|--[^\n]*|'(?:[^']|'')*'|\"[^\"]+\"|[A-Za-z_][A-Za-z_0-9]*|\S", re.DOTALL)
_WRITES: Final = frozenset({("insert", "into"), ("delete", "from")})
_LOCKS: Final = frozenset({"for", "key"})  # FOR UPDATE, FOR NO KEY UPDATE only lock
_REMEMBERED: Final = 8_192


class Protected(Struct, frozen=True):
    """One line of the table: which grounds open it."""

    opened_by: frozenset[str]
    under: frozenset[str]
    free: frozenset[str]


class Reading(Struct, frozen=True):
    """What a statement's text says, found once a text."""

    fault: str  # why no grounds could open it; empty when its marks suffice
    within: tuple[tuple[str, int], ...] = ()  # kinds of objects, and the parameters that name them
    under: tuple[tuple[str, str], ...] = ()  # resources, and what must have been decided about them; "": anything
    is_write: bool = False


class UngroundedError(RuntimeError):
    """A fault in the code, not of the person: a protected table was touched without a decision."""


def _load(path: Path) -> dict[str, Protected]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), strict=True)
        return {row["table"]: Protected(*(_words(row[name]) for name in Protected.__struct_fields__)) for row in rows}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROTECTED: Final[Mapping[str, Protected]] = _load(_TABLES)


def mark_by(permission: str) -> str:
    """Write the mark of a decision; a decision about nothing in particular opens nothing."""
    return f"/*by {permission}*/ " if permission else ""


def tables_of(text: str) -> frozenset[str]:
    """Name the protected tables a statement mentions, rather one too many than one too few."""
    words = _words_of(text)
    return frozenset(
        word
        for place, word in enumerate(words)
        if word in PROTECTED and not _is_column_or_alias(words[max(0, place - 2) : place])
    )


@lru_cache(maxsize=_REMEMBERED)
def read_statement(text: str) -> Reading:
    """Read tables and marks of a statement; remembered, because statements are few and requests are many."""
    tables = tables_of(text)
    if not tables:
        return Reading("")
    # Only real comments: a mark inside a literal would be somebody's data.
    marks = [mark.groups("") for token in _tokens_of(text) if (mark := _MARK.fullmatch(token)) is not None]
    opening = {name for kind, name, _, _ in marks if kind in {"by", "within"}}
    under = {name for kind, name, _, _ in marks if kind == "under"}
    free = {name for kind, name, _, _ in marks if kind == "free"} & REASONS.keys()
    shut = sorted(name for name in tables if not _opens(PROTECTED[name], opening, under, free))
    within = tuple((name, int(place or 0)) for kind, name, _, place in marks if kind == "within")
    rights = tuple((name, action) for kind, name, action, _ in marks if kind == "under")
    return Reading(f"{', '.join(shut)} touched without a decision" if shut else "", within, rights, _is_write(text))


class Grounds:
    """Objects one transaction may go on with, and what it may write."""

    __slots__ = ("_decided", "_held", "_judges", "_seen", "is_flushing")

    def __init__(self) -> None:
        """Begin with nothing."""
        self._seen: set[tuple[str, UUID]] = set()
        self._held: set[tuple[str, UUID]] = set()
        self._decided: set[tuple[str, str]] = set()
        self._judges: dict[type, Callable[[object], None]] = {}
        self.is_flushing = False

    def admit(self, kind: str, *ids: UUID | None, to_write: bool = False) -> None:
        """Note objects that were read under a decision; ``to_write`` if it was one about changing them."""
        found = {(kind, one) for one in ids if one is not None}
        self._seen |= found
        if to_write:
            self._held |= found

    def decide(self, resource: str, action: str) -> None:
        """Note that the policy allows the person this, of some objects at least."""
        self._decided |= {(resource, action), (resource, "")}

    def insist(self, kind: str, ids: Iterable[UUID], *, to_write: bool = False) -> None:
        """Insist that objects were read under a decision.

        Raises:
            UngroundedError: one of them was not.
        """
        known = self._held if to_write else self._seen
        if any((kind, one) not in known for one in ids):
            message = f"{kind}: not {'to be changed' if to_write else 'read'} under a decision of this transaction"
            raise UngroundedError(message)

    def judge_writes(self, model: type, judge: Callable[[object], None]) -> None:
        """Let ``judge`` look at each row of ``model`` before it is written; it raises where it forbids."""
        self._judges[model] = judge

    def check_statement(self, text: str, args: Sequence[object]) -> None:
        """Insist on the grounds of one statement.

        Raises:
            UngroundedError: it touches a protected table and rests on nothing, or on an object never read.
        """
        said = read_statement(text)
        if said.fault:
            raise UngroundedError(said.fault)
        if undecided := [one for one in said.under if one not in self._decided]:
            message = f"{undecided[0][0]}: no such right was decided in this transaction"
            raise UngroundedError(message)
        for kind, place in said.within:
            if place:  # without a number the object was insisted on while the statement was made
                self.insist(kind, _ids(args[place - 1]), to_write=said.is_write)

    def check_row(self, row: object) -> None:
        """Insist on the right to write one row of the session.

        Raises:
            UngroundedError: nobody decided about rows like it.
        """
        table = str(getattr(row, "__tablename__", ""))
        if table not in PROTECTED:
            return
        judge = self._judges.get(type(row))
        if judge is not None:
            judge(row)
            return
        parent: tuple[str, str] | None = getattr(row, "__within__", None)
        if parent is None:
            message = f"{table} written without a decision"
            raise UngroundedError(message)
        kind, column = parent
        self.insist(kind, _ids(cast("object", getattr(row, column))), to_write=True)


def within(grounds: Grounds | None, kind: str, one: UUID, *, to_write: bool = False) -> sa.ColumnElement[bool]:
    """Make the mark of a SQLAlchemy statement about parts of one object, insisting on the object at once.

    Raises:
        UngroundedError: the object was not read under a decision of this transaction.
    """
    if grounds is not None:
        grounds.insist(kind, (one,), to_write=to_write)
    return sa.literal_column(f"/*within {kind}*/ true", sa.Boolean)


def _opens(table: Protected, opening: set[str], under: set[str], free: set[str]) -> bool:
    return bool(table.opened_by & opening or table.under & under or table.free & free)


def _is_column_or_alias(before: Sequence[str]) -> bool:
    """``x.name`` is a column unless x is the schema; ``AS name`` only gives a name."""
    if before[-1:] == ["."]:
        return before[:1] != ["public"]
    return before[-1:] == ["as"]


def _words_of(text: str) -> list[str]:
    return [word.strip('"').lower() for word in _tokens_of(text) if word[:2] not in {"/*", "--"}]


def _tokens_of(text: str) -> list[str]:
    found: list[str] = _TOKEN.findall(text)
    return found


def _is_write(text: str) -> bool:
    words = _words_of(text)
    pairs = pairwise(["", *words])
    return any(pair in _WRITES or (pair[1] == "update" and pair[0] not in _LOCKS) for pair in pairs)


def _ids(value: object) -> Iterable[UUID]:
    if value is None:
        return ()
    many = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (value,)
    ids = [one for one in many if isinstance(one, UUID)]
    if len(ids) != len(many):
        message = f"objects are named by their ids, not by {value!r}"
        raise UngroundedError(message)
    return ids
