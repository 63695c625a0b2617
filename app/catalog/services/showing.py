"""One product: what it is, how else it is packed, what it costs the reader, what may replace it."""

from app.caching.shelf import read
from app.catalog.families import PRODUCTS, ProductSheet, SheetAsk
from app.catalog.queries.facets import read_freshness
from app.catalog.schemas import ProductKey
from app.catalog.services.confirming import confirm_sheet
from app.catalog.services.listing import Reader

__all__ = ["ProductSheet", "show_product"]


async def show_product(reader: Reader, key: ProductKey) -> ProductSheet:
    """Read one product, in at most six statements.

    Raises:
        NotFoundError: none the reader is offered, whether or not it exists.
    """
    ask = SheetAsk(reader.rights, reader.actor.partner_id, reader.today, key)
    sheet = confirm_sheet(await read(reader.transaction, PRODUCTS, ask), await read_freshness(reader.transaction))
    # An offer is named by its agreement: whoever may see one may read the papers behind it.
    reader.transaction.admit("offer", *(one.agreement_id for many in sheet.offers.values() for one in many))
    return sheet
