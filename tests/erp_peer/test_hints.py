"""Hints reach the portal signed, and nobody minds when it is away."""

import hashlib
import hmac
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.erp_peer.conftest import running
from tests.erp_peer.portal import Portal
from tests.support.ports import free_port
from tests.support.waiting import eventually

SECRET = "hint-secret"


class Hint(Struct, frozen=True):
    """What the portal gets."""

    event_id: str
    sent_at: str
    ib: str
    tenant: str
    node: str
    hint: list[dict[str, str]]


class Taken(Struct, frozen=True):
    """One delivery."""

    body: bytes
    signature: str
    tenant: str


@contextmanager
def listening(port: int) -> Iterator[list[Taken]]:
    """A portal that only takes hints."""
    taken: list[Taken] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(Taken(body, self.headers["X-Portal-Signature"], self.headers["X-Portal-Tenant"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so it is called in the base
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_write_is_hinted(seeded_database: str, tmp_path: Path) -> None:
    port = free_port()
    options = ("--hint-url", f"http://127.0.0.1:{port}/api/v1/erp/events", "--hint-secret", SECRET)
    with running(seeded_database, tmp_path / "log", *options) as process, Portal(process.url) as portal:
        ref = portal.rows("partners")[0]["Ref_Key"]
        # Nobody listens yet: the write succeeds and the hint is lost.
        portal.edit(edit="touch", set="Catalog_Партнеры", ref=ref)
        portal.drain("portal")
        with listening(port) as taken:
            portal.edit(edit="touch", set="Catalog_Партнеры", ref=ref)
            assert eventually(lambda: bool(taken))
        assert taken[0].signature == "sha256=" + hmac.new(SECRET.encode(), taken[0].body, hashlib.sha256).hexdigest()
        hint = msgspec.json.decode(taken[0].body, type=Hint)
        assert (hint.ib, hint.tenant, hint.node, taken[0].tenant) == ("erp", "alatau", "portal", "alatau")
        assert hint.hint == [{"set": "Catalog_Партнеры", "ref": ref}]
        assert [entry.ref for entry in portal.drain("portal")] == [ref]


def test_hints_come_twice_and_in_another_order_when_told_to(seeded_database: str, tmp_path: Path) -> None:
    port = free_port()
    options = ("--hint-url", f"http://127.0.0.1:{port}/api/v1/erp/events", "--hint-secret", SECRET)
    with (
        running(seeded_database, tmp_path / "log", *options) as process,
        Portal(process.url) as portal,
        listening(port) as taken,
    ):
        refs = [row["Ref_Key"] for row in portal.rows("partners")][:4]

        def tell(ref: str, faults: Sequence[str], arrived: int) -> None:
            rules = [{"fault": fault, "times": 1} for fault in faults]
            portal.steer("/faults", {"rules": rules}, dict[str, list[object]])
            portal.edit(edit="touch", set="Catalog_Партнеры", ref=ref)
            assert eventually(lambda: len(taken) == arrived and not portal_has_faults(portal))

        tell(refs[0], ["duplicate_delivery"], 2)
        tell(refs[1], ["reorder_events"], 2)
        tell(refs[2], [], 4)
        told = [msgspec.json.decode(one.body, type=Hint) for one in taken]
        assert [hint.hint[0]["ref"] for hint in told] == [refs[0], refs[0], refs[2], refs[1]]
        assert told[0].event_id == told[1].event_id
        assert told[3].sent_at <= told[2].sent_at


def portal_has_faults(portal: Portal) -> bool:
    """Whether a rule still waits for its request."""
    return b'"number"' in portal.steering.get("/faults").content
