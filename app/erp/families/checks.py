"""What a family may say besides being of the right shape. Pure.

Names become parts of addresses and queries, so they are names and nothing else; every column has a source, or stands in
``optional``, so that nothing is ever empty because somebody forgot it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from app.erp.families import Family, FamilyError, OutDocument, Source
from app.erp.mappings import STREAMS
from app.erp.mappings.orders import ORDERS, STAGE
from app.erp.mappings.spec import StreamMap

_NAME: Final = re.compile(r"[^\W\d]\w{0,127}")
_NODE: Final = re.compile(r"[A-Za-z0-9_-]{1,50}")
_ZONE: Final = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
_POLLS: Final = (10.0, 86_400.0)
_CHANGES: Final = (5.0, 3_600.0)
_SWEEPS: Final = (300.0, 86_400.0)
_BY_NAME: Final = {stream.name: stream for stream in STREAMS}


def check_family(family: Family) -> None:
    """Find the first thing that cannot be.

    Raises:
        FamilyError: with it.
    """
    if not _NODE.fullmatch(family.node):
        raise FamilyError("mapping_wrong_name", name=family.node)
    if not _ZONE.fullmatch(family.zone):
        raise FamilyError("mapping_wrong_value", said=f"zone {family.zone}: +05:00 is meant")
    _check_pause("changes_every_s", family.changes_every_s, _CHANGES)
    _check_pause("sweep_every_s", family.sweep_every_s, _SWEEPS)
    for name in chain([family.plan], _out_names(family.out.order), _out_names(family.out.vehicle)):
        _check_name(name)
    for name in chain(family.streams, family.missing):
        if name not in _BY_NAME:
            raise FamilyError("mapping_unknown_stream", stream=name)
    for name, source in family.streams.items():
        _check_stream(_BY_NAME[name], source)


def _check_stream(stream: StreamMap, source: Source) -> None:
    for name in _names(source):
        _check_name(name)
    if source.poll_s is not None:
        _check_pause(f"{stream.name}.poll_s", source.poll_s, _POLLS)
    if source.states:
        _check_pause(f"{stream.name}.states.poll_s", source.states.poll_s, _POLLS)
        if stream is not ORDERS or STAGE not in source.columns:
            raise FamilyError("mapping_wrong_value", said=f"{stream.name}: states belong to orders that have one")
    terms = [term for terms in source.figures.values() for term in terms]
    if wrong := [term for term in terms if term[:1] not in {"+", "-"}]:
        raise FamilyError("mapping_wrong_value", said=f"{stream.name}: {wrong[0]} begins with + or -")
    for names in _apart(source):
        if twice := _twice(names):
            raise FamilyError("mapping_wrong_value", said=f"{stream.name}: {twice} is named twice")
    _check_columns(stream, source)


def _check_columns(stream: StreamMap, source: Source) -> None:
    sourced = _sourced(source)
    known = stream.columns.keys() | {"DeletionMark"}
    for column in (*sourced, *source.optional, *source.key, *source.label):
        if column not in known:
            raise FamilyError("mapping_unknown_column", stream=stream.name, column=column)
    if twice := _twice(sourced):
        raise FamilyError("mapping_column_twice", stream=stream.name, column=twice)
    for column in stream.columns:
        if column not in sourced and column not in source.optional:
            raise FamilyError("mapping_column_missing", stream=stream.name, column=column)


def _twice(names: Sequence[str]) -> str:
    return next((name for name in names if names.count(name) > 1), "")


def _sourced(source: Source) -> list[str]:
    """Columns that get a value from somewhere, each as often as it does."""
    rows = [column for column in source.rows.fields if column not in source.dimensions] if source.rows else []
    seen = [source.seen.column] if source.seen else []
    plain = [column for column in source.same if column not in source.fields]
    return [
        *(*plain, *source.fields, *source.sections, *source.dimensions),
        *(*source.figures, *source.flags, *rows, *seen),
    ]


def _names(source: Source) -> Iterator[str]:
    """Everything that stands in an address or a query."""
    yield from (source.set, *source.same, *source.fields.values(), *source.sections)
    for section in source.sections.values():
        yield from section.members.values()
    yield from (*source.dimensions.values(), *source.flags.values())
    yield from (term[1:] for terms in source.figures.values() for term in terms)
    yield from (name for name in (source.window, source.order, source.orders_of) if name)
    if source.states:
        yield from (source.states.set, source.states.order, source.states.state, source.states.shipped)
    if source.seen:
        yield from (source.seen.posted, source.seen.shipped)
    if source.rows:
        yield from (source.rows.set, *source.rows.fields.values())


def _apart(source: Source) -> Iterator[list[str]]:
    """Names that must differ from each other."""
    yield from (list(section.members.values()) for section in source.sections.values())
    yield [*source.dimensions.values(), *([source.order] if source.order else [])]
    yield list(source.rows.fields.values()) if source.rows else []


def _out_names(document: OutDocument) -> Iterator[str]:
    return (name for name in (document.set, document.date, document.section, document.method) if name)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise FamilyError("mapping_wrong_name", name=name[:60])


def _check_pause(name: str, value: float, bounds: tuple[float, float]) -> None:
    least, most = bounds
    if not least <= value <= most:
        raise FamilyError("mapping_wrong_pause", name=name, least=f"{least:g}", most=f"{most:g}")
