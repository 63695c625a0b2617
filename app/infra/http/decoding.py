"""Turns what was sent into an input struct and lists *everything* wrong with it.

msgspec's own decoder stops at the first fault and knows neither our text nor our number rules, so
structs are walked field by field. Two manners: JSON, where types are exact, and forms, where every
value is text as a person typed it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar, cast

import msgspec
from msgspec import Struct, inspect

from app.infra.http.scalars import Manner, read_scalar
from app.kernel.errors import InvalidInputError, Problem

T = TypeVar("T", bound=Struct)
MAX_ITEMS = 2000  # where a list names no limit of its own


class _Fault(Exception):  # noqa: N818 - a signal between functions of this module
    """The value cannot be used; its problems are already listed."""


def decode(raw: object, kind: type[T], manner: Manner) -> T:
    """Build the struct.

    Raises:
        InvalidInputError: with every problem, in the order of the struct's fields.
    """
    problems: list[Problem] = []
    try:
        return cast("T", _read(raw, type_info(kind), "", manner, problems))
    except _Fault:
        raise InvalidInputError(problems) from None


@cache
def type_info(kind: type[Struct]) -> inspect.Type:
    """Describe a struct once."""
    return inspect.type_info(kind)


def _read(raw: object, kind: inspect.Type, path: str, manner: Manner, problems: list[Problem]) -> object:
    extra: Mapping[str, object] = {}
    while isinstance(kind, inspect.Metadata):
        extra, kind = {**(kind.extra or {}), **extra}, kind.type
    if isinstance(kind, inspect.UnionType):
        return _read_union(raw, kind, extra, path, manner, problems)
    if isinstance(kind, inspect.StructType):
        return _read_struct(raw, kind, path, manner, problems)
    if isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType):
        return _read_list(raw, kind, path, manner, problems)
    if isinstance(kind, inspect.DictType):
        return _read_table(raw, kind, path, manner, problems)
    try:
        return read_scalar(raw, kind, extra, path, manner)
    except InvalidInputError as error:
        problems.extend(error.problems)
        raise _Fault from None


def _read_union(
    raw: object,
    kind: inspect.UnionType,
    extra: Mapping[str, object],
    path: str,
    manner: Manner,
    problems: list[Problem],
) -> object:
    inner = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    if len(inner) != len(kind.types) and (raw is None or (manner.is_form and _is_blank(raw))):
        return None
    if len(inner) == 1:
        wrapped = inspect.Metadata(type=inner[0], extra=dict(extra)) if extra else inner[0]
        return _read(raw, wrapped, path, manner, problems)
    # A union of structs told apart by their tag: read the one the tag names.
    for one in inner:
        if isinstance(one, inspect.StructType) and isinstance(raw, Mapping):
            fields = cast("Mapping[str, object]", raw)
            if one.tag is not None and fields.get(one.tag_field or "type") == one.tag:
                rest = {name: value for name, value in fields.items() if name != one.tag_field}
                return _read_struct(rest, one, path, manner, problems)
    problems.append(Problem("wrong_type", path))
    raise _Fault


def _is_blank(raw: object) -> bool:
    return raw in ("", [""]) or (isinstance(raw, str) and not raw.strip())


def _read_struct(raw: object, kind: inspect.StructType, path: str, manner: Manner, problems: list[Problem]) -> object:
    if not isinstance(raw, Mapping):
        problems.append(Problem("wrong_type", path, {"expected": "object"}))
        raise _Fault
    sent = cast("Mapping[str, object]", raw)
    values: dict[str, object] = {}
    sound = True
    for field in kind.fields:
        place = f"{path}.{field.encode_name}" if path else field.encode_name
        try:
            if field.encode_name in sent:
                values[field.name] = _read(sent[field.encode_name], field.type, place, manner, problems)
            else:
                _absent(field, place, manner, values, problems)
        except _Fault:
            sound = False
    known = {field.encode_name for field in kind.fields}
    unknown = [str(name) for name in sent if name not in known]
    # Naming a few is a help; echoing ten thousand would be work for an attacker.
    problems.extend(Problem("unknown_field", f"{path}.{name[:64]}" if path else name[:64]) for name in unknown[:20])
    if not sound or unknown:
        raise _Fault
    return kind.cls(**values)


def _absent(
    field: inspect.Field, place: str, manner: Manner, values: dict[str, object], problems: list[Problem]
) -> None:
    kind = field.type
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if not field.required:
        return
    # A browser sends nothing for an unticked box and for a list without entries.
    if manner.is_form and isinstance(kind, inspect.BoolType):
        values[field.name] = False
    elif manner.is_form and isinstance(kind, inspect.ListType | inspect.VarTupleType):
        values[field.name] = [] if isinstance(kind, inspect.ListType) else ()
    else:
        problems.append(Problem("required", place))
        raise _Fault


def _read_list(
    raw: object,
    kind: inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType,
    path: str,
    manner: Manner,
    problems: list[Problem],
) -> object:
    if manner.is_form and isinstance(raw, str):
        raw = [raw]
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
        problems.append(Problem("wrong_type", path, {"expected": "array"}))
        raise _Fault
    sent = cast("Sequence[object]", raw)
    limit = MAX_ITEMS if kind.max_length is None else kind.max_length
    if len(sent) > limit:
        problems.append(Problem("too_many", path, {"max": str(limit)}))
        raise _Fault
    if len(sent) < (kind.min_length or 0):
        problems.append(Problem("too_few", path, {"min": str(kind.min_length)}))
        raise _Fault
    values: list[object] = []
    for place, one in enumerate(sent):
        try:
            values.append(_read(one, kind.item_type, f"{path}[{place}]", manner, problems))
        except _Fault:
            continue
    if len(values) != len(sent):
        raise _Fault
    return _gathered(values, kind)


def _read_table(
    raw: object, kind: inspect.DictType, path: str, manner: Manner, problems: list[Problem]
) -> dict[object, object]:
    if not isinstance(raw, Mapping):
        problems.append(Problem("wrong_type", path, {"expected": "object"}))
        raise _Fault
    sent = cast("Mapping[str, object]", raw)
    if len(sent) > MAX_ITEMS:
        problems.append(Problem("too_many", path, {"max": str(MAX_ITEMS)}))
        raise _Fault
    values: dict[object, object] = {}
    sound = True
    for key, one in sent.items():
        place = f"{path}[{key[:64]}]"
        try:
            values[_read(key, kind.key_type, place, manner, problems)] = _read(
                one, kind.value_type, place, manner, problems
            )
        except _Fault:
            sound = False
    if not sound:
        raise _Fault
    return values


def _gathered(values: list[object], kind: inspect.Type) -> object:
    if isinstance(kind, inspect.VarTupleType):
        return tuple(values)
    if isinstance(kind, inspect.SetType):
        return set(values)
    return frozenset(values) if isinstance(kind, inspect.FrozenSetType) else values


def decode_json(body: bytes) -> object:
    """Parse JSON without believing it.

    Raises:
        InvalidInputError: it is no JSON, too deep, or holds a number nobody means.
    """
    try:
        return cast("object", msgspec.json.decode(body))
    except RecursionError:
        raise InvalidInputError([Problem("json_too_deep")]) from None
    except (msgspec.MsgspecError, ValueError):
        raise InvalidInputError([Problem("json_malformed")]) from None
