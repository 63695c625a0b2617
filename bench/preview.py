"""What a draft would do to 5,000 people: the preview of the access matrix, counted from nothing each time.

2,500 clients with two contracts and agreements each, 3,000 products in 12 lines, 50,000 orders in work; the draft
blocks a product line for all buyers, shows managers the orders of the company and takes the contracts of a region from
everybody. A sample of people is counted anew by the database's own ``EXCEPT``; the two must agree.
"""

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

from app.access.policy import Policy
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.clock import business_date, utc_now
from app.rights.queries import facts
from app.rights.queries.people import read_affected
from app.rights.rules.lines import BLOCKED, Address, Cell, Slice, Terms
from app.rights.rules.reckoning import KINDS
from app.rights.services import drafting, impact
from app.rights.services.desk import Desk
from app.rights.services.impact import Impact
from tests.access.tenants import with_versions
from tests.orders.shop import ADMIN, ELSEWHERE, LINE_OF_GOODS, REGION, TENANT, Shop, open_shop, serve
from tests.support.databases import fresh_database, make_template
from tests.support.servers import postgres_server

PEOPLE: Final = 5_000
ROUNDS: Final = 3
TARGET_S: Final = 5.0
SAMPLE: Final = 12
RNG: Final = Random(5)
CELLS: Final = {
    Address("r:buyer", "offer", "view", Slice("lin", LINE_OF_GOODS)): BLOCKED,
    Address("r:distributor_manager", "order", "view"): Cell(frozenset({Terms(org="@own")})),
    Address("r:member", "contract", "view", Slice("reg", REGION)): BLOCKED,
}
_FILL: Final = """
INSERT INTO partners (tenant_id, id, kind, name, region_id, src_version, src_label)
SELECT 1, md5('p' || n)::uuid, 'distributor', 'Client ' || n,
    CASE n % 3 WHEN 0 THEN '{region}' ELSE '{far}' END::uuid, 1, 'a'
FROM generate_series(1, 2500) n;

INSERT INTO contracts (tenant_id, id, partner_id, counterparty_id, number, currency, status, credit_limited,
    vat_country, src_version, src_label)
SELECT 1, md5('c' || n)::uuid, md5('p' || (n % 2500 + 1))::uuid, md5('c' || n)::uuid, 'C-' || n, 'KZT', 'live', false,
    'KZ', 1, 'a'
FROM generate_series(1, 5000) n;

INSERT INTO segments (tenant_id, id, name_ru, name_kk, name_en, src_version, src_label)
SELECT 1, md5('s' || n)::uuid, 's', 's', 's', 1, 'a' FROM generate_series(0, 39) n;

INSERT INTO price_lists (tenant_id, id, name, currency, src_version, src_label)
SELECT 1, md5('l' || n)::uuid, 'l', 'KZT', 1, 'a' FROM generate_series(0, 5) n;

INSERT INTO agreements (tenant_id, id, partner_id, contract_id, number, name, segment_id, price_list_id, warehouse_id,
    status, src_version, src_label)
SELECT 1, md5('a' || n)::uuid, md5('p' || (n % 2500 + 1))::uuid, md5('c' || n)::uuid, 'A-' || n, 'A',
    md5('s' || n % 40)::uuid, md5('l' || n % 6)::uuid, '{region}', 'live', 1, 'a'
FROM generate_series(1, 5000) n;

INSERT INTO product_lines (tenant_id, id, name_ru, name_kk, name_en, src_version, src_label)
SELECT 1, md5('n' || n)::uuid, 'n', 'n', 'n', 1, 'a' FROM generate_series(1, 11) n;

INSERT INTO grades (tenant_id, id, code, name_ru, name_kk, name_en, line_id, src_version, src_label)
SELECT 1, md5('g' || n)::uuid, 'g', 'g', 'g', 'g',
    CASE n % 12 WHEN 0 THEN '{line}' ELSE md5('n' || n % 12) END::uuid, 1, 'a'
FROM generate_series(1, 600) n;

INSERT INTO products (tenant_id, id, pos, grade_id, sku, name_ru, name_kk, name_en, package, net_kg, gross_kg,
    src_version, src_label)
SELECT 1, md5('x' || n)::uuid, 100 + n, md5('g' || (n % 600 + 1))::uuid, 'X-' || n, 'x', 'x', 'x', 'drum', 1, 1, 1, 'a'
FROM generate_series(1, 3000) n;

INSERT INTO segment_items (tenant_id, segment_id, product_id, src_version)
SELECT 1, md5('s' || s)::uuid, md5('x' || n)::uuid, 1
FROM generate_series(0, 39) s, generate_series(1, 3000) n WHERE (n + s * 7) % 3 = 0;

INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)
SELECT 1, md5('l' || l)::uuid, md5('x' || n)::uuid, 100, '2020-01-01', 1
FROM generate_series(0, 5) l, generate_series(1, 3000) n;

INSERT INTO users (tenant_id, id, email, name, password_hash)
SELECT 1, md5('u' || n)::uuid, 'u' || n || '@example.test', 'Person ' || n, '-' FROM generate_series(1, 5000) n;

INSERT INTO memberships (tenant_id, id, user_id, partner_id, role, branch, regions)
SELECT 1, md5('m' || n)::uuid, md5('u' || n)::uuid, CASE WHEN n % 50 > 0 THEN md5('p' || (n % 2500 + 1))::uuid END,
    CASE WHEN n % 50 = 0 THEN 'manager_full'
        ELSE (ARRAY['distributor_manager', 'distributor_senior', 'distributor_head'])[n % 3 + 1] END,
    'b' || n % 4,
    CASE WHEN n % 50 = 0 THEN ARRAY[CASE n % 4 WHEN 0 THEN '{region}' ELSE '{far}' END::uuid] ELSE '{{}}' END
FROM generate_series(1, 5000) n;

INSERT INTO orders (tenant_id, id, number, partner_id, author_id, branch, state, contract_id, region_id)
SELECT 1, md5('o' || n)::uuid, 'P-' || n, md5('p' || (n % 2500 + 1))::uuid, md5('u' || n % 5000)::uuid, 'b' || n % 4,
    (ARRAY['draft', 'submitted', 'in_work', 'closed'])[n % 4 + 1], md5('c' || (n % 2500 + 1))::uuid, '{region}'
FROM generate_series(2500, 69165) n;

ANALYZE
"""


