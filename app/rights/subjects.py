"""Drafts of rights as objects people hear about."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from app.access.subjects import Subject
from app.access.terms import Facts
from app.infra.db.transaction import Transaction
from app.rights.queries.drafts import read_owners

DRAFT: Final = "access_draft"


async def _read_facts(transaction: Transaction, draft_ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    return {one: Facts(org=owner) for one, owner in (await read_owners(transaction, draft_ids)).items()}


SUBJECTS: Final = [Subject(kind=DRAFT, resource="access", facts=_read_facts)]
