"""The shop of the orders' tests has the stock these tests play with."""

from tests.orders.conftest import shop, shop_database, shop_template

__all__ = ["shop", "shop_database", "shop_template"]
