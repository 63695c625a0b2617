"""Shipments, invoices and payments on the page of an order."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from app.infra.i18n.wording import NC_, gettext
from app.infra.pages.views import BadgeView
from app.orders.schemas.papers import InvoiceView, PapersView, PaymentView, ShipmentView

_SHIPMENTS: Final = {
    "on_the_way": BadgeView(NC_("shipment", "On the way"), "pri", "truck"),
    "delivered": BadgeView(NC_("shipment", "Delivered"), "ok", "circle-check"),
}
_INVOICES: Final = {
    "unpaid": BadgeView(NC_("invoice", "To be paid"), "info", "hourglass"),
    "partly": BadgeView(NC_("invoice", "Paid in part"), "warn", "hourglass"),
    "paid": BadgeView(NC_("invoice", "Paid"), "ok", "check"),
}
_OVERDUE: Final = BadgeView(NC_("invoice", "Overdue"), "bad", "triangle-alert")


class PapersPart(Struct, frozen=True):
    """The part of the page; the badge of each paper stands beside it."""

    shipments: Sequence[tuple[ShipmentView, BadgeView]]
    invoices: Sequence[tuple[InvoiceView, BadgeView]]
    payments: Sequence[PaymentView]


def papers_part(papers: PapersView, locale: str) -> PapersPart:
    """Put the papers of an order into words."""
    return PapersPart(
        [(one, _said(_SHIPMENTS[one.state], locale)) for one in papers.shipments],
        [(one, _said(_OVERDUE if one.is_overdue else _INVOICES[one.state], locale)) for one in papers.invoices or ()],
        papers.payments or [],
    )


def _said(badge: BadgeView, locale: str) -> BadgeView:
    return BadgeView(gettext(locale, badge.label), badge.tone, badge.icon)
