"""Objects as they are sent: JSON or an Atom entry, each value of the type its property has."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from xml.etree import ElementTree as ET

import msgspec
from msgspec import Raw, Struct

from erp_peer.odata.edm import Edm, EntitySet, Part, Property
from erp_peer.odata.errors import Code, ODataError, no_property
from erp_peer.odata.tokens import read_guid, read_moment

T = TypeVar("T")
Value = str | bool | int | Decimal | dt.datetime
Values = dict[str, Value]

_D = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
_M = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
_BIND = "@odata.bind"
_ADDRESS = re.compile(r"(?:.*/)?(?P<set>\w+)\(guid'(?P<ref>[^']*)'\)")


class Given(Struct):
    """What was sent of an object, by the names of properties and sections."""

    values: Values
    sections: dict[str, list[Values]]


def read_body(owner: EntitySet, body: bytes, media_type: str) -> Given:
    """An object as it was sent.

    Raises:
        ODataError: it cannot be read, or names what the type does not have.
    """
    return _from_atom(owner, body) if "xml" in media_type else _from_json(owner, body)


def _bad_value(name: str, text: str) -> ODataError:
    return ODataError(Code.BAD_VALUE, f"Неверное значение свойства {name}: {text[:100]}")


def typed(found: Property, text: str) -> Value:
    """A value from its text.

    Raises:
        ODataError: it is none of the property's type.
    """
    try:
        match found.type:
            case Edm.GUID:
                return read_guid(text)
            case Edm.STRING:
                return text
            case Edm.BOOLEAN:
                return {"true": True, "false": False}[text]
            case Edm.INT64:
                return int(text)
            case Edm.DOUBLE:
                return _finite(text)
            case Edm.DATETIME:
                return read_moment(text)
    except (ValueError, KeyError, InvalidOperation) as error:
        raise _bad_value(found.name, text) from error


def _finite(text: str) -> Decimal:
    found = Decimal(text)
    if not found.is_finite():
        raise ValueError(text)
    return found


def _decoded(raw: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ODataError(Code.CANNOT_PARSE, f"Не удалось разобрать тело запроса: {error}") from error


def _from_json(owner: EntitySet, body: bytes) -> Given:
    given = Given({}, {})
    for name, raw in _decoded(body, dict[str, Raw]).items():
        if name.endswith(_BIND):
            _bind(owner, given, name.removesuffix(_BIND), _decoded(bytes(raw), str))
        elif name.startswith("odata.") or "@" in name:
            continue
        elif part := owner.part(name):
            rows = _decoded(bytes(raw), list[dict[str, Raw]])
            given.sections[name] = [_row(part, {key: _plain(key, value) for key, value in row.items()}) for row in rows]
        else:
            given.values[name] = typed(_need(owner, name), _plain(name, raw))
    return given


def _plain(name: str, raw: Raw) -> str:
    """The text of a single JSON value."""
    data = bytes(raw)
    if data.startswith(b'"'):
        return _decoded(data, str)
    if data.startswith((b"{", b"[")) or data == b"null":
        raise _bad_value(name, data.decode())
    return data.decode()


def _need(owner: EntitySet, name: str) -> Property:
    found = owner.find(name)
    if found is None:
        raise no_property(name, owner.name)
    return found


def _bind(owner: EntitySet, given: Given, link: str, address: str) -> None:
    """A reference given as the address of the object."""
    found = next((own for own in owner.links if own.link == link), None)
    if found is None:
        raise no_property(link, owner.name)
    match = _ADDRESS.fullmatch(address)
    if match is None or match["set"] != found.target:
        raise _bad_value(link, address)
    given.values[found.name] = typed(found, match["ref"])


def _row(part: Part, sent: dict[str, str]) -> Values:
    """A row of a section; its number has to be told."""
    by_name = {found.name: found for found in part.properties}
    for name in sent:
        if name not in by_name:
            raise no_property(name, part.type_name)
    if "LineNumber" not in sent:
        raise ODataError(Code.PROPERTY_REQUIRED, f"Не задано свойство LineNumber строки {part.name}")
    return {name: typed(by_name[name], text) for name, text in sent.items()}


def _from_atom(owner: EntitySet, body: bytes) -> Given:
    try:
        root = ET.fromstring(body)  # noqa: S314 - this program is a partner of tests, and expat bounds entities
    except ET.ParseError as error:
        raise ODataError(Code.CANNOT_PARSE, f"Не удалось разобрать тело запроса: {error}") from error
    properties = root.find(f".//{_M}properties")
    if properties is None:
        raise ODataError(Code.BAD_REQUEST, "В записи нет элемента properties")
    given = Given({}, {})
    for element in properties:
        name = element.tag.removeprefix(_D)
        if part := owner.part(name):
            rows = [{own.tag.removeprefix(_D): own.text or "" for own in row} for row in element]
            given.sections[name] = [_row(part, row) for row in rows]
        else:
            given.values[name] = typed(_need(owner, name), element.text or "")
    return given
