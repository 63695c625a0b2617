"""An order of the demo that an accountant changed in 1C behind everybody's back: the portal holds it.

The first dealer orders as people do; once 1C has the order, the stand-in's accountant takes something out of one line
and another price for the next. Nothing is written into the portal: it finds the difference by itself.
"""

import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import httpx
import msgspec
from msgspec import Struct, field

from app.admin.tenants import DEMO_TENANTS
from app.cli.demo_work import DEALER, Address, Desk, Limit, Order, goods_of, road_of
from app.cli.show import Account, one_of_each_role

_LINES: Final = 3
_PACKS: Final = 4
_SHARE: Final = Decimal("0.2")  # of what is left of the credit, at most
_WAIT_S: Final = 60.0


class _Peer(Struct):
    control_url: str = ""
    control_token: str = ""


class _Parts(Struct):
    erp_peer: _Peer = field(default_factory=_Peer)


class _Status(Struct):
    parts: _Parts


class _Line(Struct):
    place: int
    quantity: Decimal
    price: Decimal


class _Placed(Struct):
    erp_number: str
    held_at: str | None
    lines: list[_Line]


def leave_held(url: str, public_url: str, accounts: Sequence[Account], status: Path) -> None:
    """Order, and let the accountant of the stand-in change it; an ERP that is somebody's own is left alone.

    Raises:
        httpx.HTTPError: the portal or the stand-in did not take something.
    """
    peer = msgspec.json.decode(status.read_bytes(), type=_Status).parts.erp_peer
    if not peer.control_url:
        return
    dealer = Desk(url, public_url, next(one for one in one_of_each_role(accounts) if one.role == DEALER))
    try:
        order_id = _order(dealer)
        placed = None if order_id is None else _until(dealer, order_id, is_held=False)
        if order_id is not None and placed is not None:
            _change(peer, placed)
            _until(dealer, order_id, is_held=True)
    finally:
        dealer.leave()


def _order(dealer: Desk) -> str | None:
    """Submit a small order of packaged goods; None where the dealer may not order any."""
    limits = [one for one in dealer.items("/limits", Limit) if one.left is not None and one.left > 0]
    if not limits:
        return None
    roomy = max(limits, key=lambda one: one.left or Decimal(0))
    room = (roomy.left or Decimal(0)) * _SHARE
    lines: list[str] = []
    for one in goods_of(dealer, roomy):
        quantity = one.pack_multiple * _PACKS
        if len(lines) < _LINES and quantity <= one.packs() and quantity * one.gross() <= room:
            room -= quantity * one.gross()
            lines.append(f"{one.sku}\t{quantity:f}")
    if len(lines) < _LINES:
        return None
    address = road_of(dealer.items("/consignees", Address))
    order = dealer.begin(roomy.partner_id, roomy.id, address_id=address, customer_number="З-2026/124")
    dealer.paste(order, lines)
    dealer.post(f"/orders/{order.id}/submit", Order, {})
    return order.id


def _until(dealer: Desk, order_id: str, *, is_held: bool) -> _Placed | None:
    """Wait until 1C has the order, or until the portal holds it; None if that takes too long."""
    ends = time.monotonic() + _WAIT_S
    while time.monotonic() < ends:
        found = dealer.read(f"/orders/{order_id}", _Placed)
        if found.held_at if is_held else found.erp_number:
            return found
        time.sleep(0.5)
    return None


def _change(peer: _Peer, placed: _Placed) -> None:
    first, second = placed.lines[:2]
    edits: list[dict[str, str]] = [
        {"line": str(first.place), "quantity": f"{first.quantity / 2:f}"},
        {"line": str(second.place), "price": f"{second.price * Decimal('1.03'):.2f}"},
    ]
    for edit in edits:
        body = {"ib": DEMO_TENANTS[0].infobase, "edit": "order_line", "order": placed.erp_number, **edit}
        answer = httpx.post(
            f"{peer.control_url}/erp-edit",
            json=body,
            headers={"X-Control-Token": peer.control_token},
            timeout=20,
            trust_env=False,
        )
        answer.raise_for_status()
