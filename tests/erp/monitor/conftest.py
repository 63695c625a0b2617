"""A small shop and the whole portal on it, fresh for every test."""

from tests.orders.conftest import shop, shop_database, shop_template, site

__all__ = ["shop", "shop_database", "shop_template", "site"]
