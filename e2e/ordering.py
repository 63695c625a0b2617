"""What a dealer does to order: goods that can be had, the steps of a draft, and a look into the stand-in ERP."""

from decimal import Decimal
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct
from playwright.sync_api import Locator, Page

from tests.support.portal import Portal

SUBMIT: Final = "form[action$='/submit'] button"
NEXT: Final = "button[name=do][value=next]"
_SKUS: Final = "/api/v1/catalog/products?mode=packaged&limit=50&contract="


class Goods(Struct, frozen=True):
    """A product of the contract in whole packs, far below its stock."""

    sku: str
    quantity: int

    @property
    def line(self) -> str:
        """As it stands in a person's table."""
        return f"{self.sku}\t{self.quantity}"


class Written(Struct, frozen=True):
    """One accepted write in the audit of the stand-in ERP."""

    type: str
    ref: str
    number: str


class _Stock(Struct, frozen=True):
    free: Decimal


class _Offer(Struct, frozen=True):
    contract_id: str
    stock: _Stock | None = None


class _Product(Struct, frozen=True):
    sku: str
    pack_multiple: Decimal
    offers: list[_Offer]


class _Products(Struct, frozen=True):
    items: list[_Product]


class _Audit(Struct, frozen=True):
    items: list[Written]


def begin(page: Page, *, pickup: bool = False) -> str:
    """Do step 1 with the first contract and address; give the contract."""
    page.goto("/orders/new")
    contract = page.locator("select[name=contract_id]")
    contract.select_option(index=1)
    chosen = contract.input_value()
    if pickup:
        page.locator("label.tile:has(input[value=pickup])").click()
    else:
        page.locator("select[name=address_id]").select_option(index=1)
    page.locator(NEXT).click()
    page.wait_for_url("**/products")
    return chosen


def goods_of(page: Page, contract: str, count: int = 2) -> list[Goods]:
    """Products the contract offers and the warehouse has."""
    answer = page.request.get(f"{_SKUS}{contract}")
    found = msgspec.json.decode(answer.body(), type=_Products).items
    return [Goods(one.sku, int(one.pack_multiple) * 2) for one in found if _is_plenty(one, contract)][:count]


def paste(page: Page, *lines: str) -> None:
    """Paste lines into the quick order and wait for the draft that has them."""
    page.locator("textarea[name=text]").fill("\n".join(lines))
    with page.expect_navigation():
        page.locator("form[action$='/paste'] button").click()


def order_id(page: Page) -> str:
    """The order the page is about."""
    return urlsplit(page.url).path.split("/")[2]


def submitted(page: Page) -> str:
    """Press the one button that submits, wait for the order's page, give the order."""
    page.locator(SUBMIT).click()
    page.wait_for_url(lambda url: urlsplit(url).path.count("/") == 2)
    return order_id(page)


def erp_number(page: Page) -> Locator:
    """Where an order's page says its number in the ERP."""
    return page.locator("#erp-number .mono")


def written(portal: Portal, ref: str) -> list[Written]:
    """Orders the stand-in ERP accepted under this reference, asked over HTTP as an accountant's control would."""
    peer = portal.status.parts["erp_peer"]
    assert peer.control_url is not None
    assert peer.control_token is not None
    url = urlsplit(peer.control_url)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=20)
    try:
        query = urlencode({"ib": "erp", "ref": ref})
        connection.request("GET", f"{url.path}/audit?{query}", headers={"X-Control-Token": peer.control_token})
        items = msgspec.json.decode(connection.getresponse().read(), type=_Audit).items
    finally:
        connection.close()
    return [one for one in items if one.type == "order.put"]


def _is_plenty(product: _Product, contract: str) -> bool:
    stocks = [one.stock for one in product.offers if one.contract_id == contract]
    return bool(stocks) and all(stock is not None and stock.free > product.pack_multiple * 40 for stock in stocks)
