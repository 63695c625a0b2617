"""The starter with the real parts: what it tells, what it repairs, what it leaves."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import msgspec
import pytest

from tests.support.databases import ROOT
from tests.support.portal import Portal, running_portal
from tests.support.ports import free_port
from tests.support.waiting import eventually
from tools.prove_starter import processes_of

PARTS = {"web", "worker", "erp_peer", "postgres", "redis"}
BACK_WITHIN_S = 40


@pytest.fixture(scope="module")
def own_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal whose parts may be killed."""
    with running_portal(tmp_path_factory.mktemp("starter")) as running:
        yield running


def test_the_status_has_what_the_contract_promises(own_portal: Portal) -> None:
    status = own_portal.status
    assert set(status.parts) == PARTS
    assert status.url == f"http://127.0.0.1:{status.parts['web'].port}"
    for name, part in status.parts.items():
        assert Path(f"/proc/{part.pid}").exists(), name
        assert part.log is not None
        assert Path(part.log).exists(), name
    peer = status.parts["erp_peer"]
    assert peer.control_url == f"{peer.url}/_control"
    assert peer.control_token
    assert str(status.parts["postgres"].url).startswith("postgresql://")
    assert str(status.parts["redis"].url).startswith("redis://")


def test_every_role_of_every_tenant_has_an_account(own_portal: Portal) -> None:
    roles = {
        *(f"{kind}_{rank}" for kind in ("distributor", "direct_buyer") for rank in ("head", "senior", "manager")),
        *("forwarder", "logistician", "manager_full", "manager_limited", "connect_manager", "admin"),
    }
    accounts = own_portal.accounts
    tenants = list(dict.fromkeys(account.tenant for account in accounts))
    assert len(tenants) == 2
    for tenant in tenants:
        assert {account.role for account in accounts if account.tenant == tenant} == roles
    first = [account for account in accounts if account.tenant == tenants[0]]
    for cabinet, least in (("distributor", 2), ("direct_buyer", 2), ("logistics", 2)):
        assert len({account.organisation for account in first if account.cabinet == cabinet}) >= least, cabinet


def test_a_second_start_in_the_same_folder_is_refused(own_portal: Portal) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "app.cli", "up"],
        cwd=ROOT,
        env={**os.environ, "KARAVAN_DATA_DIR": str(own_portal.folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert again.returncode == 1
    assert f"already runs in {own_portal.folder} (process {own_portal.starter})" in again.stdout
    assert own_portal.status.state == "ready"


@pytest.mark.parametrize("name", ["web", "worker", "erp_peer", "redis", "postgres"])
def test_a_killed_part_comes_back(own_portal: Portal, name: str) -> None:
    killed = own_portal.status.parts[name].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: own_portal.status.parts[name].pid not in {killed, None}, BACK_WITHIN_S)
    assert eventually(lambda: own_portal.status.state == "ready", BACK_WITHIN_S)


def test_two_portals_started_at_one_moment_share_no_port(tmp_path: Path) -> None:
    settings = {"KARAVAN_PORT": str(free_port())}
    start = Barrier(2)

    def ports_of(folder: Path) -> set[int | None]:
        start.wait()
        with running_portal(folder, settings) as running:
            start.wait()
            return {part.port for part in running.status.parts.values()} - {None}

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(ports_of, (tmp_path / "one", tmp_path / "other"))
    assert len(one) == len(other) == 4
    assert not one & other


def test_a_port_lost_between_choice_and_use_is_replaced(tmp_path: Path) -> None:
    wanted = free_port()

    def steal() -> socket.socket:
        """Listen where the portal has chosen to, before its web server comes up."""
        assert eventually((tmp_path / "status.json").exists, 30)
        thief = socket.create_server(("127.0.0.1", wanted))
        thief.listen()
        return thief

    with ThreadPoolExecutor(1) as pool:
        stolen = pool.submit(steal)
        with running_portal(tmp_path, {"KARAVAN_PORT": str(wanted)}) as running:
            assert running.status.parts["web"].port == wanted + 1
        stolen.result().close()
    assert f"Port {wanted} of 127.0.0.1 was taken by another program meanwhile." in (tmp_path / "up.log").read_text()


def test_no_secret_is_among_the_words_of_a_process_or_in_a_log(own_portal: Portal) -> None:
    secrets = msgspec.json.decode((own_portal.folder / "secrets.json").read_bytes(), type=dict[str, str])
    words = [Path(f"/proc/{pid}/cmdline").read_text() for pid in processes_of(own_portal.folder)]
    logs = [file.read_text(errors="replace") for file in (own_portal.folder / "log").iterdir()]
    hidden = [*secrets.values(), *(account.password for account in own_portal.accounts)]
    assert [secret for secret in hidden if any(secret in text for text in (*words, *logs))] == []
    for name in ("secrets.json", "status.json", "accounts.json"):
        assert (own_portal.folder / name).stat().st_mode & 0o077 == 0, name


def test_an_ordered_stop_leaves_nothing_and_a_second_start_finds_everything(tmp_path: Path) -> None:
    with running_portal(tmp_path / "var") as first:
        accounts = first.accounts
        assert len(processes_of(first.folder)) > len(PARTS)
    assert processes_of(first.folder) == []
    assert not (first.folder / "status.json").exists()
    with running_portal(tmp_path / "var") as second:
        assert second.accounts == accounts
    assert "Making" not in (tmp_path / "var" / "up.log").read_text()
