"""The sealed trail: nothing slips in behind a seal, nobody rewrites it, and whoever does so anyway is found out."""

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, cast

import asyncpg
import pytest

from app.infra import audit_seals
from app.infra.audit_chain import look_over
from app.infra.audit_clock import set_forward
from app.infra.audit_copy import Copy, CopyError, Line, copy_of
from app.infra.audit_seals import LINE, ClockError, seal
from app.infra.db.transaction import open_tenant_transaction
from tests.infra.trails import TENANT, Trail, open_trail, write_one
from tests.support.databases import Database

BLOCKS, ROWS = 5, 4
TAMPERINGS = int(os.environ.get("KARAVAN_TAMPERINGS", "40"))
MANY_ROWS = int(os.environ.get("KARAVAN_AUDIT_ROWS", "6000"))
SOMEBODYS: Final = """
    INSERT INTO audit_records (tenant_id, stamp, at, action, object_kind)
    SELECT tenant_id, stamp, at, 'order.approved', 'order' FROM audit_records ORDER BY id OFFSET $1 LIMIT 1
"""


@pytest.fixture
async def trail(database: Database, tmp_path: Path) -> AsyncIterator[Trail]:
    async with open_trail(database, tmp_path) as one:
        yield one


@pytest.fixture
async def sealed(trail: Trail) -> Trail:
    """Five blocks of four rows."""
    for _block in range(BLOCKS):
        await trail.write(ROWS)
        assert await trail.seal() is not None
    return trail


async def test_a_trail_nobody_touched_is_sound(sealed: Trail) -> None:
    await sealed.write(2)
    verdict = await sealed.look()
    assert (verdict.blocks, verdict.rows, verdict.unsealed, verdict.fault) == (BLOCKS, BLOCKS * ROWS, 2, None)
    assert verdict.copied_from == 1


async def test_nothing_new_makes_no_block(sealed: Trail) -> None:
    assert await sealed.seal() is None
    assert len(Copy(copy_of(sealed.folder, TENANT)).lines()) == BLOCKS


async def test_no_late_commit_slips_in_behind_a_seal(trail: Trail) -> None:
    """The slow transaction takes its number first and commits last; what came between waits for it."""
    async with open_tenant_transaction(trail.staff, TENANT) as slow:
        await write_one(slow, 0)
        await trail.write(ROWS)
        assert await trail.seal() is None
    made = await trail.seal()
    assert made is not None
    assert made.rows == ROWS + 1
    assert (await trail.look()).fault is None


