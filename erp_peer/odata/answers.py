"""Replies of surface O in the representation that was asked for."""

import datetime as dt

import msgspec
from msgspec import Struct

from erp_peer.odata import atom
from erp_peer.odata.edm import EntitySet
from erp_peer.odata.errors import ODataError
from erp_peer.odata.options import Form
from erp_peer.odata.reading import Page

JSON = "application/json;charset=utf-8"
XML = "application/xml;charset=utf-8"
PLAIN = "text/plain;charset=utf-8"
_FEED = "application/atom+xml;type=feed;charset=utf-8"
_ENTRY = "application/atom+xml;type=entry;charset=utf-8"
_OK = 200


class Reply(Struct, frozen=True):
    """What goes back."""

    body: bytes
    media_type: str
    status: int = _OK
    location: str = ""


class Teller(Struct, frozen=True):
    """Puts rows into the form of one call."""

    form: Form
    root: str
    now: dt.datetime

    def page(self, owner: EntitySet, found: Page) -> Reply:
        """Several objects of one set."""
        if self.form is Form.ATOM:
            rows = [(owner, row) for row in found.rows]
            return Reply(atom.feed(rows, owner.name, self.root, self.now, found.count), _FEED)
        count = "" if found.count is None else f'"odata.count":"{found.count}",'
        body = f'{{{self._context(owner.name)}{count}"value":[{",".join(found.rows)}]}}'
        return Reply(body.encode(), JSON)

    def one(self, owner: EntitySet, text: str, status: int = _OK, location: str = "") -> Reply:
        """One object."""
        if self.form is Form.ATOM:
            return Reply(atom.entry(owner, text, self.root, self.now), _ENTRY, status, location)
        return Reply(f"{{{self._context(f'{owner.name}/@Element')}{text[1:]}".encode(), JSON, status, location)

    def mixed(self, entries: list[tuple[EntitySet, str]], title: str) -> Reply:
        """Objects of many sets; each names its type."""
        if self.form is Form.ATOM:
            return Reply(atom.feed(entries, title, self.root, self.now, None), _FEED)
        rows = ",".join(f'{{"odata.type":"StandardODATA.{owner.name}",{text[1:]}' for owner, text in entries)
        return Reply(f'{{{self._context(title)}"value":[{rows}]}}'.encode(), JSON)

    def service(self, document: dict[str, object]) -> Reply:
        """The service document."""
        if self.form is Form.ATOM:
            return Reply(atom.service(self.root), XML)
        return Reply(msgspec.json.encode(document), JSON)

    def error(self, error: ODataError) -> Reply:
        """A failure."""
        if self.form is Form.ATOM:
            return Reply(atom.error(error.code, error.message), XML, error.status)
        inside = {"code": str(int(error.code)), "message": {"lang": "ru", "value": error.message}}
        return Reply(msgspec.json.encode({"odata.error": inside}), JSON, error.status)

    def _context(self, title: str) -> str:
        return "" if self.form is Form.BARE else f'"odata.metadata":"{self.root}/$metadata#{title}",'
