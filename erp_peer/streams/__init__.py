"""Every stream of surface H, in the order in which a newcomer should load them."""

from erp_peer.streams import clients, goods, orders, places, requests, sales, service, trade
from erp_peer.streams.spec import Stream

STREAMS: tuple[Stream, ...] = (
    places.REGIONS,
    places.PLANTS,
    places.WAREHOUSES,
    goods.LINES,
    goods.STANDARDS,
    goods.PACKAGES,
    goods.PRODUCTS,
    goods.CHARACTERISTICS,
    goods.SEGMENTS,
    goods.SEGMENT_ITEMS,
    trade.PRICE_TYPES,
    trade.PRICES,
    clients.MANAGERS,
    clients.PARTNERS,
    clients.COUNTERPARTIES,
    clients.CONTACTS,
    clients.USERS,
    clients.ADDRESSES,
    clients.CONTRACTS,
    clients.AGREEMENTS,
    trade.STOCK,
    trade.LIMITS,
    trade.PLANS,
    orders.ORDERS,
    orders.TRANSPORT,
    sales.BATCHES,
    sales.SHIPMENTS,
    sales.INVOICES,
    sales.PAYMENTS,
    service.CLAIMS,
    service.BONUS,
    service.FILES,
    requests.REQUESTS,
    requests.BONUS_HOLDS,
    requests.MESSAGES,
)
BY_NAME = {stream.name: stream for stream in STREAMS}
BY_SET = {stream.set_name: stream for stream in STREAMS}