async def test_without_the_horizon_a_late_commit_would_break_the_chain(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    ripe = audit_seals._RIPE  # pyright: ignore[reportPrivateUsage] - what is taken away here
    monkeypatch.setattr(audit_seals, "_RIPE", ripe.replace("pg_snapshot_xmin", "pg_snapshot_xmax"))
    async with open_tenant_transaction(trail.staff, TENANT) as slow:
        await write_one(slow, 0)
        await trail.write(ROWS)
        assert await trail.seal() is not None
    fault = (await trail.look()).fault
    assert fault is not None
    assert (fault.block, fault.words) == (1, "was sealed with 4 rows and has 5")


_ROW: Final = "WHERE id = (SELECT min(id) + $1 FROM audit_records)"
CHANGES: Final = {
    "a word of a row": (f"UPDATE audit_records SET action = 'order.submitteD' {_ROW}", "is not what was sealed"),
    "who did it": (f"UPDATE audit_records SET actor_id = gen_random_uuid() {_ROW}", "is not what was sealed"),
    "a value after": (f"UPDATE audit_records SET after = '{{}}' {_ROW}", "is not what was sealed"),
    "a row taken out": (f"DELETE FROM audit_records {_ROW}", "was sealed with 4 rows and has 3"),
    "a row put in": (SOMEBODYS, "was sealed with 4 rows and has 5"),
}

_OTHERS: Final = (
    f"DELETE FROM audit_records {_ROW}",
    SOMEBODYS,
    f"DELETE FROM audit_seals WHERE n = $1 / {ROWS} + 1",
    f"UPDATE audit_seals SET rows = rows + 1 WHERE n = $1 / {ROWS} + 1",
    f"UPDATE audit_seals SET at = at + interval '1 microsecond' WHERE n = $1 / {ROWS} + 1",
)


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("place", [0, 9, BLOCKS * ROWS - 1])
async def test_a_change_of_rows_is_found_and_its_block_named(
    sealed: Trail, place: int, change: str, words: str
) -> None:
    await sealed.tamper(change, place)
    fault = (await sealed.look()).fault
    assert fault is not None
    assert fault.block == place // ROWS + 1
    assert fault.words.startswith(words)


async def test_two_rows_that_change_places_are_found(sealed: Trail) -> None:
    first = "(SELECT id FROM audit_records ORDER BY id LIMIT 2)"
    both = f"(SELECT sum(stamp) FROM audit_records WHERE id IN {first})"
    await sealed.tamper(f"UPDATE audit_records SET stamp = {both} - stamp WHERE id IN {first}", rows=2)
    fault = (await sealed.look()).fault
    assert fault is not None
    assert fault.block == 1


@pytest.mark.parametrize(
    ("change", "block", "words"),
    [
        ("DELETE FROM audit_seals WHERE n = 1", 1, "is missing"),
        ("DELETE FROM audit_seals WHERE n = 3", 3, "is missing"),
        ("UPDATE audit_seals SET hash = sha256('x') WHERE n = 2", 2, "is not what was sealed"),
        ("UPDATE audit_seals SET at = at - interval '1 day' WHERE n = 4", 4, "is not what was sealed"),
        ("UPDATE audit_seals SET last_id = last_id + 1 WHERE n = 4", 4, "is not what was sealed"),
        ("DELETE FROM audit_seals WHERE n = 5", 5, "is in the copy outside the database"),
    ],
)
async def test_a_change_of_blocks_is_found(sealed: Trail, change: str, block: int, words: str) -> None:
    await sealed.tamper(change)
    fault = (await sealed.look()).fault
    assert fault is not None
    assert fault.block == block
    assert fault.words.startswith(words)


async def test_a_trail_cut_short_and_sealed_anew_is_found_by_its_copy(sealed: Trail) -> None:
    """Whoever takes the last block away with its rows leaves a chain that is sound in itself."""
    await sealed.tamper("DELETE FROM audit_seals WHERE n = 5")
    for _row in range(ROWS):
        await sealed.tamper("DELETE FROM audit_records WHERE id = (SELECT max(id) FROM audit_records)")
    await sealed.write(1)
    with pytest.raises(CopyError, match="knows another block 5"):
        await sealed.seal()
    fault = (await sealed.look()).fault
    assert fault is not None
    assert (fault.block, fault.words) == (5, "differs from its copy outside the database")


async def test_any_tampering_with_anything_is_found(sealed: Trail) -> None:
    chance = random.Random(20260)
    columns = [name for name in await _columns(sealed) if name not in {"tenant_id", "id"}]
    for _try in range(TAMPERINGS):
        place = chance.randrange(BLOCKS * ROWS)
        column = chance.choice(columns)
        how = chance.choice([f"UPDATE audit_records SET {column} = {_other(column)} {_ROW}", *_OTHERS])
        undone = sealed.super.transaction(isolation="repeatable_read")
        await undone.start()
        await sealed.super.execute("SET LOCAL session_replication_role = replica")
        await sealed.super.execute(how, place)
        fault = (await look_over(sealed.super, TENANT, Copy(copy_of(sealed.folder, TENANT)).lines())).fault
        await undone.rollback()
        assert fault is not None, how
        assert fault.block == place // ROWS + 1, how
    assert (await sealed.look()).fault is None


async def test_one_letter_of_one_row_among_many_is_found(trail: Trail) -> None:
    many = """
        INSERT INTO audit_records (tenant_id, stamp, at, action, object_kind, object_name)
        SELECT 1, 1 + g::bigint * 500 / $1, now(), 'order.submitted', 'order', 'P-' || g
        FROM generate_series(1, $1::int) g
    """
    await trail.tamper(many, MANY_ROWS, rows=MANY_ROWS)
    blocks = 0
    while await trail.seal() is not None:
        blocks += 1
    assert blocks > 1
    assert (await trail.look()).fault is None
    place = MANY_ROWS * 2 // 3
    await trail.tamper(f"UPDATE audit_records SET object_name = object_name || '0' {_ROW}", place)
    holder = f"SELECT min(n) FROM audit_seals WHERE upto > (SELECT stamp FROM audit_records {_ROW})"
    fault = (await trail.look()).fault
    assert fault is not None
    assert fault.block == cast("object", await trail.super.fetchval(holder, place))


async def test_every_column_of_a_row_is_sealed(sealed: Trail) -> None:
    assert [name for name in await _columns(sealed) if f"r.{name}" not in LINE] == ["tenant_id"]


@pytest.mark.parametrize("table", ["audit_records", "audit_seals"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = 1", "DELETE FROM {}", "TRUNCATE {}"])
async def test_nobody_changes_what_was_written(sealed: Trail, database: Database, table: str, statement: str) -> None:
    """Neither the running roles, whom no grant lets, nor the owner and a superuser, whom a trigger stops."""
    for url in (database.client_url, database.staff_url, database.owner_url, database.superuser_url):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SELECT set_config('app.tenant', '1', false)")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement.format(table))
        finally:
            await connection.close()
    assert (await sealed.look()).fault is None


async def test_without_trigger_and_grant_history_would_be_rewritten(sealed: Trail, database: Database) -> None:
    await sealed.super.execute("ALTER TABLE audit_records DISABLE TRIGGER audit_records_stay")
    await sealed.super.execute("GRANT UPDATE ON audit_records TO karavan_staff")
    connection = await asyncpg.connect(database.staff_url)
    await connection.execute("SELECT set_config('app.tenant', '1', false)")
    assert await connection.execute("UPDATE audit_records SET action = 'x'") == f"UPDATE {BLOCKS * ROWS}"
    await connection.close()
    assert (await sealed.look()).fault is not None


async def test_nobody_dates_a_row_back_or_behind_a_seal(sealed: Trail, database: Database) -> None:
    connection = await asyncpg.connect(database.staff_url)
    await connection.execute("SELECT set_config('app.tenant', '1', false)")
    await connection.execute(
        "INSERT INTO audit_records (tenant_id, stamp, at, action, object_kind) VALUES (1, 5, '2020-01-01', 'x.y', 'z')"
    )
    await connection.close()
    assert (await sealed.look()).fault is None
    assert await sealed.super.fetchval("SELECT at > now() - interval '1 hour' FROM audit_records WHERE action = 'x.y'")


async def test_a_copy_that_missed_blocks_catches_up(sealed: Trail) -> None:
    """A crash between the two writes, or in the middle of the second."""
    path = copy_of(sealed.folder, TENANT)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    await sealed.write(1)
    await sealed.seal()
    assert path.read_bytes().startswith(whole)
    assert [line.n for line in Copy(path).lines()] == [1, 2, 3, 4, 5, 6]
    assert (await sealed.look()).fault is None


async def test_a_lost_copy_begins_anew_and_says_where(sealed: Trail) -> None:
    copy_of(sealed.folder, TENANT).unlink()
    await sealed.write(1)
    await sealed.seal()
    verdict = await sealed.look()
    assert (verdict.fault, verdict.copied_from) == (None, BLOCKS + 1)


def test_a_copy_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "audit" / "1.seals")
    copy.append([Line(1, b"\x01" * 32)])
    copy.path.write_text(copy.path.read_text() + "hello\n")
    with pytest.raises(CopyError, match="'hello' is no line"):
        copy.lines()


async def test_a_backlog_is_sealed_in_bites_that_never_part_a_transaction(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_seals, "_RIPE", audit_seals._RIPE.replace("OFFSET 4999", "OFFSET 2"))  # pyright: ignore[reportPrivateUsage]
    await trail.write(2)
    async with open_tenant_transaction(trail.staff, TENANT) as transaction:
        for number in range(5):
            await write_one(transaction, number)
    await trail.write(1)
    blocks = [made.rows for made in [await trail.seal() for _ in range(2)] if made]
    assert blocks == [7, 1]
    assert (await trail.look()).fault is None


async def test_after_a_restore_elsewhere_the_chain_goes_on(sealed: Trail, database: Database) -> None:
    """In another server transactions are numbered from the beginning: as if these were a billion further on."""
    ahead = 1_000_000_000
    await sealed.super.execute("CREATE OR REPLACE FUNCTION audit_base() RETURNS bigint LANGUAGE sql STABLE AS"
        f" 'SELECT {ahead}::bigint'")  # fmt: skip
    await sealed.write(1)
    assert await sealed.seal() is not None
    await sealed.super.execute("CREATE OR REPLACE FUNCTION audit_base() RETURNS bigint LANGUAGE sql STABLE AS"
        " 'SELECT 0::bigint'")  # fmt: skip
    await sealed.write(1)
    async with open_tenant_transaction(sealed.staff, TENANT) as transaction:
        with pytest.raises(ClockError):
            await seal(transaction)
    # What was written with the clock wrong stands between sealed rows; the starter puts the clock right before anybody.
    await sealed.tamper("DELETE FROM audit_records WHERE id = (SELECT max(id) FROM audit_records)")
    assert await set_forward(database.owner_url) > 0
    await sealed.write(2)
    made = await sealed.seal()
    assert made is not None
    assert (made.n, made.rows) == (BLOCKS + 2, 2)
    assert (await sealed.look()).fault is None
    assert await set_forward(database.owner_url) > 0


async def _columns(trail: Trail) -> list[str]:
    names = (
        "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'audit_records'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    return str(cast("object", await trail.super.fetchval(names))).split()


def _other(column: str) -> str:
    if column == "stamp":
        return f"{column} + 1000000"
    if column == "at":
        return "at + interval '1 microsecond'"
    if column in {"before", "after", "detail"}:
        return """'{"x": 1}'"""
    return "gen_random_uuid()" if column.endswith("_id") else f"{column} || ' '"
