"""The janitor: what is over goes, what may still be needed stays, another tenant's rows are not touched."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.admin.tenants import create_tenants
from app.infra import keeping
from app.infra.db.engine import make_engine
from app.infra.keeping import Keep, clean
from app.infra.rooms import collect
from tests.support.databases import ROOT, Database

EVERYTHING = collect("keeping", "KEEPING", Keep)
# Rows by name; the names that stay are those in capitals.
ROWS = {
    "outbox": """
        INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body, stage, created_at, done_at)
        SELECT $1, gen_random_uuid(), 'erp', name, 'k', '{}', stage, now() - old, now() - old FROM (VALUES
            ('DONE LATELY', 'done', interval '29 days'), ('done long ago', 'done', interval '31 days'),
            ('GIVEN UP', 'dead', interval '99 days'), ('WAITING', 'new', interval '99 days'),
            ('LEFT', 'sent', interval '99 days')) AS v (name, stage, old)""",
    "live_events": """
        INSERT INTO live_events (tenant_id, at, kind, object_kind, object_id)
        SELECT $1, now() - old, name, 'o', gen_random_uuid() FROM (VALUES
            ('RECENT', interval '110 minutes'), ('old', interval '130 minutes')) AS v (name, old)""",
    "idempotency_keys": """
        INSERT INTO idempotency_keys (tenant_id, user_id, key, route, body_sha, created_at)
        SELECT $1, gen_random_uuid(), name, 'r', '', now() - old FROM (VALUES
            ('RECENT', interval '6 days'), ('old', interval '8 days')) AS v (name, old)""",
    "sessions": """
        WITH person AS (
            INSERT INTO users (tenant_id, id, email, name, password_hash)
            VALUES ($1, gen_random_uuid(), $1 || '@x.example', 'N', '') RETURNING id
        ), place AS (
            INSERT INTO memberships (tenant_id, id, user_id, role) SELECT $1, gen_random_uuid(), id, 'admin' FROM person
            RETURNING id, user_id
        )
        INSERT INTO sessions (tenant_id, id_hash, user_id, membership_id, epoch, class, expires_at, agent)
        SELECT $1, decode(md5(name || $1), 'hex'), place.user_id, place.id, 1, 'staff', now() - old, name
        FROM place, (VALUES ('RUNS', interval '-1 hour'), ('ENDED LATELY', interval '23 hours'),
            ('ended long ago', interval '25 hours')) AS v (name, old)""",
    "seeings": """
        WITH people AS (
            INSERT INTO users (tenant_id, id, email, name, password_hash)
            SELECT $1, gen_random_uuid(), which || $1 || '@x.example', which, '' FROM (VALUES ('a'), ('b')) AS v (which)
            RETURNING id, name
        ), places AS (
            INSERT INTO memberships (tenant_id, id, user_id, role) SELECT $1, gen_random_uuid(), id, 'admin' FROM people
            RETURNING id, user_id
        )
        INSERT INTO seeings (tenant_id, id, id_hash, session_hash, watcher_id, watcher_membership_id, user_id,
            membership_id, class, reason, began_at, ends_at, ended_at)
        SELECT $1, gen_random_uuid(), decode(md5(v.name || $1), 'hex'), '', w.id, m.id, s.id, o.id, 'staff', v.name,
            now() - old - interval '30 minutes', now() - old, CASE WHEN is_noted THEN now() - old END
        FROM people w JOIN places m ON m.user_id = w.id AND w.name = 'a'
        CROSS JOIN people s JOIN places o ON o.user_id = s.id AND s.name = 'b'
        CROSS JOIN (VALUES ('RUNS', interval '-10 minutes', false), ('ENDED LATELY', interval '23 hours', true),
            ('ENDED UNNOTED', interval '25 hours', false), ('ended long ago', interval '25 hours', true)
        ) AS v (name, old, is_noted)""",
    "erp_inbox": """
        WITH mark AS (
            INSERT INTO erp_streams (tenant_id, node, stream, batch, state) VALUES ($1, 'portal', 'changes', 10, 'live')
        )
        INSERT INTO erp_inbox (tenant_id, node, batch, idx, set_name, ref, label, payload_sha, result, applied_at)
        SELECT $1, node, batch, 0, 's', gen_random_uuid(), name, '', 'applied', now() - old FROM (VALUES
            ('RECENT', 'portal', 8, interval '6 days'), ('old', 'portal', 9, interval '8 days'),
            ('AT THE WATERMARK', 'portal', 10, interval '99 days'), ('ABOVE IT', 'portal', 11, interval '99 days'),
            ('OF A NODE WITHOUT A WATERMARK', 'other', 1, interval '99 days')) AS v (name, node, batch, old)""",
    "erp_throughput": """
        INSERT INTO erp_throughput (tenant_id, minute, stream) SELECT $1, now() - old, name FROM (VALUES
            ('RECENT', interval '6 days'), ('old', interval '8 days')) AS v (name, old)""",
    "erp_letters": """
        WITH given_up AS (
            INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body, stage)
            VALUES ($1, gen_random_uuid(), 'erp', 'o', 'k', '{}', 'dead') RETURNING id
        )
        INSERT INTO erp_letters (tenant_id, id, intent_id, at, attempt, failure, request, response)
        SELECT $1, gen_random_uuid(), CASE WHEN waits THEN id ELSE gen_random_uuid() END, now() - old, 1, name, '', ''
        FROM given_up, (VALUES ('RECENT', interval '29 days', false), ('OF ONE THAT WAITS', interval '31 days', true),
                               ('old', interval '31 days', false)) AS v (name, old, waits)""",
    "erp_alerts": """
        INSERT INTO erp_alerts (tenant_id, id, kind, since, ended_at)
        SELECT $1, gen_random_uuid(), name, now() - interval '200 days', now() - old FROM (VALUES
            ('STANDS', NULL), ('ENDED LATELY', interval '89 days'), ('ended long ago', interval '91 days')
        ) AS v (name, old)""",
    "erp_reconciliations": """
        INSERT INTO erp_reconciliations (tenant_id, id, depth, reason, ended_at)
        SELECT $1, gen_random_uuid(), 'labels', name, now() - old FROM (VALUES
            ('RUNS', NULL), ('ENDED LATELY', interval '89 days'), ('ended long ago', interval '91 days')
        ) AS v (name, old)""",
    "password_resets": """
        WITH person AS (
            INSERT INTO users (tenant_id, id, email, name, password_hash)
            VALUES ($1, gen_random_uuid(), $1 || '@x.example', 'N', '') RETURNING id
        )
        INSERT INTO password_resets (tenant_id, id, user_id, token_hash, created_at, expires_at)
        SELECT $1, gen_random_uuid(), person.id, name::bytea, now() - old, now() - old
        FROM person, (VALUES ('RECENT', interval '29 days'), ('old', interval '31 days')) AS v (name, old)""",
    "invitations": """
        WITH person AS (
            INSERT INTO users (tenant_id, id, email, name, password_hash)
            VALUES ($1, gen_random_uuid(), $1 || '@x.example', 'N', '') RETURNING id
        )
        , place AS (
            INSERT INTO memberships (tenant_id, id, user_id, role) SELECT $1, gen_random_uuid(), id, 'admin' FROM person
            RETURNING id
        )
        INSERT INTO invitations (tenant_id, id, token_hash, email, email_key, role, locale, invited_by, invited_from,
                                 expires_at)
        SELECT $1, gen_random_uuid(), name::bytea, name, name, 'admin', 'ru', person.id, place.id, now() - old
        FROM person, place, (VALUES ('OPEN', interval '-1 day'), ('ENDED LATELY', interval '360 days'),
                             ('ended long ago', interval '370 days')) AS v (name, old)""",
    "spent_challenges": """
        INSERT INTO spent_challenges (tenant_id, hash, at)
        SELECT $1, name::bytea, now() - old FROM (VALUES
            ('RECENT', interval '50 minutes'), ('old', interval '70 minutes')) AS v (name, old)""",
    "transport_tasks": """
        INSERT INTO transport_tasks (tenant_id, id, number, order_id, state, driver_name, driver_document, driver_phone,
            plate, vehicle_model, trailer, trailer_plate, proxy, arrive_on, src_version, src_label)
        SELECT $1, gen_random_uuid(), name, gen_random_uuid(), 'closed', '', '', '', '', '', '', '', '',
            now()::date - days, 1, '' FROM (VALUES
            ('EXPECTED', -3), ('LATELY', 179), ('long ago', 180), ('NO DAY', NULL)) AS v (name, days)""",
}
NAMES = {
    "outbox": "aggregate",
    "live_events": "kind",
    "idempotency_keys": "key",
    "sessions": "agent",
    "seeings": "reason",
    "erp_inbox": "label",
    "erp_throughput": "stream",
    "erp_letters": "failure",
    "erp_alerts": "kind",
    "erp_reconciliations": "reason",
    "password_resets": "convert_from(token_hash, 'UTF8')",
    "invitations": "email",
    "spent_challenges": "convert_from(hash, 'UTF8')",
    "transport_tasks": "number",
}


@pytest.fixture
async def staff(database: Database) -> AsyncIterator[AsyncEngine]:
    """The worker's pool, with two tenants."""
    owner = make_engine(database.owner_url, 1)
    await create_tenants(owner)
    await owner.dispose()
    engine = make_engine(database.staff_url, 1)
    yield engine
    await engine.dispose()


