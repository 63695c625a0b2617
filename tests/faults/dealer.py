"""A dealer as a script: signs in, fills drafts, submits them under a key and repeats until there is an answer."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct

from app.cli.show import Account

T = TypeVar("T")

_ORDERS: Final = "/api/v1/orders"
_PLENTY: Final = 200  # packs
_SOON: Final = timedelta(days=10)


class _Session(Struct):
    csrf_token: str


class _Contract(Struct):
    id: str
    currency: str
    counterparty_id: str


class _Address(Struct):
    id: str
    kind: str


class _Stock(Struct):
    free: Decimal


class _Offer(Struct):
    contract_id: str
    stock: _Stock | None = None


class _Product(Struct):
    id: str
    pack_multiple: Decimal
    offers: list[_Offer]


class Order(Struct):
    """An order as the portal shows it."""

    id: str
    state: str
    erp_number: str


class Agreement(Struct):
    """An agreement as the portal shows it."""

    id: str
    number: str
    valid_to: str | None


class Dealer:
    """One signed-in person; close it with ``with``."""

    def __init__(self, url: str, account: Account) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        answer = self._http.post("/api/v1/session", json={"login": account.login, "password": account.password})
        assert answer.status_code == 200, answer.text
        self._http.headers["X-CSRF-Token"] = msgspec.json.decode(answer.content, type=_Session).csrf_token
        self._contract = next(one for one in self._all("contracts", _Contract) if one.currency == "KZT")
        self._address = next(one for one in self._all("consignees", _Address) if one.kind == "road")
        self._goods = [one for one in self._all("catalog/products", _Product, self._filters()) if self._is_plenty(one)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def draft(self, number: int = 0) -> str:
        """Make an order that only waits to be submitted; ``number`` picks its goods."""
        started = self._http.post(_ORDERS, json={"contract_id": self._contract.id})
        assert started.status_code == 201, started.text
        place = f"{_ORDERS}/{(order := msgspec.json.decode(started.content, type=Order)).id}"
        details = {
            "contract_id": self._contract.id,
            "counterparty_id": self._contract.counterparty_id,
            "address_id": self._address.id,
            "ship_on": (datetime.now(UTC) + _SOON).date().isoformat(),
        }
        edited = self._http.put(place, json=details, headers={"If-Match": started.headers["etag"]})
        assert edited.status_code == 200, edited.text
        goods = [self._goods[(number + step) % len(self._goods)] for step in range(2)]
        lines = [{"product_id": one.id, "quantity": str(one.pack_multiple * 2)} for one in goods]
        added = self._http.post(f"{place}/lines", json={"lines": lines})
        assert added.status_code == 201, added.text
        return order.id

    def submit(self, order_id: str, within_s: float = 60) -> float:
        """Submit under one key, again and again until there is an answer; give how long the last call took."""
        key, until = str(uuid4()), time.monotonic() + within_s
        while True:
            began = time.monotonic()
            try:
                answer = self._http.post(f"{_ORDERS}/{order_id}/submit", json={}, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                assert time.monotonic() < until, "the portal does not come back"
                time.sleep(0.1)
                continue
            if answer.status_code == 200:
                return time.monotonic() - began
            # 503: a part is away; 409: the first call with this key is still at work. Both ask to come again.
            assert answer.status_code in {409, 503}, answer.text
            assert time.monotonic() < until, answer.text
            time.sleep(0.1)

    def order(self, order_id: str) -> Order:
        """Look at one order."""
        answer = self._http.get(f"{_ORDERS}/{order_id}")
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=Order)

    def agreements(self) -> list[Agreement]:
        """Look at the agreements of the contract, as every page of them is read."""
        return self._all("agreements", Agreement, {"contract": self._contract.id})

    def page(self, path: str = "/home") -> str:
        """Open a page as a browser would."""
        answer = self._http.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def _filters(self) -> dict[str, str]:
        return {"contract": self._contract.id, "mode": "packaged", "limit": "50"}

    def _is_plenty(self, product: _Product) -> bool:
        stocks = [one.stock for one in product.offers if one.contract_id == self._contract.id]
        return bool(stocks) and all(one is not None and one.free > product.pack_multiple * _PLENTY for one in stocks)

    def _all(self, path: str, kind: type[T], params: dict[str, str] | None = None) -> list[T]:
        answer = self._http.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return msgspec.convert(msgspec.json.decode(answer.content, type=dict[str, object])["items"], list[kind])
