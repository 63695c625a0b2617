"""The folder of an installation: its passwords, its lock, its ports, its data folder."""

import errno
import os
import stat
from pathlib import Path

import pytest

import app.infra.processes.status as status_module
from app.infra.embedded.binaries import EmbeddedError, find_postgres, find_valkey
from app.infra.embedded.cluster import prepare_cluster
from app.infra.processes.installation import (
    AlreadyRunsError,
    Secrets,
    only_one,
    open_folder,
    read_secrets,
)
from app.infra.processes.parts import StartError
from app.infra.processes.roles import enter
from app.infra.processes.status import StatusFile


def test_passwords_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = read_secrets(tmp_path)
    assert read_secrets(tmp_path) == first
    values = [getattr(first, name) for name in Secrets.__struct_fields__]
    assert len(set(values)) == len(values) == 8
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_damaged_passwords_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"owner": ')
    with pytest.raises(StartError, match=r"secrets\.json is damaged"):
        read_secrets(tmp_path)


def test_a_folder_is_used_by_one_starter_at_a_time(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunsError, match=str(os.getpid())), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_chosen_programs_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=f"KARAVAN_PG_BIN={tmp_path} holds no PostgreSQL"):
        find_postgres({"KARAVAN_PG_BIN": str(tmp_path)})
    with pytest.raises(EmbeddedError, match="KARAVAN_REDIS_BIN=nowhere"):
        find_valkey({"KARAVAN_REDIS_BIN": "nowhere"})


def test_a_half_made_data_folder_is_thrown_away(tmp_path: Path) -> None:
    half_made = tmp_path / "home" / "data.new.1"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    cluster = prepare_cluster(find_postgres(os.environ), tmp_path / "home", "word", durable=False)
    assert sorted(path.name for path in cluster.home.iterdir()) == ["data"]
    assert (cluster.data / "global" / "pg_control").exists()


def test_data_of_another_version_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="was written by PostgreSQL 15"):
        prepare_cluster(find_postgres(os.environ), tmp_path, "word", durable=False)


def test_a_lock_file_with_the_number_of_a_stranger_is_removed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text(f"{find_postgres(os.environ).major}\n")
    lock = tmp_path / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n")
    prepare_cluster(find_postgres(os.environ), tmp_path, "word", durable=False)
    assert not lock.exists()


def test_a_lock_file_of_a_dead_server_is_left_to_postgresql(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text(f"{find_postgres(os.environ).major}\n")
    lock = tmp_path / "data" / "postmaster.pid"
    lock.write_text("999999999\n")
    prepare_cluster(find_postgres(os.environ), tmp_path, "word", durable=False)
    assert lock.exists()


def test_a_folder_of_somebody_else_is_named_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_folder(tmp_path / "var")
    closed = tmp_path / "var" / "secrets.json"
    closed.touch()

    def may(place: Path, _mode: int) -> bool:
        return place != closed

    # Root may everything, so whoever runs the tests is told that this file is closed.
    monkeypatch.setattr(os, "access", may)
    with pytest.raises(StartError, match=r"secrets\.json belongs to \w+ and may not be written by \w+\. Give it back"):
        open_folder(tmp_path / "var")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(StartError, match=r"var.* cannot be made \(Not a directory\)"):
        open_folder(tmp_path / "var")


def test_passwords_that_are_complete_are_not_written_again(tmp_path: Path) -> None:
    read_secrets(tmp_path)
    before = (tmp_path / "secrets.json").stat().st_ino
    read_secrets(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_ino == before


def test_a_full_disk_does_not_stop_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = StatusFile(tmp_path / "status.json", "http://here")
    status.enter("ready")

    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(status_module, "write_private", full)
    status.enter("starting")
    assert status.state == "starting"


async def test_a_server_of_others_that_is_away_is_named_with_its_setting() -> None:
    with pytest.raises(StartError, match=r"PostgreSQL at 127\.0\.0\.1:9 does not let keeper in .*KARAVAN_DATABASE_URL"):
        await enter("postgresql://keeper:k@127.0.0.1:9/x")
