"""What one mapping of a stream says otherwise than another, as paths with both values. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from app.erp.families import Family, Section, Source

Flat = Mapping[str, str]
Difference = tuple[str, str, str]  # path, before, after

_APART: Final = frozenset({"title", "proof", "streams", "missing", "not_offered"})  # said elsewhere


def differences(before: Source | None, after: Source | None) -> list[Difference]:
    """Compare two sources; None: there is none."""
    return _differing(_flat_source(before), _flat_source(after))


def common_differences(before: Family, after: Family) -> list[Difference]:
    """Compare what does not belong to a single stream."""
    return _differing(_flat_family(before), _flat_family(after))


def _differing(before: Flat, after: Flat) -> list[Difference]:
    paths = dict.fromkeys((*before, *after))
    found = [(path, before.get(path, ""), after.get(path, "")) for path in paths]
    return [one for one in found if one[1] != one[2]]


def _flat_source(source: Source | None) -> Flat:
    """Columns under their own names, whichever table of the file they stand in; empty values are left out."""
    if source is None:
        return {}
    plain = cast("dict[str, object]", msgspec.to_builtins(source))
    kept = {name: value for name, value in plain.items() if name not in {"same", "fields", "sections"}}
    columns = {column: prop for column, prop in source.columns.items() if column not in source.sections}
    return {
        **dict(_walk("", kept)),
        **columns,
        **{path: prop for name, section in source.sections.items() for path, prop in _members(name, section)},
    }


def _members(name: str, section: Section) -> Iterator[tuple[str, str]]:
    yield from ((f"{name}.{member}".rstrip("."), prop) for member, prop in section.members.items())


def _flat_family(family: Family) -> Flat:
    plain = cast("dict[str, object]", msgspec.to_builtins(family))
    return dict(_walk("", {name: value for name, value in plain.items() if name not in _APART}))


def _walk(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _walk(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list | tuple):
        if told := ", ".join(str(one) for one in cast("list[object]", value)):
            yield path, told
    elif value not in {None, ""}:
        yield path, str(value)