@pytest.fixture
async def look(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Past every wall."""
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize("keep", EVERYTHING, ids=[keep.table for keep in EVERYTHING])
async def test_only_what_is_over_goes_and_only_for_the_tenant_asked(
    staff: AsyncEngine, look: asyncpg.Connection, keep: Keep
) -> None:
    for tenant in (1, 2):
        await look.execute(ROWS[keep.table].replace("$1", str(tenant)))
    before = await names(look, keep.table, 2)
    removed = await clean(staff, 1, EVERYTHING)
    assert await names(look, keep.table, 1) == {name for name in before if name.isupper()}
    assert removed == {keep.table: len([name for name in before if not name.isupper()])}
    assert await names(look, keep.table, 2) == before


async def test_more_than_a_bite_goes_in_several(
    staff: AsyncEngine, look: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_BITE", 3)
    for number in range(8):
        statement = ROWS["live_events"].replace("$1", "1").replace("'old'", f"'old {number}'")
        await look.execute(statement)
    assert await clean(staff, 1, EVERYTHING) == {"live_events": 8}


async def test_a_flood_is_bounded_by_size(staff: AsyncEngine, look: asyncpg.Connection) -> None:
    [keep] = [keep for keep in EVERYTHING if keep.table == "erp_inbox"]
    smaller = Keep(keep.table, keep.words, keep.is_over.replace("1000000", "2"))
    assert smaller != keep
    await look.execute(ROWS["erp_inbox"].replace("$1", "1"))
    await clean(staff, 1, [smaller])
    assert await names(look, "erp_inbox", 1) == {"AT THE WATERMARK", "ABOVE IT", "OF A NODE WITHOUT A WATERMARK"}


def test_the_page_tells_what_the_code_does() -> None:
    told = [line for line in Path(ROOT / "docs/retention.md").read_text().splitlines() if line.startswith("| `")]
    assert sorted(told) == sorted(f"| `{keep.table}` | {keep.words} |" for keep in EVERYTHING)


async def names(look: asyncpg.Connection, table: str, tenant: int) -> set[str]:
    rows = await look.fetch(f"SELECT {NAMES[table]} AS name FROM {table} WHERE tenant_id = $1", tenant)
    return {cast("str", row["name"]) for row in rows}
