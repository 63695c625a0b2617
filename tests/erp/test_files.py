"""Contents of files between the portal and the stand-in: whole or not at all, once, and never anybody else's."""

import errno
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.jobs import tidy
from app.erp import feed
from app.erp.channel import Channel
from app.erp.files import MOST_BYTES
from app.erp.loading import Side
from app.erp.rules import MOST_ATTEMPTS
from tests.erp.files import Hall, empty_hall
from tests.erp.look import Look
from tests.erp.scissors import cut_line
from tests.erp.stand_in import StandIn, channel_to
from tests.support.databases import Database

CONTRACT: Final = "SELECT id FROM contracts WHERE tenant_id = 1 AND deleted_at IS NULL ORDER BY number LIMIT 1"
BIG: Final = 700_000  # three pieces on the way out


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.fixture
async def hall(loaded: Side, channel: Channel, tmp_path: Path) -> AsyncIterator[Hall]:
    async with empty_hall(loaded, channel, tmp_path) as made:
        yield made


@pytest.fixture
async def contract(look: Look) -> UUID:
    found = await look.value(CONTRACT)
    assert isinstance(found, UUID)
    return found


async def state_of(look: Look, file_id: UUID) -> tuple[object, ...]:
    """Whether it has arrived, and how its intents ended."""
    arrived = await look.value("SELECT stored_at IS NOT NULL FROM attachments WHERE id = $1", file_id)
    stages = await look.rows(
        "SELECT stage, attempt, coalesce(error_class, '') FROM outbox WHERE aggregate = $1 ORDER BY seq",
        f"file:{file_id}",
    )
    return arrived, *stages


