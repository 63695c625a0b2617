"""Single values: text, numbers, dates, ids and choices, from JSON or as a person typed them."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct, inspect

from app.infra.http.numbers import read_decimal
from app.infra.http.text import clean_text
from app.kernel.errors import InvalidInputError, Problem

_ID: Final = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LOCAL_DATE: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = re.compile("([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")  # of a wall, without an offset
_WHOLE: Final = re.compile("-?[0-9]{1,18}")
_TICKED: Final = frozenset({"on", "true", "1"})
_UNTICKED: Final = frozenset({"", "off", "false", "0"})
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LONGEST: Final = 40  # no id, date or number is longer
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2199


class Manner(Struct, frozen=True):
    """How values are written: JSON without a locale, a form with its reader's."""

    locale: str = ""

    @property
    def is_form(self) -> bool:
        """Whether every value arrives as text."""
        return self.locale != ""


JSON: Final = Manner()


def is_of_business(day: date) -> bool:
    """Whether a day could matter to anybody; a year outside this is a slip of the finger."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def read_scalar(raw: object, kind: inspect.Type, extra: Mapping[str, object], path: str, manner: Manner) -> object:
    """Read one value.

    Raises:
        InvalidInputError: one problem.
    """
    if manner.is_form and isinstance(raw, list):  # the same name twice where one value belongs
        raise _fault("sent_twice", path)
    reader = _READERS.get(type(kind))
    if reader is None:
        return _by_msgspec(raw, kind, path)
    return reader(raw, kind, extra, path, manner)


def _fault(code: str, path: str, **params: str) -> InvalidInputError:
    return InvalidInputError([Problem(code, path, params)])


def _text(raw: object, path: str) -> str:
    if not isinstance(raw, str):
        raise _fault("wrong_type", path, expected="string")
    return raw


def _short(raw: object, path: str, manner: Manner, code: str) -> str:
    text = _text(raw, path)
    text = text.strip() if manner.is_form else text
    if manner.is_form and not text:
        raise _fault("required", path)
    if len(text) > _LONGEST or not text.isascii():
        raise _fault(code, path)
    return text


def _read_text(raw: object, kind: inspect.Type, extra: Mapping[str, object], path: str, _manner: Manner) -> object:
    kind = cast("inspect.StrType", kind)
    text, max_length = _text(raw, path), 200 if kind.max_length is None else kind.max_length
    if extra.get("verbatim") is True:  # a password: measured, never tidied
        return _verbatim(text, path, kind.min_length or 0, max_length)
    text = clean_text(
        text,
        field=path,
        max_length=max_length,
        min_length=kind.min_length or 0,
        multiline=extra.get("multiline") is True,
    )
    if kind.pattern is not None and not re.search(kind.pattern, text):
        raise _fault("text_malformed" if text else "required", path)
    return text


def _verbatim(text: str, path: str, min_length: int, max_length: int) -> str:
    if len(text) > max_length:
        raise _fault("text_too_long", path, max=str(max_length))
    if len(text) < min_length:
        raise _fault("text_too_short" if text else "required", path, min=str(min_length))
    if _UNSTORABLE.search(text):
        raise _fault("text_forbidden_character", path)
    return text


def _read_decimal(raw: object, _kind: inspect.Type, extra: Mapping[str, object], path: str, manner: Manner) -> object:
    text = _text(raw, path)
    if manner.is_form and not text.strip():
        raise _fault("required", path)
    scale, least, most = extra.get("scale", 3), extra.get("minimum"), extra.get("maximum")
    return read_decimal(
        text,
        manner.locale,
        field=path,
        scale=scale if isinstance(scale, int) else 3,
        minimum=None if least is None else Decimal(str(least)),
        maximum=None if most is None else Decimal(str(most)),
    )


def _read_int(raw: object, kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    kind = cast("inspect.IntType", kind)
    if manner.is_form:
        text = _short(raw, path, manner, "number_malformed")
        if not _WHOLE.fullmatch(text):
            raise _fault("number_malformed", path)
        raw = int(text)
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise _fault("wrong_type", path, expected="integer")
    least = kind.ge if kind.ge is not None else None if kind.gt is None else kind.gt + 1
    most = kind.le if kind.le is not None else None if kind.lt is None else kind.lt - 1
    # What PostgreSQL's bigint holds, where the field says nothing.
    if raw < (-(2**63) if least is None else least):
        raise _fault("number_too_small", path, min=str(least))
    if raw > (2**63 - 1 if most is None else most):
        raise _fault("number_above", path, max=str(2**63 - 1 if most is None else most))
    return raw


def _read_bool(raw: object, _kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    if manner.is_form and isinstance(raw, str) and raw in _TICKED | _UNTICKED:
        return raw in _TICKED
    if not isinstance(raw, bool):
        raise _fault("wrong_type", path, expected="boolean")
    return raw


def _read_id(raw: object, _kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    text = _short(raw, path, manner, "not_an_id")
    if not _ID.fullmatch(text):
        raise _fault("not_an_id", path)
    return UUID(text)


def _read_date(raw: object, _kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    text = _short(raw, path, manner, "not_a_date")
    if manner.is_form and (local := _LOCAL_DATE.fullmatch(text)):
        text = f"{local[3]}-{int(local[2]):02}-{int(local[1]):02}"
    if not _ISO_DATE.fullmatch(text):
        raise _fault("not_a_date", path)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _fault("not_a_date", path) from None
    if not is_of_business(day):
        raise _fault("not_a_date", path)
    return day


def _read_moment(raw: object, _kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    text = _short(raw, path, manner, "not_a_moment")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _fault("not_a_moment", path) from None
    # Years bounded here, an offset cannot lead to where UTC and the database have no calendar.
    if moment.tzinfo is None or not is_of_business(moment.date()):
        raise _fault("not_a_moment", path)
    return moment


def _read_time(raw: object, _kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    text = _short(raw, path, manner, "not_a_time")
    if not _CLOCK.fullmatch(text):
        raise _fault("not_a_time", path)
    return time.fromisoformat(text)


def _read_choice(raw: object, kind: inspect.Type, _extra: Mapping[str, object], path: str, manner: Manner) -> object:
    kind = cast("inspect.LiteralType | inspect.EnumType", kind)
    choices: Mapping[object, object] = (
        {value: value for value in kind.values}
        if isinstance(kind, inspect.LiteralType)
        else {cast("object", one.value): one for one in kind.cls}
    )
    if manner.is_form and isinstance(raw, str):
        choices = {str(value): result for value, result in choices.items()}
        if not raw and "" not in choices:
            raise _fault("required", path)
    # True equals 1 in Python; on the wire it does not.
    if not isinstance(raw, str | int) or isinstance(raw, bool) or raw not in choices:
        raise _fault("not_a_choice", path)
    return choices[raw]


def _by_msgspec(raw: object, kind: inspect.Type, path: str) -> object:
    """Read the rare kinds (maps, raw values) by msgspec's own rules, without its words."""
    if isinstance(kind, inspect.AnyType):
        return raw
    if isinstance(kind, inspect.DictType) and isinstance(raw, dict):
        return cast("object", raw)
    if isinstance(kind, inspect.NoneType) and raw is None:
        return None
    if isinstance(kind, inspect.FloatType):
        try:
            return cast("object", msgspec.convert(raw, float))
        except msgspec.ValidationError:
            pass
    raise _fault("wrong_type", path)


_Reader = Callable[[object, inspect.Type, Mapping[str, object], str, Manner], object]
_READERS: Final[Mapping[type[inspect.Type], _Reader]] = {
    inspect.StrType: _read_text,
    inspect.DecimalType: _read_decimal,
    inspect.IntType: _read_int,
    inspect.BoolType: _read_bool,
    inspect.UUIDType: _read_id,
    inspect.DateType: _read_date,
    inspect.DateTimeType: _read_moment,
    inspect.TimeType: _read_time,
    inspect.LiteralType: _read_choice,
    inspect.EnumType: _read_choice,
}
