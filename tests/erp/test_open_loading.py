"""The whole world over plain OData is the world over surface H, but for what the family says it cannot offer."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from app.erp.channel import Channel
from app.erp.families.reading import read_family
from app.erp.loading import Side, load_due
from app.erp.mappings import STREAMS
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from tests.erp.look import Look
from tests.erp.open_way import open_channel
from tests.erp.stand_in import StandIn
from tests.support.databases import Database

# Versions and moments are of the way; the place in the bitmaps is given in the order rows arrive.
_OF_THE_WAY = {
    *("src_version", "synced_at", "deleted_at", "as_of", "as_of_batch", "erp_synced_at", "created_at", "updated_at"),
    "pos",
}
_TABLES = sorted({target.table for stream in STREAMS for target in stream.targets})


@pytest.fixture
async def over_h(loaded_database: Database, channel: Channel) -> AsyncIterator[Look]:
    """Everything as surface H has it now."""
    pool = make_engine(loaded_database.staff_url, 2, command_timeout_s=120)
    side = Side(pool, 1, "alatau")
    async with open_tenant_transaction(pool, 1) as transaction:
        await transaction.driver.execute("UPDATE erp_streams SET state = 'new'")
    await load_due(side, channel)
    connection = await asyncpg.connect(loaded_database.superuser_url)
    yield Look(connection)
    await connection.close()
    await pool.dispose()


async def rows_of(look: Look, table: str) -> list[str]:
    """Rows of a table as text, without what the family does not offer and what belongs to the way."""
    family = read_family()
    hidden = _OF_THE_WAY | {name.partition(".")[2] for name in family.not_offered if name.startswith(f"{table}.")}
    kept = f"to_jsonb(t) - '{{{','.join(sorted(hidden))}}}'::text[]"
    shown = f"({kept} || jsonb_build_object('gone', to_jsonb(t)->>'deleted_at' IS NOT NULL))::text"
    zero = "WHERE t.erp_free <> 0" if table == "stock_levels" else ""
    return [str(row) for (row,) in await look.rows(f"SELECT {shown} FROM {table} t {zero} ORDER BY 1")]


async def test_the_world_over_odata_equals_the_world_over_h(
    side: Side, stand_in: StandIn, look: Look, over_h: Look
) -> None:
    async with open_channel(stand_in.url) as open_way:
        loaded = await load_due(side, open_way)
        assert loaded.stopped == {}
        differing: dict[str, list[tuple[str, str]]] = {}
        for table in _TABLES:
            mine, theirs = await rows_of(look, table), await rows_of(over_h, table)
            if mine != theirs:
                differing[table] = [
                    (str(len(mine)), str(len(theirs))),
                    *zip(sorted(set(mine) - set(theirs))[:2], sorted(set(theirs) - set(mine))[:2], strict=False),
                ]
        assert not differing, msgspec.json.encode(differing).decode()
        again = await _again(side, open_way)
        assert again == {}


async def _again(side: Side, way: Channel) -> dict[str, object]:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute("UPDATE erp_streams SET state = 'new'")
    loaded = await load_due(side, way)
    return {name: applied for name, applied in loaded.applied.items() if not applied.is_nothing}
