"""Every stream the portal takes from the ERP, in the order in which one may lean on the one before."""

from collections.abc import Mapping
from typing import Final

from app.erp.mappings import clients, goods, orders, papers, places, service, trade
from app.erp.mappings.spec import StreamMap

STREAMS: Final[tuple[StreamMap, ...]] = (
    places.REGIONS,
    places.PLANTS,
    places.WAREHOUSES,
    goods.LINES,
    goods.STANDARDS,
    goods.PACKAGES,
    goods.GRADES,
    goods.CHARACTERISTICS,
    goods.SEGMENTS,
    goods.SEGMENT_ITEMS,
    trade.PRICE_TYPES,
    trade.PRICES,
    clients.MANAGERS,
    clients.PARTNERS,
    clients.COUNTERPARTIES,
    clients.CONTACTS,
    clients.ADDRESSES,
    clients.CONTRACTS,
    clients.AGREEMENTS,
    trade.STOCK,
    trade.LIMITS,
    trade.PLANS,
    orders.ORDERS,
    papers.TRANSPORT,
    papers.BATCHES,
    papers.SHIPMENTS,
    papers.INVOICES,
    papers.PAYMENTS,
    service.CLAIMS,
    service.BONUS,
    service.FILES,
)
BY_SET: Final[Mapping[str, StreamMap]] = {stream.set_name: stream for stream in STREAMS}
