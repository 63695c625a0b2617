"""Atom: the representation of whoever does not ask for JSON."""

import datetime as dt
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import Raw

from erp_peer.odata.edm import NAMESPACE, EntitySet, Part
from erp_peer.odata.metadata import part_type
from erp_peer.odata.model import SETS, find_set

_D = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_M = f"{_D}/metadata"
_XMLNS = f'xmlns="http://www.w3.org/2005/Atom" xmlns:d="{_D}" xmlns:m="{_M}"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ANNOTATION = "@navigationLinkUrl"
Members = dict[str, Raw]


def _text(raw: Raw) -> str:
    """A value as it stands between two tags."""
    data = bytes(raw)
    found = msgspec.json.decode(data, type=str) if data.startswith(b'"') else data.decode()
    # What XML cannot hold at all is left out.
    return escape("".join(letter for letter in found if letter >= " " or letter in "\t\n\r"))


def _collection(part: Part, raw: Raw) -> str:
    kind = f"{NAMESPACE}.{part_type(part)}"
    rows = "".join(
        f"<d:element m:type={quoteattr(kind)}>"
        + "".join(f"<d:{name}>{_text(value)}</d:{name}>" for name, value in row.items())
        + "</d:element>"
        for row in msgspec.json.decode(raw, type=list[Members])
    )
    kind = quoteattr(f"Collection({kind})")
    return f"<d:{part.name} m:type={kind}>{rows}</d:{part.name}>" if rows else f"<d:{part.name} m:type={kind}/>"


def _links(owner: EntitySet, row: Members) -> Iterator[str]:
    for name, value in row.items():
        inner = ""
        if name.endswith(_ANNOTATION):
            link, address = name.removesuffix(_ANNOTATION), _text(value)
        elif bytes(value).startswith(b"{"):
            link, address = name, name
            found = next(own for own in owner.links if own.link == name)
            inner = f"<m:inline>{_entry(find_set(found.target), bytes(value).decode(), '', '')}</m:inline>"
        else:
            continue
        yield (
            f'<link rel="{_D}/related/{link}" href={quoteattr(address)} type="application/atom+xml;type=entry"'
            f" title={quoteattr(link)}>{inner}</link>"
        )


def _is_property(value: Raw, name: str) -> bool:
    return not bytes(value).startswith(b"{") and bytes(value) != b"null" and "odata." not in name and "@" not in name


def _entry(owner: EntitySet, text: str, root: str, moment: str) -> str:
    row = msgspec.json.decode(text, type=Members)
    inside = ""
    for name, value in row.items():
        if _is_property(value, name):
            part = owner.part(name)
            inside += _collection(part, value) if part else f"<d:{name}>{_text(value)}</d:{name}>"
    address = _address(owner, row)
    return (
        f"<entry><id>{escape(f'{root}/{address}')}</id>"
        f'<category term={quoteattr(f"{NAMESPACE}.{owner.name}")} scheme="{_D}/scheme"/>'
        f'<title type="text"/><updated>{moment}</updated><author/><summary/>'
        f'<link rel="edit" href={quoteattr(address)} title="edit-link"/>{"".join(_links(owner, row))}'
        f'<content type="application/xml"><m:properties>{inside}</m:properties></content></entry>'
    )


def _address(owner: EntitySet, row: Members) -> str:
    if "Ref_Key" in row and owner.is_object:
        return f"{owner.name}(guid'{_text(row['Ref_Key'])}')"
    return owner.name


def entry(owner: EntitySet, text: str, root: str, now: dt.datetime) -> bytes:
    """One object."""
    body = _entry(owner, text, root, now.isoformat(timespec="seconds").replace("+00:00", "Z"))
    return f"{_HEAD}{body.replace('<entry>', f'<entry {_XMLNS}>', 1)}".encode()


def feed(entries: list[tuple[EntitySet, str]], title: str, root: str, now: dt.datetime, count: int | None) -> bytes:
    """Several objects, of one set or of many."""
    moment = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    head = f'<id>{escape(f"{root}/{title}")}</id><title type="text"/><updated>{moment}</updated><author/>'
    if count is not None:
        head += f"<m:count>{count}</m:count>"
    rows = "".join(_entry(owner, text, root, moment) for owner, text in entries)
    return f"{_HEAD}<feed {_XMLNS}>{head}{rows}</feed>".encode()


def error(code: int, message: str) -> bytes:
    """A failure."""
    return (
        f'{_HEAD}<m:error xmlns:m="{_M}"><m:code>{code}</m:code>'
        f'<m:message xml:lang="ru">{escape(message)}</m:message></m:error>'
    ).encode()


def service(root: str) -> bytes:
    """The service document."""
    sets = "".join(f"<collection href={quoteattr(name)}><atom:title>{name}</atom:title></collection>" for name in SETS)
    return (
        f'{_HEAD}<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom"'
        f" xml:base={quoteattr(f'{root}/')}><workspace><atom:title>Default</atom:title>{sets}</workspace></service>"
    ).encode()
