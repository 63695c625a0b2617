"""What a demo buyer can order: contract, agreement, items with price and stock."""

from decimal import Decimal
from uuid import uuid4

from msgspec import Struct

from tests.erp_peer.portal import Portal, Row, command


class Shop(Struct, frozen=True):
    """One agreement of a demo buyer with everything an order needs."""

    portal: Portal
    partner: Row
    contract: Row
    agreement: Row
    address: Row
    warehouse: Row
    price_type: Row
    items: list[Row]  # packaged, priced, in the segment, with plenty of stock
    bulk: list[Row]
    outside: list[Row]  # not in the segment
    prices: dict[str, str]

    def line(self, item: Row, quantity: str = "", code: str = "1", **more: str) -> dict[str, str]:
        """One line; two packs or ten tonnes unless told."""
        usual = "10.000" if item["Налив"] == "true" else f"{int(item['Кратность']) * 2}.000"
        return {
            "КодСтроки": code,
            "Характеристика_Key": item["Ref_Key"],
            "Количество": quantity or usual,
            "Цена": self.prices.get(item["Ref_Key"], "1.0000"),
            **more,
        }

    def data(self, *lines: dict[str, str], **more: object) -> dict[str, object]:
        """The body of an order."""
        return {
            "Партнер_Key": self.partner["Ref_Key"],
            "Договор_Key": self.contract["Ref_Key"],
            "Соглашение_Key": self.agreement["Ref_Key"],
            "Грузополучатель_Key": self.address["Грузополучатель_Key"],
            "АдресДоставки_Key": self.address["Ref_Key"],
            "Товары": lines,
            **more,
        }

    def order(self, *lines: dict[str, str], ref: str = "", **more: object) -> dict[str, object]:
        """An `order.put` of lines, under a new reference unless told."""
        return command("order.put", ref or str(uuid4()), self.data(*lines, **more))

    def free(self, item: Row) -> Decimal:
        """What is free now."""
        return Decimal(self.portal.available(item["Ref_Key"], self.warehouse["Ref_Key"]).items[0].free)

    def limits(self) -> Row:
        """The contract's credit figures now."""
        return self.portal.one("limits", Договор_Key=self.contract["Ref_Key"])


def open_shop(portal: Portal, buyer: int = 1, agreement: int = 0) -> Shop:
    """The n-th agreement of a demo buyer (0 everything, 1 industrial, 2 export, 3 ended)."""
    partner = portal.one("partners", Code=f"К{buyer:08d}")
    own = sorted(
        (row for row in portal.rows("agreements") if row["Партнер_Key"] == partner["Ref_Key"]),
        key=lambda row: row["Номер"],
    )[agreement]
    members = {
        row["Характеристика_Key"]
        for row in portal.rows("segment_items")
        if row["Сегмент_Key"] == own["СегментНоменклатуры_Key"]
    }
    today = portal.rows("prices")
    prices = {
        row["Характеристика_Key"]: row["Цена"]
        for row in today
        if row["ВидЦены_Key"] == own["ВидЦен_Key"] and row["ДействуетПо"] == "0001-01-01" and Decimal(row["Цена"])
    }
    dead = {row["Ref_Key"] for row in portal.rows("products") if row["DeletionMark"] == "true"}
    free = {
        row["Характеристика_Key"]: Decimal(row["СвободныйОстаток"])
        for row in portal.rows("stock")
        if row["Склад_Key"] == own["Склад_Key"]
    }
    live = [
        row
        for row in portal.rows("characteristics")
        if row["Заблокирован"] == "false" and row["Номенклатура_Key"] not in dead and row["Ref_Key"] in prices
    ]
    plenty = [row for row in live if free.get(row["Ref_Key"], Decimal(0)) >= 100]
    # Cheap ones first: tests of other rules must not run into the credit limit.
    plenty.sort(key=lambda row: Decimal(prices[row["Ref_Key"]]) * int(row["Кратность"]))
    return Shop(
        portal=portal,
        partner=partner,
        contract=portal.one("contracts", Ref_Key=own["Договор_Key"]),
        agreement=own,
        address=next(row for row in portal.rows("addresses") if row["Партнер_Key"] == partner["Ref_Key"]),
        warehouse=portal.one("warehouses", Ref_Key=own["Склад_Key"]),
        price_type=portal.one("price_types", Ref_Key=own["ВидЦен_Key"]),
        items=[row for row in plenty if row["Налив"] == "false" and row["Ref_Key"] in members],
        bulk=[row for row in plenty if row["Налив"] == "true" and row["Ref_Key"] in members],
        outside=[row for row in live if row["Ref_Key"] not in members],
        prices=prices,
    )
