"""What must be true after every fault, asked of the stand-in's audit and of the portal's own tables."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

import asyncpg
import httpx
import msgspec
from msgspec import Struct

from tests.erp_peer.portal import Portal as Surface
from tests.faults.dealer import Dealer
from tests.support.portal import Portal
from tests.support.waiting import eventually, run_apart

ARRIVE_WITHIN_S: Final = 75.0  # the breaker's pause, a probe, and a loaded machine
# What each figure counts is exactly the sum of the holds it does not contain yet.
_DRIFT: Final = """
    SELECT (SELECT count(*) FROM stock_levels l WHERE l.unreflected <> coalesce((
                SELECT sum(h.quantity) FROM stock_holds h WHERE h.tenant_id = 1 AND h.state = 'held'
                AND h.product_id = l.product_id AND h.warehouse_id = l.warehouse_id), 0))
         + (SELECT count(*) FROM credit_accounts a WHERE a.unreflected <> coalesce((
                SELECT sum(h.amount) FROM credit_holds h WHERE h.tenant_id = 1 AND h.state = 'held'
                AND h.contract_id = a.contract_id), 0))"""
_OPEN: Final = "SELECT count(*) FROM outbox WHERE lane = 'erp' AND stage IN ('new', 'sent')"
_DEAD: Final = "SELECT count(*) FROM outbox WHERE stage = 'dead'"
_HELD: Final = """
    SELECT (SELECT count(*) FROM stock_holds WHERE state = 'held')
         + (SELECT count(*) FROM credit_holds WHERE state = 'held')"""
_TWICE: Final = "SELECT count(*) - count(DISTINCT line_id) FROM stock_holds WHERE state <> 'released'"


_FEW: Final = 40  # of an item nobody orders in these tests: fewer than a dealer looks for


class Stand(Struct, frozen=True):
    """One item in one warehouse: as people call it, and by reference."""

    sku: str
    warehouse: str
    item: str
    place: str


class Write(Struct):
    """One write the stand-in accepted."""

    type: str
    number: str


class _Audit(Struct):
    items: list[Write]


class Oracle:
    """Looks past every wall of one portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        part = portal.status.parts["erp_peer"]
        headers = {"X-Control-Token": part.control_token or ""}
        self._control = httpx.Client(base_url=part.control_url or "", headers=headers, timeout=30, trust_env=False)
        self._surface = Surface((part.control_url or "").removesuffix("/_control"))

    @property
    def _url(self) -> str:
        return str(self._portal.status.parts["postgres"].url)

    def close(self) -> None:
        """Take every fault away."""
        self._control.delete("/faults").raise_for_status()
        self._control.close()
        self._surface.close()

    def fault(self, rule: Mapping[str, object]) -> None:
        """Put one rule in force."""
        answer = self._control.post("/faults", json={"rules": [rule]})
        assert answer.is_success, answer.text

    def heal(self) -> None:
        """Take every fault away; the stand-in may be on its way back."""
        assert eventually(lambda: self._control.delete("/faults").is_success, ARRIVE_WITHIN_S)

    def stand(self) -> Stand:
        """Where the last of the stock lies, which no test orders."""
        row = max(self._surface.rows("stock"), key=lambda one: one["Ref_Key"])
        item = self._surface.one("characteristics", Ref_Key=row["Характеристика_Key"])
        warehouse = self._surface.one("warehouses", Ref_Key=row["Склад_Key"])
        return Stand(item["Артикул"], warehouse["Code"], row["Характеристика_Key"], row["Склад_Key"])

    def edit_stock(self, stand: Stand, number: int) -> None:
        """Let an accountant count it anew; ``number`` makes the result another one each time."""
        edit = {"ib": "erp", "edit": "stock", "sku": stand.sku, "warehouse": stand.warehouse, "on_hand": _FEW + number}
        answer = self._control.post("/erp-edit", json=edit)
        assert answer.is_success, answer.text

    def end_agreement(self, number: str, day: str) -> None:
        """Let an accountant agree on another last day."""
        edit = {"ib": "erp", "edit": "agreement_end", "agreement": number, "valid_to": day}
        answer = self._control.post("/erp-edit", json=edit)
        assert answer.is_success, answer.text

    def has_stock(self, stand: Stand) -> bool:
        """Whether the portal shows what the ERP has there."""
        row = self._surface.one("stock", Характеристика_Key=stand.item, Склад_Key=stand.place)
        sql = (
            f"SELECT count(*) FROM stock_levels WHERE tenant_id = 1 AND erp_free = {row['СвободныйОстаток']}"
            f" AND product_id = '{stand.item}' AND warehouse_id = '{stand.place}'"
        )
        return self.count(sql) == 1

    def ask_load(self, stream: str) -> None:
        """Let the portal load a stream anew, as after a change of its mapping."""
        run_apart(_ask_load(self._url, stream))

    def differences(self) -> list[str]:
        """Stock that the portal shows otherwise than the ERP, after everything had time to arrive."""
        found: list[str] = []

        def is_even() -> bool:
            ours = run_apart(_stock(self._url))
            found[:] = [
                f"{row['Характеристика_Key']} in {row['Склад_Key']}"
                for row in self._surface.rows("stock")
                if row["DeletionMark"] == "false"
                and ours.get((row["Характеристика_Key"], row["Склад_Key"])) != Decimal(row["СвободныйОстаток"])
            ]
            return not found

        eventually(is_even, 20)
        return found

    def writes(self, order_id: str) -> list[Write]:
        """Orders the stand-in accepted under this reference."""
        answer = self._control.get("/audit", params={"ib": "erp", "ref": order_id})
        items = msgspec.json.decode(answer.content, type=_Audit).items
        return [one for one in items if one.type == "order.put"]

    def count(self, question: str) -> int:
        """Ask the portal's database about the first tenant."""
        return run_apart(_count(str(self._portal.status.parts["postgres"].url), question))

    def assert_all_arrived_once(self, dealer: Dealer, orders: Sequence[str]) -> None:
        """Every order has the one number under which the ERP has it once; holds are even, and end."""
        assert eventually(lambda: all(dealer.order(one).erp_number for one in orders), ARRIVE_WITHIN_S), [
            (dealer.order(one), self.writes(one)) for one in orders
        ]
        for one in orders:
            assert [write.number for write in self.writes(one)] == [dealer.order(one).erp_number]
        # The number may come with the feed before the lost answer is asked for again.
        assert eventually(lambda: self.count(_OPEN) == 0, ARRIVE_WITHIN_S), "every intent has its answer"
        assert (self.count(_DEAD), self.count(_TWICE), self.count(_DRIFT)) == (0, 0, 0)
        assert eventually(lambda: self.count(_HELD) == 0, ARRIVE_WITHIN_S), "the ERP's figures contain every order"
        assert self.count(_DRIFT) == 0


async def _stock(url: str) -> dict[tuple[str, str], Decimal]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("SELECT set_config('app.tenant', '1', false)")
        sql = "SELECT product_id::text, warehouse_id::text, erp_free FROM stock_levels WHERE tenant_id = 1"
        rows = cast("list[tuple[str, str, Decimal]]", await connection.fetch(sql))
        return {(product, warehouse): free for product, warehouse, free in rows}
    finally:
        await connection.close()


async def _ask_load(url: str, stream: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("SELECT set_config('app.tenant', '1', false)")
        tag = await connection.execute("UPDATE erp_streams SET state = 'new' WHERE stream = $1", stream)
        assert tag != "UPDATE 0", tag
    finally:
        await connection.close()


async def _count(url: str, question: str) -> int:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("SELECT set_config('app.tenant', '1', false)")
        return cast("int", await connection.fetchval(question))
    finally:
        await connection.close()
