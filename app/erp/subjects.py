"""Alerts of the exchange as objects people hear about."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from app.access.subjects import Subject
from app.access.terms import Facts
from app.erp.notices import ALERT
from app.erp.queries.alerts import find_alerts
from app.infra.db.transaction import Transaction


async def _read_facts(transaction: Transaction, alert_ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    return {one: Facts() for one in await find_alerts(transaction, alert_ids)}


SUBJECTS: Final = [Subject(kind=ALERT, resource="erp", facts=_read_facts)]
