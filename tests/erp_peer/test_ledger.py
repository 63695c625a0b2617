"""Whatever happens to orders: what is reserved is exactly what open orders hold."""

from pathlib import Path
from random import Random
from typing import cast

import asyncpg

from tests.erp_peer.conftest import running
from tests.erp_peer.portal import Outcome, Portal, command
from tests.erp_peer.shop import Shop, open_shop
from tests.support.waiting import run_apart

_UNEVEN = """
SELECT count(*) FROM (
    SELECT item, warehouse, sum(quantity) AS held FROM peer.reserves WHERE ib = 'erp' GROUP BY 1, 2) AS r
FULL JOIN (SELECT item, warehouse, reserved, on_hand, free FROM peer.stock WHERE ib = 'erp') AS s
    USING (item, warehouse)
WHERE s.reserved IS DISTINCT FROM coalesce(r.held, 0) OR s.free <> s.on_hand - s.reserved
"""
_UNEVEN_LIMITS = """
SELECT count(*) FROM peer.limits l WHERE l.ib = 'erp' AND l.reserved <> (
    SELECT coalesce(sum(amount), 0) FROM peer.reserves r WHERE r.ib = l.ib AND r.contract = l.contract)
"""
_STRAY = """
SELECT count(*) FROM peer.reserves r WHERE r.ib = 'erp' AND NOT EXISTS (
    SELECT FROM peer.orders o WHERE o.ib = r.ib AND o.ref = r.order_ref AND o.is_posted AND o.status <> 'Закрыт')
"""


async def _counts(dsn: str) -> list[int]:
    conn = await asyncpg.connect(dsn)
    try:
        return [cast("int", await conn.fetchval(sql)) for sql in (_UNEVEN, _UNEVEN_LIMITS, _STRAY)]
    finally:
        await conn.close()


def _do_something(shop: Shop, rng: Random, orders: list[str]) -> Outcome | None:
    """Place, replace, cut, cancel or move an order."""
    what = rng.choice(["put", "put", "put again", "cut", "cancel", "move", "move"])
    ref = rng.choice(orders) if orders else ""
    items = rng.sample(shop.items[:12], 2)
    lines = [shop.line(item, code=str(n)) for n, item in enumerate(items, start=1)]
    if what == "put" or not ref:
        done = shop.portal.run(shop.order(*lines))[0]
        orders.append(done.ref)
        return done
    if what == "put again":
        return shop.portal.run(shop.order(*lines, ref=ref))[0]
    if what == "cut":
        return shop.portal.run(command("order.line_cancel", ref, {"КодСтроки": [rng.choice("12")]}))[0]
    if what == "cancel":
        return shop.portal.run(command("order.cancel", ref, {}))[0]
    shop.portal.advance(ref, rng.choice(["0.3", "0.5", "1"]))
    return None


def test_the_ledger_is_even_after_everything(seeded_database: str, tmp_path: Path) -> None:
    rng = Random(20261122)
    with running(seeded_database, tmp_path / "log") as process, Portal(process.url) as portal:
        assert run_apart(_counts(seeded_database)) == [0, 0, 0]
        shop, orders = open_shop(portal, buyer=3), list[str]()
        outcomes = [_do_something(shop, rng, orders) for _ in range(250)]
        statuses = {outcome.status for outcome in outcomes if outcome is not None}
        assert statuses == {"ok", "refused"}
        assert run_apart(_counts(seeded_database)) == [0, 0, 0]
        shipped = [row for row in portal.rows("orders") if row["Ref_Key"] in orders]
        assert {row["Статус"] for row in shipped} == {"КОбеспечению", "КОтгрузке", "Закрыт"}