async def in_the_erp(hall: Hall, contract: UUID, size: int) -> tuple[UUID, str, bytes]:
    """A file the ERP has and the portal does not."""
    content = b"%PDF-" + uuid4().bytes * (size // 16)
    file_id = await hall.give(content, contract)
    await hall.persist("send")
    hall.store.remove(1, sha256(content).hexdigest())
    return file_id, sha256(content).hexdigest(), content


async def test_every_file_of_the_erp_arrives_whole(loaded: Side, channel: Channel, tmp_path: Path, look: Look) -> None:
    hall = Hall(loaded, channel, tmp_path)
    wanted = await look.count("SELECT count(*) FROM attachments WHERE deleted_at IS NULL AND tenant_id = 1")
    assert await hall.waiting("fetch") == wanted > 20
    await hall.drain("fetch")
    rows = await look.rows("SELECT sha256, size FROM attachments WHERE stored_at IS NOT NULL AND tenant_id = 1")
    assert len(rows) == wanted
    for digest, size in rows:
        content = hall.store.read(1, str(digest), 0, MOST_BYTES)
        assert (sha256(content).hexdigest(), len(content)) == (digest, size)
    assert await hall.want_again() == 0
    assert await look.count("SELECT count(*) FROM outbox WHERE lane = 'fetch' AND stage <> 'done'") == 0
    assert not list((tmp_path / "1" / "drafts").iterdir())


async def test_a_file_told_by_the_feed_is_wanted_at_once(
    hall: Hall, channel: Channel, contract: UUID, look: Look
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    while await feed.poll(hall.side, channel, 0) != "nothing":
        pass
    assert await state_of(look, file_id) == (False, ("done", 0, ""), ("new", 0, ""))
    await hall.drain("fetch")
    assert hall.store.read(1, digest, 0, BIG) == content
    assert (await state_of(look, file_id))[0] is True


@given(cuts=st.lists(st.integers(1, 60_000), min_size=1, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_line_cut_anywhere_costs_nothing_but_time(
    hall: Hall, contract: UUID, stand_in: StandIn, look: Look, cuts: list[int]
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 200_000)
    await hall.want(file_id, digest, len(content), contract)
    for after in cuts:
        async with cut_line(stand_in.url, cuts=1, after=after) as (url, _), channel_to(url) as thin:
            await Hall(hall.side, thin, hall.folder).step("fetch")
        await hall.hurry()
    await hall.persist("fetch")
    assert (await state_of(look, file_id))[0] is True
    assert hall.store.read(1, digest, 0, BIG) == content


async def test_what_came_before_a_cut_is_not_asked_for_again(
    hall: Hall, contract: UUID, stand_in: StandIn, look: Look
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 200_000)
    await hall.want(file_id, digest, len(content), contract)
    await stand_in.fault("truncate_body", path=f"/files/{file_id}", bytes=150_000, times=1)
    await hall.step("fetch")
    [draft] = (hall.folder / "1" / "drafts").iterdir()
    assert draft.read_bytes() == content[:150_000]
    assert (await state_of(look, file_id))[-1] == ("sent", 0, "unknown"), "an attempt that brought bytes is not counted"
    # The rest is 50,000 bytes: an answer from the beginning would be cut.
    await stand_in.fault("truncate_body", path=f"/files/{file_id}", bytes=60_000, times=1)
    await hall.hurry()
    await hall.step("fetch")
    assert (await state_of(look, file_id))[0] is True
    assert hall.store.read(1, digest, 0, BIG) == content


async def test_a_wrong_digest_is_never_kept_and_at_last_a_person_sees_it(
    hall: Hall, contract: UUID, stand_in: StandIn, look: Look
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    await hall.want(file_id, digest, len(content), contract)
    await stand_in.fault("garble_body", path=f"/files/{file_id}", at=700)
    await hall.step("fetch")
    for _attempt in range(MOST_ATTEMPTS):
        await hall.hurry()
        await hall.step("fetch")
    arrived, *_, last = await state_of(look, file_id)
    assert (arrived, last) == (False, ("dead", MOST_ATTEMPTS - 1, "transient"))
    assert not hall.store.has(1, digest, len(content))
    assert await hall.want_again() == 0, "what was given up waits for a person"
    await stand_in.clear_faults()
    await look.execute("UPDATE outbox SET stage = 'sent', attempt = 0 WHERE stage = 'dead'")
    await hall.persist("fetch")
    assert (await state_of(look, file_id))[0] is True


async def test_one_garbled_answer_is_forgotten(hall: Hall, contract: UUID, stand_in: StandIn, look: Look) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    await hall.want(file_id, digest, len(content), contract)
    await stand_in.fault("garble_body", path=f"/files/{file_id}", at=700, times=1)
    await hall.step("fetch")
    assert not hall.store.has(1, digest, len(content))
    assert (await state_of(look, file_id))[0] is False
    await hall.persist("fetch")
    assert (await state_of(look, file_id))[0] is True


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "html_login_page"},
        {"fault": "maintenance"},
        {"fault": "http", "status": 502, "body": "html"},
        {"fault": "drop_before_handle"},
        {"fault": "drop_after_commit"},
        {"fault": "truncate_body", "bytes": 0},
        {"fault": "truncate_body", "bytes": 900, "end": "whole"},
        {"fault": "duplicate_delivery"},
        {"fault": "lock_conflict", "ms": 10},
        {"fault": "sessions", "limit": 0, "wait_ms": 10},
    ],
    ids=str,
)
async def test_trouble_on_the_wire_loses_and_doubles_nothing(
    hall: Hall, contract: UUID, stand_in: StandIn, look: Look, fault: dict[str, object]
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    await hall.want(file_id, digest, len(content), contract)
    rule = dict(fault)
    name = str(rule.pop("fault"))
    await stand_in.fault(name, path="/files/", times=2, **rule)
    await hall.persist("fetch")
    assert (await state_of(look, file_id))[0] is True
    assert hall.store.read(1, digest, 0, BIG) == content
    await stand_in.clear_faults()
    await stand_in.fault(name, path="/files/", times=3, **rule)
    sent = await hall.give(content + b"2", contract)
    await hall.persist("send")
    await stand_in.clear_faults()
    assert [write.type for write in await stand_in.audit(ref=str(sent))] == ["file.put"]
    assert await look.value("SELECT state FROM outgoing_files WHERE id = $1", sent) == "sent"


async def test_a_large_file_leaves_in_pieces_and_comes_back_as_the_same(
    hall: Hall, channel: Channel, contract: UUID, stand_in: StandIn, look: Look
) -> None:
    content = b"%PDF-" + uuid4().bytes * (BIG // 16)
    sent = await hall.give(content, contract)
    await stand_in.fault("drop_after_commit", path=f"/files/{sent}", nth=3, times=1)
    await hall.step("send")
    assert await look.value("SELECT state FROM outgoing_files WHERE id = $1", sent) == "waiting"
    await hall.persist("send")
    assert await look.value("SELECT state FROM outgoing_files WHERE id = $1", sent) == "sent"
    assert [write.type for write in await stand_in.audit(ref=str(sent))] == ["file.put"]
    while await feed.poll(hall.side, channel, 0) != "nothing":
        pass
    shown = "SELECT name, owner_id, size, sha256 FROM attachments WHERE id = $1"
    assert await look.row(shown, sent) == ("Акт & фото.pdf", contract, len(content), sha256(content).hexdigest())
    await stand_in.fault("http", path="/files/", status=500)
    await hall.drain("fetch")
    assert (await state_of(look, sent))[0] is True, "what is here already is not fetched"


async def test_a_file_waits_for_what_it_hangs_on(hall: Hall, contract: UUID, look: Look) -> None:
    await look.execute(
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body) VALUES"
        " (1, gen_random_uuid(), 'erp', 'claim:7', 'claim.put', '{}')"
    )
    sent = await hall.give(b"scan", contract, after="claim:7")
    for _try in range(MOST_ATTEMPTS + 1):
        await hall.step("send")
        await hall.hurry()
    assert (await state_of(look, sent))[1:] == (("sent", 0, "transient"),)
    await look.execute("UPDATE outbox SET stage = 'done' WHERE aggregate = 'claim:7'")
    await hall.persist("send")
    assert await look.value("SELECT state FROM outgoing_files WHERE id = $1", sent) == "sent"


async def test_what_the_erp_will_not_have_is_given_up_with_its_reason(hall: Hall, contract: UUID, look: Look) -> None:
    sent = await hall.give(b"MZ", contract, media_type="application/x-msdownload")
    await hall.step("send")
    assert (await state_of(look, sent))[1:] == (("dead", 0, "schema"),)
    state, problem = await look.row("SELECT state, problem FROM outgoing_files WHERE id = $1", sent)
    assert (state, "media_type_refused" in str(problem)) == ("refused", True)
    letter = str(await look.value("SELECT request FROM erp_letters ORDER BY at DESC LIMIT 1"))
    assert "application/x-msdownload" in letter


async def test_a_file_the_erp_lacks_or_that_is_too_large_is_given_up(hall: Hall, look: Look) -> None:
    lacking, huge = uuid4(), uuid4()
    await hall.want(lacking, "0" * 64, 10)
    await hall.want(huge, "1" * 64, MOST_BYTES + 1)
    await hall.drain("fetch")
    assert (await state_of(look, lacking))[1:] == (("dead", 0, "schema"),)
    assert (await state_of(look, huge))[1:] == (("dead", 0, "schema"),)


async def test_another_content_under_a_reference_is_wanted_anew(hall: Hall, contract: UUID, look: Look) -> None:
    first, digest, content = await in_the_erp(hall, contract, 1_600)
    await hall.want(first, digest, len(content), contract)
    await hall.drain("fetch")
    assert (await state_of(look, first))[0] is True
    await hall.want(first, "2" * 64, 5, contract)
    assert (await state_of(look, first))[0] is False, "the old content is not shown under the new name"
    assert await hall.waiting("fetch") == 1
    await hall.want(first, digest, len(content), contract)
    await hall.persist("fetch")
    assert (await state_of(look, first))[0] is True, "an intent for what nobody wants any more ends by itself"


async def test_a_paused_direction_carries_no_files(hall: Hall, contract: UUID, look: Look) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    await hall.want(file_id, digest, len(content), contract)
    pause = (
        "INSERT INTO erp_channels (tenant_id, node, direction, paused_at) VALUES (1, 'portal', 'in', now())"
        " ON CONFLICT (tenant_id, node, direction) DO UPDATE SET paused_at = now()"
    )
    await look.execute(pause)
    assert not await hall.step("fetch")
    await look.execute("UPDATE erp_channels SET paused_at = NULL")
    assert await hall.step("fetch")


async def test_two_tenants_keep_the_same_content_apart(
    hall: Hall, other_side: Side, contract: UUID, stand_in: StandIn, look: Look
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    async with channel_to(stand_in.url, "hantengri") as way:
        other = Hall(other_side, way, hall.folder)
        await other.want(file_id, digest, len(content))
        await other.drain("fetch")
        assert not hall.store.has(2, digest, len(content)), "the other tenant's ERP has no such file"
        stages = "SELECT stage FROM outbox WHERE tenant_id = 2 AND aggregate = $1"
        assert await look.value(stages, f"file:{file_id}") == "dead"
        await hall.want(file_id, digest, len(content), contract)
        await hall.drain("fetch")
        assert hall.store.has(1, digest, len(content))
        assert not hall.store.has(2, digest, len(content))


async def test_contents_nobody_needs_are_taken_away_and_lost_ones_come_again(
    hall: Hall, contract: UUID, look: Look
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    await look.execute("UPDATE outgoing_files SET settled_at = now() - interval '31 days'")
    orphan = hall.store.put(1, b"orphan")
    await hall.want(file_id, digest, len(content), contract)
    await hall.drain("fetch")
    await look.execute("DELETE FROM outgoing_files")
    assert await tidy(hall.side.engine, hall.store, 1, young_s=3_600) == 0, "what is young may be needed in a moment"
    assert await tidy(hall.side.engine, hall.store, 1, young_s=-1) == 1
    assert not hall.store.has(1, orphan, 6)
    assert hall.store.has(1, digest, len(content))
    await look.execute("UPDATE attachments SET stored_at = NULL WHERE id <> $1", file_id)
    await look.execute("UPDATE outbox SET stage = 'dead' WHERE stage <> 'done'")
    hall.store.remove(1, digest)
    await tidy(hall.side.engine, hall.store, 1)
    assert (await state_of(look, file_id))[0] is False
    await hall.drain("fetch")
    assert hall.store.has(1, digest, len(content))
    await look.execute("UPDATE attachments SET deleted_at = now() - interval '31 days' WHERE id = $1", file_id)
    await tidy(hall.side.engine, hall.store, 1, young_s=-1)
    assert not hall.store.has(1, digest, len(content))
    await look.execute("UPDATE attachments SET deleted_at = NULL WHERE id = $1", file_id)
    await hall.want_again()
    await hall.drain("fetch")
    assert hall.store.has(1, digest, len(content)), "a file that comes back is fetched again"


async def test_a_disk_that_is_full_counts_against_no_file(
    hall: Hall, contract: UUID, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id, digest, content = await in_the_erp(hall, contract, 1_600)
    await hall.want(file_id, digest, len(content), contract)

    def full(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("app.documents.store.os.pwrite", full)
        await hall.step("fetch")
    assert (await state_of(look, file_id))[-1] == ("sent", 0, "channel")
    await hall.persist("fetch")
    assert (await state_of(look, file_id))[0] is True
