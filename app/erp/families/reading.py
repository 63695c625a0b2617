"""Reads a family's file, and lays over it what a tenant says of its own base.

A family may itself be another one with something laid over it (``base``): one rule for both.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, cast

import msgspec

from app.erp.families import Family, FamilyError
from app.erp.families.checks import check_family

USUAL: Final = "erp25"
LONGEST: Final = 32_000  # characters of what a tenant may say
_ENDING: Final = ".toml"
_OWN: Final = frozenset(
    {"streams", "missing", "out", "plan", "node", "zone", "changes_every_s", "sweep_every_s"}
)  # what a tenant may say

Table = dict[str, object]


@cache
def read_family(name: str = USUAL) -> Family:
    """Read a family's file.

    Raises:
        FamilyError: there is none, or it is wrong.
    """
    return lay_over(name, "")


def family_names() -> Sequence[str]:
    """Every family there is, the usual one first."""
    names = sorted(
        one.name.removesuffix(_ENDING) for one in files(__package__ or "").iterdir() if one.name.endswith(_ENDING)
    )
    return sorted(names, key=lambda name: name != USUAL)


def lay_over(name: str, text: str) -> Family:
    """Lay what a tenant says over a family: tables over tables, values in place of values.

    A stream that says how it is read is replaced whole; a column given in ``fields`` leaves ``same``; ``optional``
    grows; a stream named in ``missing`` has no source any more.

    Raises:
        FamilyError: there is no such family, or the text is wrong.
    """
    own = _parse(text)
    if foreign := sorted(own.keys() - _OWN):
        raise FamilyError("mapping_unknown_key", key=foreign[0])
    family = _as_family(_laid(_read(name), own))
    check_family(family)
    return family


def _read(name: str) -> Table:
    if name not in family_names():
        raise FamilyError("mapping_unknown_family", family=name)
    found = _parse(files(__package__ or "").joinpath(f"{name}{_ENDING}").read_text("utf-8"))
    base = found.pop("base", "")
    return _laid(_read(base), found) if isinstance(base, str) and base else found


def _laid(base: Table, own: Table) -> Table:
    _must_hold_tables(own)
    laid = _merged(base, own)
    known, said = _tables(base.get("streams")), _tables(own.get("streams"))
    streams = {**known, **{name: _stream(known.get(name, {}), one) for name, one in said.items()}}
    laid["streams"] = {name: one for name, one in streams.items() if name not in _table(own.get("missing"))}
    laid["missing"] = {why: one for why, one in _table(laid.get("missing")).items() if why not in said}
    return laid


def _stream(base: Table, own: Table) -> Table:
    if "reading" in own:
        return own
    laid = _merged(base, own)
    moved = _table(own.get("fields")).keys() | _table(own.get("sections")).keys()
    if isinstance(same := laid.get("same"), list):
        laid["same"] = [column for column in cast("list[object]", same) if column not in moved]
    if isinstance(more := own.get("optional"), list) and isinstance(old := base.get("optional", []), list):
        laid["optional"] = [*cast("list[object]", old), *cast("list[object]", more)]
    return laid


def _merged(base: Table, own: Table) -> Table:
    laid = dict(base)
    for name, value in own.items():
        old = laid.get(name)
        is_table = isinstance(old, dict) and isinstance(value, dict)
        laid[name] = _merged(cast("Table", old), cast("Table", value)) if is_table else value
    return laid


def _table(value: object) -> Table:
    return cast("Table", value) if isinstance(value, dict) else {}


def _tables(value: object) -> dict[str, Table]:
    return {name: _table(one) for name, one in _table(value).items()}


def _must_hold_tables(own: Table) -> None:
    streams = own.get("streams", {})
    values = {"streams": streams, "missing": own.get("missing", {}), **_table(streams)}
    if wrong := [name for name, value in values.items() if not isinstance(value, dict)]:
        raise FamilyError("mapping_wrong_value", said=f"{wrong[0]} is no table")


def _parse(text: str) -> Table:
    if len(text) > LONGEST:
        raise FamilyError("mapping_too_long", most=str(LONGEST))
    try:
        return cast("Table", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FamilyError("mapping_unreadable", said=str(error)) from error


def _as_family(table: Table) -> Family:
    try:
        return msgspec.convert(table, Family)
    except msgspec.ValidationError as error:
        raise FamilyError("mapping_wrong_value", said=str(error)) from error
