"""Pages of orders: the dashboard, the four steps, the order itself. They only translate for the services."""

from typing import Final

from app.orders.web.boards import BoardPages
from app.orders.web.checkout import CheckPages
from app.orders.web.course import OrderPages
from app.orders.web.details import DetailsPages
from app.orders.web.products import ProductsPages
from app.orders.web.starting import StartPages
from app.orders.web.vehicle import VehiclePages
from app.orders.web.verbs import VerbPages

WEB: Final = [
    BoardPages, StartPages, DetailsPages, ProductsPages, VehiclePages, CheckPages, OrderPages, VerbPages
]  # fmt: skip
