"""Pages of the exchange: how it stands, what could not be delivered, what was changed on both sides."""

from typing import Final

from app.erp.web.comparisons import ComparisonPages
from app.erp.web.conflicts import ConflictPages
from app.erp.web.mapping import MappingPages
from app.erp.web.messages import MessagePages
from app.erp.web.monitor import MonitorPages

WEB: Final = [MonitorPages, MessagePages, ConflictPages, ComparisonPages, MappingPages]
