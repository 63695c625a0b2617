"""Kinds of objects people hear about, and how to find out whether somebody may see one.

A room names its kinds in ``subjects.py`` as ``SUBJECTS``. The socket and the bell ask through them, so
that nobody hears of an object they could not open.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.terms import Facts
from app.infra.db.transaction import Transaction

FactsSource = Callable[[Transaction, Sequence[UUID]], Awaitable[Mapping[UUID, Facts]]]
NOTIFICATION: Final = "notification"


class Subject(Struct, frozen=True):
    """One kind of object: the permission to see it, and where its facts are read (by staff's connection)."""

    kind: str
    resource: str
    facts: FactsSource
    action: str = "view"


class Subjects:
    """All kinds of this installation."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        """Index by kind."""
        self._subjects = {one.kind: one for one in subjects}

    async def facts(
        self, transaction: Transaction, wanted: Mapping[str, Sequence[UUID]]
    ) -> Mapping[tuple[str, UUID], Facts]:
        """Read the facts of many objects, one statement a kind; unknown kinds and objects are left out."""
        found: dict[tuple[str, UUID], Facts] = {}
        for kind, ids in wanted.items():
            if (subject := self._subjects.get(kind)) is not None:
                facts = await subject.facts(transaction, ids)
                found |= {(kind, object_id): one for object_id, one in facts.items()}
        return found

    async def may_see(
        self, transaction: Transaction, policy: Policy, actor: Actor, kind: str, facts: Facts | None, action: str = ""
    ) -> bool:
        """Whether the actor may see the object behind the facts, or do ``action``; without facts nobody may."""
        subject = self._subjects.get(kind)
        if subject is None or facts is None:
            return False
        decision = await policy.decision(transaction, actor, subject.resource, action or subject.action)
        return decision.check(facts)
