"""The exchange as JSON (CONTRACT, section 3): the same verbs as the pages, under the same rights."""

from typing import Final

from app.erp.api.comparisons import ComparisonsApi
from app.erp.api.hints import HintsApi
from app.erp.api.mapping import MappingApi
from app.erp.api.monitor import ExchangeApi
from app.erp.api.settling import ConflictsApi, MessagesApi

API: Final = [ExchangeApi, MessagesApi, ConflictsApi, ComparisonsApi, MappingApi, HintsApi]
