"""The real stand-in ERP as a process, reached over HTTP only."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from msgspec import Struct

from app.infra.processes.health import http_get
from app.infra.processes.lifeline import die_with_parent
from app.infra.processes.roles import PEER, ensure_databases
from tests.support.databases import ROOT
from tests.support.ports import free_port
from tests.support.servers import account_url
from tests.support.waiting import eventually, run_apart

TOKEN = "control-of-this-run"
LOADS_WITHIN_S = 400  # the full profile on a busy machine


class ErpPeer(Struct, frozen=True):
    """Where the stand-in of this run listens."""

    url: str
    control_url: str
    control_token: str  # header X-Control-Token


class Hints(Struct, frozen=True):
    """Where hints go, and what they are signed with: `tenant=secret`."""

    url: str
    secrets: str


@contextmanager
def erp_peer_server(server: str, folder: Path, profile: str = "tiny", hints: Hints | None = None) -> Iterator[ErpPeer]:
    """Start the stand-in on a database of its own and wait until its data are there."""
    port = free_port()
    name = f"karavan_erp_{port}"
    run_apart(ensure_databases(server, {name: PEER}))
    url = f"http://127.0.0.1:{port}"
    peer = ErpPeer(url=url, control_url=f"{url}/_control", control_token=TOKEN)
    words = ["serve", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--profile", profile, "--seed", "1"]
    secrets = {"ERP_PEER_DB": account_url(server, PEER, name), "ERP_PEER_CONTROL_TOKEN": TOKEN}
    if hints is not None:
        words += ["--hint-url", hints.url]
        secrets["ERP_PEER_HINT_SECRET"] = hints.secrets
    log = folder / f"erp_peer_{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "erp_peer", *words],
            cwd=ROOT,
            env={**os.environ, **secrets},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509 - one call into libc, no locks
        )
    try:
        assert eventually(lambda: process.poll() is not None or _answers(peer), LOADS_WITHIN_S), log.read_text()
        assert process.poll() is None, log.read_text()
        # A large one is away at night for its nightly works; what is run here must not depend on the hour.
        httpx.delete(f"{peer.control_url}/faults", headers={"X-Control-Token": TOKEN}).raise_for_status()
        yield peer
    finally:
        process.terminate()
        process.wait(20)


def _answers(peer: ErpPeer) -> bool:
    answer = run_apart(http_get(f"{peer.control_url}/state", {"X-Control-Token": peer.control_token}))
    return answer.status == 200
