"""The shop of the orders' tests, with the whole portal before it."""

from tests.orders.conftest import shop, shop_database, shop_template, site

__all__ = ["shop", "shop_database", "shop_template", "site"]
