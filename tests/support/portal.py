"""A whole running portal: the command a person types, on free ports and data of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from app.cli.show import Account, read_accounts
from app.infra.processes.lifeline import die_with_parent
from tests.support.databases import ROOT
from tests.support.ports import free_port
from tests.support.waiting import eventually

STARTS_WITHIN_S = 180


class PartStatus(Struct, frozen=True):
    """One part in ``status.json``."""

    pid: int | None
    log: str | None
    port: int | None = None
    url: str | None = None
    control_url: str | None = None
    control_token: str | None = None


class Status(Struct, frozen=True):
    """``status.json`` as the contract describes it."""

    state: str
    url: str
    parts: dict[str, PartStatus]


class Portal(Struct, frozen=True):
    """A running portal."""

    folder: Path
    starter: int  # process number

    @property
    def status(self) -> Status:
        """What the portal says of itself at this moment."""
        return msgspec.json.decode((self.folder / "status.json").read_bytes(), type=Status)

    @property
    def url(self) -> str:
        """Its address."""
        return self.status.url

    @property
    def accounts(self) -> list[Account]:
        """The demo accounts."""
        return read_accounts(self.folder / "accounts.json")

    def account(self, role: str, number: int = 0, tenant: str = "") -> Account:
        """The account of a role, in the first tenant unless another is named."""
        tenant = tenant or self.accounts[0].tenant
        return [a for a in self.accounts if a.role == role and a.tenant == tenant][number]


@contextmanager
def running_portal(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Portal]:
    """Start everything with the tiny profile, wait until it is ready, and stop it afterwards."""
    chosen = {"KARAVAN_DATA_DIR": str(folder), "KARAVAN_PORT": str(free_port()), "KARAVAN_PROFILE": "tiny"}
    caller = {name: value for name, value in os.environ.items() if not name.startswith("KARAVAN_")}
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up"],
            cwd=ROOT,
            env={**caller, **chosen, **(settings or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGTERM),  # noqa: PLW1509 - one call into libc, no locks
        )
    portal = Portal(folder=folder, starter=process.pid)
    try:
        eventually(lambda: process.poll() is not None or portal.status.state == "ready", STARTS_WITHIN_S)
        assert process.poll() is None, log.read_text()
        assert portal.status.state == "ready", log.read_text()
        yield portal
    finally:
        process.terminate()
        process.wait(60)
