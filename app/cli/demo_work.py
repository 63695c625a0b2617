"""What people of the demo have done before anybody looks: drafts, an order that waits for a decision, an archive.

Done as people do it, through the portal's own API. It makes the saved views of the first dealer and the first
manager worth opening; nothing of it reaches the ERP or holds goods or credit (``demo_held`` does).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.cli.show import Account, one_of_each_role

T = TypeVar("T")
DEALER, MANAGER = "distributor_head", "manager_full"
SOME = 3  # lines of an ordinary draft
ARCHIVED = 2
FAILURES = (httpx.HTTPError, msgspec.MsgspecError)


class _Session(Struct):
    csrf_token: str


class Limit(Struct):
    """Credit of a contract."""

    id: str  # of the contract
    partner_id: str
    limit: Decimal | None
    left: Decimal | None


class _Stock(Struct):
    free: Decimal


class _Price(Struct):
    gross: Decimal


class _Offer(Struct):
    contract_id: str
    price: _Price | None = None
    stock: _Stock | None = None


class Product(Struct):
    """A product with its offers."""

    id: str
    sku: str
    pack_multiple: Decimal
    offers: list[_Offer]

    def within(self, contract_id: str) -> "Product":
        """The product as this contract offers it."""
        return replace(self, offers=[offer for offer in self.offers if offer.contract_id == contract_id])

    def packs(self) -> Decimal:
        """Whole packs that are free now under every agreement, in order units."""
        free = min((offer.stock.free if offer.stock else Decimal(0) for offer in self.offers), default=Decimal(0))
        return free // self.pack_multiple * self.pack_multiple if self.pack_multiple else Decimal(0)

    def gross(self) -> Decimal:
        """The lowest price with VAT, of one order unit."""
        return min((offer.price.gross for offer in self.offers if offer.price), default=Decimal(0))


class Address(Struct):
    """Where goods go."""

    id: str
    kind: str


class Order(Struct):
    """An order, as far as its next step needs it."""

    id: str
    version: int = 0


class _Token(Struct):
    id: str


class _List(Struct):
    items: list[msgspec.Raw]


class Desk:
    """One person at work."""

    def __init__(self, url: str, public_url: str, account: Account) -> None:
        """Sign in at the portal's own address, in the name of the public one."""
        headers = {"Origin": public_url, "Host": urlsplit(public_url).netloc}
        self._client = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30)
        session = self.post("/session", _Session, {"login": account.login, "password": account.password})
        self._client.headers["X-CSRF-Token"] = session.csrf_token

    def leave(self) -> None:
        """Sign out."""
        self._client.delete("/session").raise_for_status()
        self._client.close()

    def items(self, path: str, kind: type[T]) -> list[T]:
        """Read the first page of a collection."""
        found = msgspec.json.decode(self._client.get(path).raise_for_status().content, type=_List)
        return [msgspec.json.decode(one, type=kind, strict=False) for one in found.items]

    def read(self, path: str, kind: type[T]) -> T:
        """Read one thing."""
        return msgspec.json.decode(self._client.get(path).raise_for_status().content, type=kind, strict=False)

    def post(self, path: str, kind: type[T], body: object = None) -> T:
        """Do something; give what it made."""
        answer = self._client.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
        return msgspec.json.decode(answer.raise_for_status().content, type=kind)

    def send(self, method: str, path: str, kind: type[T], body: object = None, *, version: int) -> T:
        """Change something as it was seen at this version; give what it became."""
        headers = {"If-Match": f'"{version}"', "Idempotency-Key": str(uuid4())}
        answer = self._client.request(method, path, json=body, headers=headers)
        return msgspec.json.decode(answer.raise_for_status().content, type=kind)

    def patch(self, path: str, body: object) -> None:
        """Change something of one's own."""
        self._client.patch(path, json=body).raise_for_status()

    def remove(self, path: str) -> None:
        """End something."""
        self._client.delete(path).raise_for_status()

    def begin(self, partner_id: str, contract_id: str, **details: str) -> Order:
        """Begin a draft of a contract, to be shipped soon."""
        order = self.post("/orders", Order, {"partner_id": partner_id, "contract_id": contract_id})
        body = {"contract_id": contract_id, "ship_on": _soon(), **details}
        return self.send("PUT", f"/orders/{order.id}", Order, body, version=order.version)

    def paste(self, order: Order, lines: Sequence[str]) -> None:
        """Put lines of a table into a draft."""
        self._client.post(f"/orders/{order.id}/lines/import", json={"text": "\n".join(lines)}).raise_for_status()


