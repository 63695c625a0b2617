"""Reading addresses: the path below `standard.odata/` and the query, decoded by percent only."""

import re
from urllib.parse import unquote

from msgspec import Struct

from erp_peer.odata.errors import Code, ODataError, bad_option

OPTIONS = frozenset(
    {"$format", "$top", "$skip", "$select", "$expand", "$orderby", "$filter", "$inlinecount", "allowedOnly"}
)
ARGUMENTS = ("Period", "StartPeriod", "EndPeriod", "Condition", "Dimensions")
METHOD_ARGUMENTS = ("PostingModeOperational", "DataExchangePoint", "MessageNo")
_SEGMENT = re.compile(r"(?P<name>[^()]+)(?:\((?P<inside>.*)\))?", re.DOTALL)
_VALUE = r"guid'[^']*'|datetime'[^']*'|'(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false"
_KEY = re.compile(rf"\s*(?:(?P<name>\w+)\s*=\s*)?(?P<value>{_VALUE})\s*(?:,|$)")
# Conditions hold quotes that nobody doubled: arguments end where the next known one begins.
_ARGUMENT_START = re.compile(rf",\s*(?=(?:{'|'.join(ARGUMENTS)})\s*=)")


class Segment(Struct, frozen=True):
    """One step of a path: a name, and what stands in brackets behind it."""

    name: str
    inside: str | None = None


def read_path(raw: str) -> list[Segment]:
    """Steps of a path as it was sent.

    Raises:
        ODataError: it is no path of this interface.
    """
    try:
        text = unquote(raw, errors="strict").strip("/")
    except UnicodeDecodeError as error:
        raise ODataError(Code.BAD_URL, "Адрес не в кодировке UTF-8") from error
    return [_segment(step) for step in _steps(text)] if text else []


def _steps(text: str) -> list[str]:
    """Cut at slashes outside brackets."""
    steps = [""]
    depth = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "/" and depth == 0:
            steps.append("")
        else:
            steps[-1] += letter
    return steps


def _segment(step: str) -> Segment:
    found = _SEGMENT.fullmatch(step)
    if found is None:
        raise ODataError(Code.BAD_URL, f"Неверный адрес: {step}")
    return Segment(found["name"], found["inside"])


def read_key(inside: str, names: tuple[str, ...]) -> dict[str, str]:
    """Literals of a key by the names of its elements; a single one needs no name.

    Raises:
        ODataError: an element is missing, unknown, or no literal.
    """
    found: dict[str, str] = {}
    place = 0
    while place < len(inside):
        match = _KEY.match(inside, place)
        if match is None:
            raise ODataError(Code.CANNOT_PARSE, f"Неверный ключ: {inside}")
        found[match["name"] or (names[0] if len(names) == 1 else "")] = match["value"]
        place = match.end()
    for name in found:
        if name not in names:
            raise ODataError(Code.CANNOT_PARSE, f"Неизвестный элемент ключа: {name}")
    for name in names:
        if name not in found:
            raise ODataError(Code.KEY_MISSING, f"Не задан элемент ключа {name}")
    return found


def read_arguments(inside: str) -> dict[str, str]:
    """Arguments of a function by name, as they were written.

    Raises:
        ODataError: it is no list of arguments.
    """
    found: dict[str, str] = {}
    for item in _ARGUMENT_START.split(inside) if inside.strip() else []:
        name, sign, text = item.partition("=")
        if not sign or name.strip() not in ARGUMENTS:
            raise ODataError(Code.CANNOT_PARSE, f"Неизвестный параметр: {name.strip()}")
        found[name.strip()] = text.strip()
    return found


def read_query(raw: str) -> dict[str, str]:
    """Options of a query; `+` stays what it is.

    Raises:
        ODataError: an option nobody knows, or one given twice.
    """
    found: dict[str, str] = {}
    for item in filter(None, raw.split("&")):
        name, _, text = item.partition("=")
        try:
            name, text = unquote(name, errors="strict"), unquote(text, errors="strict")
        except UnicodeDecodeError as error:
            raise bad_option(name, "не в кодировке UTF-8") from error
        if name not in OPTIONS and name not in ARGUMENTS and name not in METHOD_ARGUMENTS:
            raise bad_option(name, "неизвестная опция")
        if name in found:
            raise bad_option(name, "задана дважды")
        found[name] = text
    return found
