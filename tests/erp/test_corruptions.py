"""Whatever rows of the portal's copy are spoiled, a comparison in depth finds every one and puts it right."""

import os
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from app.erp.channel import Channel
from app.erp.loading import Side
from app.erp.reconciling import Reconciler
from tests.erp.corrupting import Corruptor, Spoiled
from tests.erp.look import Look
from tests.erp.stand_in import StandIn
from tests.erp.test_reconciling import client, compare, feed_until_rest, reconciler
from tests.support.databases import Database

__all__ = ("client", "reconciler")

MANY: Final = int(os.environ.get("KARAVAN_CORRUPTIONS", "150"))
ROUND: Final = 400  # rows spoiled at once, fewer of any table than are healed without asking
SEED: Final = int(os.environ.get("KARAVAN_SEED", "1"))


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Past every wall."""
    made = await asyncpg.connect(database.superuser_url)
    yield made
    await made.close()


async def test_every_spoiled_row_is_found_and_healed(
    reconciler: Reconciler,
    loaded: Side,
    channel: Channel,
    connection: asyncpg.Connection,
    look: Look,
    stand_in: StandIn,
) -> None:
    await compare(reconciler, loaded, "values")
    done, of_deed = 0, dict.fromkeys(("changed", "deleted", "added"), 0)
    while done < MANY:
        # Time goes on in the ERP: what was loaded is older than what it is compared with.
        region = str(await look.value("SELECT min(id::text) FROM regions WHERE tenant_id = 1"))
        await stand_in.edit("touch", set="Catalog_БизнесРегионы", ref=region)
        await feed_until_rest(loaded, channel)
        corruptor = Corruptor(connection, SEED + done)
        before = await corruptor.picture()
        spoiled = await corruptor.spoil(min(ROUND, MANY - done))
        assert len(spoiled) == min(ROUND, MANY - done)
        await compare(reconciler, loaded, "values")
        found = await report(look)
        assert missed(spoiled, found) == []
        assert [one for one in found if not one[2]] == [], "healed without anybody"
        assert await corruptor.picture() == before
        again = await compare(reconciler, loaded, "values")
        assert again.found == 0
        done += len(spoiled)
        for one in spoiled:
            of_deed[one.deed] += 1
    print(f"{done} rows spoiled ({of_deed}), all found and healed")  # noqa: T201 - what a proof prints are its figures


async def report(look: Look) -> set[tuple[str, str, str]]:
    """Stream, reference and how of every difference of the last comparison."""
    assert await look.value("SELECT reason FROM erp_reconciliations ORDER BY asked_at DESC LIMIT 1") == ""
    rows = await look.rows("""
        SELECT d.stream, d.ref::text, d.how FROM erp_differences d JOIN erp_reconciliations r ON r.id = d.run_id
        WHERE r.asked_at = (SELECT max(asked_at) FROM erp_reconciliations)""")
    return {(str(stream), str(ref), str(how)) for stream, ref, how in rows}


def missed(spoiled: list[Spoiled], found: set[tuple[str, str, str]]) -> list[Spoiled]:
    known = {(stream, ref) for stream, ref, _ in found}
    return [one for one in spoiled if not one.is_derived and (one.stream, one.ref) not in known]
