"""The portal's side of surface H as the tests need it, and the control surface."""

from typing import Self, TypeVar
from urllib.parse import unquote
from uuid import uuid4

import httpx
import msgspec
from msgspec import Raw, Struct

from erp_peer.data.figures import BY_IB

T = TypeVar("T")
TOKEN = "control-of-this-run"
PASSWORD = "karavan-erp"

Row = dict[str, str]


class Ping(Struct, frozen=True):
    """An answer of `/ping`."""

    ib: str
    tenant: str
    now: str
    as_of_batch: int


class Entry(Struct, frozen=True):
    """An entry of `/changes`."""

    idx: int
    set: str
    ref: str
    label: str
    deleted: bool
    at: str
    as_of_batch: int
    data: Raw


class Batch(Struct, frozen=True):
    """An answer of `/changes`."""

    node: str
    batch: int | None
    as_of_batch: int
    more: bool
    entries: list[Entry]


class Outcome(Struct, frozen=True):
    """A command's result, whatever its status."""

    id: str
    type: str
    ref: str
    status: str
    replayed: bool
    batch: int
    code: str = ""
    message: str = ""
    label: str = ""
    number: str = ""
    posted: bool = False
    posted_batch: int = 0
    state: str = ""
    details: dict[str, str | list[dict[str, str]]] = {}

    @property
    def codes(self) -> list[str]:
        """The codes of all obstacles of a refusal."""
        problems = self.details.get("problems", [])
        return [problem["code"] for problem in problems] if isinstance(problems, list) else []


class Results(Struct, frozen=True):
    """An answer of `/commands`."""

    results: list[Outcome]
    as_of_batch: int


class ErrorInside(Struct, frozen=True):
    """The inside of an error answer."""

    code: str
    retry: bool
    after_ms: int | None
    message: str
    id: str = ""


class ErrorAnswer(Struct, frozen=True):
    """An error answer."""

    error: ErrorInside


class Stock(Struct, frozen=True, rename={"free": "СвободныйОстаток", "reserved": "РезервОстаток"}):
    """Live stock of one pair."""

    free: str
    reserved: str
    orders: list[str]


class Available(Struct, frozen=True):
    """An answer of `/available`."""

    as_of_batch: int
    items: list[Stock]


class Acked(Struct, frozen=True):
    """An answer of `/changes/ack`."""

    node: str
    batch: int
    acked: bool


class AuditItem(Struct, frozen=True):
    """One accepted write."""

    seq: int
    batch: int
    command_id: str | None
    type: str
    ref: str
    number: str


class Audit(Struct, frozen=True):
    """An answer of `audit`."""

    items: list[AuditItem]


class Moved(Struct, frozen=True):
    """An answer of `advance`."""

    step: str
    status: str
    state: str
    shipped_percent: int
    batch: int


class Edited(Struct, frozen=True):
    """An answer of `erp-edit`."""

    batch: int
    touched: list[dict[str, str]]


def unescaped(text: str) -> str:
    """The value of a COPY field."""
    return text.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")


class Portal:
    """One infobase seen by its portal, and the same machine's control surface."""

    def __init__(self, url: str, ib: str = "erp") -> None:
        """Log in as the portal's user."""
        self.url = url
        self.ib = ib
        self.http = httpx.Client(
            base_url=f"{url}/{ib}/hs/portal/v1",
            auth=("Портал".encode(), PASSWORD.encode()),
            headers={"X-Portal-Tenant": BY_IB[ib].tenant},
            timeout=60,
            limits=httpx.Limits(max_connections=32),
        )
        self.steering = httpx.Client(base_url=f"{url}/_control", headers={"X-Control-Token": TOKEN}, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.http.close()
        self.steering.close()

    def get(self, path: str, shape: type[T]) -> T:
        """Read something that must be there."""
        response = self.http.get(path)
        assert response.status_code == 200, response.text
        return msgspec.json.decode(response.content, type=shape)

    def post(self, path: str, body: object, shape: type[T], status: int = 200) -> T:
        """Post and read the answer of the expected status."""
        response = self.http.post(path, content=msgspec.json.encode(body))
        assert response.status_code == status, response.text
        return msgspec.json.decode(response.content, type=shape)

    def steer(self, path: str, body: object, shape: type[T], status: int = 200) -> T:
        """Post to the control surface."""
        response = self.steering.post(path, content=msgspec.json.encode(body))
        assert response.status_code == status, response.text
        return msgspec.json.decode(response.content, type=shape)

    def rows(self, stream: str) -> list[Row]:
        """A whole stream, every column as its wire text."""
        response = self.http.get(f"/snapshot/{stream}")
        assert response.status_code == 200, response.text
        columns = [unquote(name) for name in response.headers["X-Snapshot-Columns"].split(",")]
        lines = response.content.decode().split("\n")[:-1]
        return [dict(zip(columns, map(unescaped, line.split("\t")), strict=True)) for line in lines]

    def one(self, stream: str, **where: str) -> Row:
        """The only row with these values."""
        found = [row for row in self.rows(stream) if all(row[name] == text for name, text in where.items())]
        assert len(found) == 1, (stream, where, len(found))
        return found[0]

    def changes(self, node: str, limit: int = 500, wait: float = 0) -> Batch:
        """The next batch of a node."""
        return self.get(f"/changes?node={node}&limit={limit}&wait={wait}", Batch)

    def ack(self, node: str, batch: int) -> bool:
        """Acknowledge a batch."""
        return self.post("/changes/ack", {"node": node, "batch": batch}, Acked).acked

    def drain(self, node: str) -> list[Entry]:
        """Everything that waits, acknowledged batch by batch."""
        entries: list[Entry] = []
        while (batch := self.changes(node)).batch is not None:
            entries += batch.entries
            self.ack(node, batch.batch)
        return entries

    def run(self, *commands: object) -> list[Outcome]:
        """Do commands."""
        return self.post("/commands", {"commands": commands}, Results).results

    def available(self, item: str, warehouse: str) -> Available:
        """Live stock of one pair."""
        question = {"Характеристика_Key": item, "Склад_Key": warehouse}
        return self.post("/available", {"items": [question]}, Available)

    def edit(self, **edit: object) -> Edited:
        """Do what an accountant would do."""
        return self.steer("/erp-edit", {"ib": self.ib, **edit}, Edited)

    def advance(self, ref: str, partial: str = "1") -> Moved:
        """Move an order to its next state."""
        return self.steer("/advance", {"ib": self.ib, "ref": ref, "partial": partial}, Moved)

    def audit(self, ref: str) -> list[AuditItem]:
        """Accepted writes of one object."""
        response = self.steering.get("/audit", params={"ib": self.ib, "ref": ref})
        return msgspec.json.decode(response.content, type=Audit).items


def command(kind: str, ref: str, data: object, **more: object) -> dict[str, object]:
    """A command with a new id."""
    return {"id": str(uuid4()), "type": kind, "ref": ref, "data": data, **more}
