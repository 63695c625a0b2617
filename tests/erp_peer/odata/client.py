"""The standard interface as a plain client sees it."""

from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from tests.erp_peer.portal import PASSWORD

T = TypeVar("T")
Row = dict[str, str | float | bool | list[dict[str, str | float | bool]] | dict[str, str | float | bool] | None]


class Many(Struct, frozen=True, rename={"metadata": "odata.metadata", "count": "odata.count"}):
    """An answer with several objects."""

    value: list[Row]
    metadata: str = ""
    count: str | None = None


class Message(Struct, frozen=True):
    """A text in a language."""

    lang: str
    value: str


class Failure(Struct, frozen=True):
    """The inside of a failure; the code is a text."""

    code: str
    message: Message


class Failed(Struct, frozen=True, rename={"error": "odata.error"}):
    """A failure."""

    error: Failure


class Interface:
    """One infobase over `standard.odata`."""

    def __init__(self, url: str, ib: str = "erp") -> None:
        self.root = f"{url}/{ib}/odata/standard.odata"
        self.http = httpx.Client(auth=("Портал".encode(), PASSWORD.encode()), timeout=60)

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """A call; only what must be is encoded, spaces as %20."""
        encoded = quote(path, safe="/()$?&=',*;:@+")
        address = f"{self.root}/{encoded}"
        content = None if body is None else msgspec.json.encode(body)
        return self.http.request(method, httpx.URL(address), content=content, headers=headers)

    def read(self, path: str, shape: type[T], **options: str) -> T:
        """Read something as JSON that must be there."""
        response = self.send("GET", _with(path, options))
        assert response.status_code == 200, response.text
        return msgspec.json.decode(response.content, type=shape)

    def many(self, path: str, **options: str) -> list[Row]:
        """Rows of a set."""
        return self.read(path, Many, **options).value

    def one(self, path: str, **options: str) -> Row:
        """One object."""
        return self.read(path, Row, **options)

    def failure(self, path: str, status: int, method: str = "GET", body: object = None, **options: str) -> Failure:
        """The failure of a call."""
        response = self.send(method, _with(path, options), body)
        assert response.status_code == status, response.text
        return msgspec.json.decode(response.content, type=Failed).error


def _with(path: str, options: dict[str, str]) -> str:
    asked = {"format": "json"} | options
    return path + "?" + "&".join(f"{'$' if name[0].islower() else ''}{name}={text}" for name, text in asked.items())


def number(row: Row, name: str) -> float:
    """A number of a row."""
    found = row[name]
    assert isinstance(found, int | float), (name, found)
    return found


def text(row: Row, name: str) -> str:
    """A text of a row."""
    found = row[name]
    assert isinstance(found, str), (name, found)
    return found


def rows(row: Row, name: str) -> list[dict[str, str | float | bool]]:
    """The rows of a section."""
    found = row[name]
    assert isinstance(found, list), (name, found)
    return found