async def main(folder: Path) -> None:
    """Fill, count, compare, tell."""
    with postgres_server(folder) as server, fresh_database(server, make_template(server)) as database:
        await open_shop(database)
        shop = serve(database)
        try:
            await shop.change(_FILL.format(region=REGION, far=ELSEWHERE, line=LINE_OF_GOODS))
            print(json.dumps(await measure(shop)))
        finally:
            await shop.close()


async def measure(shop: Shop) -> dict[str, object]:
    """Count the same draft a few times, each in a transaction of its own."""
    async with open_tenant_transaction(shop.staff, TENANT, user_id=ADMIN.user_id) as transaction:
        desk = Desk(transaction, Policy(), await with_versions(transaction, ADMIN), utc_now())
        draft = await drafting.open_draft(desk, "Bench")
        for address, cell in CELLS.items():
            draft = await drafting.set_cell(desk, draft.id, draft.version, address, cell)
    taken: list[float] = []
    found = Impact(0, 0, [])
    for _ in range(ROUNDS):
        async with open_tenant_transaction(shop.staff, TENANT, user_id=ADMIN.user_id, read_only=True) as transaction:
            desk = Desk(transaction, Policy(), await with_versions(transaction, ADMIN), utc_now())
            began = time.perf_counter()
            work = await drafting.read_work(desk, await desk.read(draft.id))
            found = await impact.compute(desk, work)
            taken.append(time.perf_counter() - began)
    seconds = statistics.median(taken)
    async with open_tenant_transaction(shop.staff, TENANT, user_id=ADMIN.user_id, read_only=True) as transaction:
        desk = Desk(transaction, Policy(), await with_versions(transaction, ADMIN), utc_now())
        checked = await compare(desk, await drafting.read_work(desk, await desk.read(draft.id)))
    return {
        "bench": "preview",
        "people": PEOPLE,
        "people_gaining": found.people_gaining,
        "people_losing": found.people_losing,
        "objects": {f"{one.resource}:{one.action}": [one.gained, one.lost] for one in found.tallies},
        "seconds": round(seconds, 3),
        "target_seconds": TARGET_S,
        "checked_by_except": checked,
        "ok": seconds < TARGET_S,
    }


async def compare(desk: Desk, work: drafting.Work) -> int:
    """Ask the database for a sample of people; tells how many numbers agreed, and stops at one that does not."""
    told: dict[tuple[object, str, str], int] = {}
    for address in CELLS:
        name = f"{address.resource}:{address.action}"
        for way in ("gained", "lost"):
            for one in await impact.list_people(desk, work, name, way):
                told[one.membership_id, name, way] = one.gained if way == "gained" else one.lost
    roles = ("distributor_manager", "distributor_senior", "distributor_head", "manager_full")
    everybody = await read_affected(desk.transaction, roles=roles, users=(), memberships=(), partners=())
    seats = RNG.sample(everybody, SAMPLE)
    books = await impact.books_for(desk, work, seats)
    on, agreed = business_date(books.moment, desk.actor.zone), 0
    for seat in seats:
        for address in CELLS:
            name = f"{address.resource}:{address.action}"
            old, new = books.decide(seat, address.resource, address.action)
            for way, pair in (("gained", (new, old)), ("lost", (old, new))):
                counted = await facts.count_difference(desk.transaction, KINDS[address.resource], on, *pair)
                if counted != told.get((seat.id, name, way), 0):
                    message = (
                        f"{seat.name}, {name}, {way}: {told.get((seat.id, name, way), 0)}, but EXCEPT says {counted}"
                    )
                    raise AssertionError(message)
                agreed += 1
    return agreed


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(main(Path(temporary)))