def leave_traces(url: str, public_url: str, accounts: Sequence[Account]) -> None:
    """Work as the first dealer and the first manager.

    Raises:
        httpx.HTTPError: the portal did not take something.
    """
    first = {account.role: account for account in one_of_each_role(accounts)}
    dealer = Desk(url, public_url, first[DEALER])
    limits = [one for one in dealer.items("/limits", Limit) if one.limit and one.left is not None and one.left > 0]
    if limits:
        limits.sort(key=lambda one: one.left or Decimal(0))
        tight, roomy = limits[0], limits[-1]
        address = road_of(dealer.items("/consignees", Address))
        _drafts(dealer, roomy, address)
        _over_credit(dealer, tight, address)
        manager = Desk(url, public_url, first[MANAGER])
        _drafts(manager, roomy, address)
        manager.leave()
    for order in dealer.items(f"/orders?view=done&limit={ARCHIVED}", Order):
        dealer.post(f"/orders/{order.id}/archive", Order)
    _everyday(dealer)
    dealer.leave()


def _everyday(desk: Desk) -> None:
    """What fills an audit trail: a draft shown to colleagues, a token made and revoked, a telephone corrected."""
    for draft in desk.items("/orders?view=drafts&limit=2", Order):
        desk.post(f"/orders/{draft.id}/share", Order, {"shared": True})
    tokens = [
        desk.post("/me/tokens", _Token, {"label": label, "read_only": True, "days": 30})
        for label in ("Учётная система", "Сканер на складе")
    ]
    desk.remove(f"/me/tokens/{tokens[-1].id}")
    desk.patch("/me", {"phone": "+7 701 555 01 18"})


def _drafts(desk: Desk, limit: Limit, address: str) -> None:
    goods = goods_of(desk, limit)
    ready = desk.begin(limit.partner_id, limit.id, address_id=address, customer_number="З-2026/118")
    desk.paste(ready, [f"{one.sku}\t{one.pack_multiple * 2:f}" for one in goods[:SOME]])
    unclear = desk.begin(limit.partner_id, limit.id, comment="Перенести из таблицы")
    desk.paste(unclear, [f"{one.sku} {one.pack_multiple:f}" for one in goods[:1]] + ["AL-5W40-404 12", "масло 10"])


def _over_credit(desk: Desk, limit: Limit, address: str) -> None:
    """Order for more than what is left, and ask the manager to let it pass."""
    lines = list(_worth(goods_of(desk, limit), (limit.left or Decimal(0)) * Decimal("1.1")))
    order = desk.begin(limit.partner_id, limit.id, address_id=address, customer_number="З-2026/121")
    desk.paste(order, lines)
    desk.post(f"/orders/{order.id}/submit", Order, {"ask_approval": True})


def goods_of(desk: Desk, limit: Limit) -> list[Product]:
    """What the contract offers and the warehouse has, the dearest stocks first."""
    path = f"/catalog/products?mode=packaged&limit=100&contract={limit.id}"
    found = [one.within(limit.id) for one in desk.items(path, Product)]
    return sorted((one for one in found if one.packs() > 0 < one.gross()), key=lambda one: -one.packs() * one.gross())


def _worth(goods: Sequence[Product], gross: Decimal) -> Iterator[str]:
    """Lines that come to this sum, or to all there is."""
    for one in goods:
        if gross <= 0:
            return
        wanted = (gross / one.gross() // one.pack_multiple + 1) * one.pack_multiple
        quantity = min(one.packs(), wanted)
        gross -= quantity * one.gross()
        yield f"{one.sku}\t{quantity:f}"


def _soon() -> str:
    """Wednesday of next week: a working day whatever today is."""
    today = datetime.now(UTC).date()
    return (today + timedelta(days=9 - today.weekday())).isoformat()


def road_of(addresses: Sequence[Address]) -> str:
    """Give an address by road; empty if there is none."""
    return next((one.id for one in addresses if one.kind == "road"), "")
