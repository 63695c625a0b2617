"""A policy that remembers what it was asked, and may be told to refuse a permission to everybody."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from msgspec import Struct

from app.access.actors import Actor
from app.access.decisions import Decision
from app.access.policy import Policy
from app.infra.db.transaction import Transaction

# The guard asks for what the route promises, the frame of a page for the lines of its menu, and a profile for
# everything there is, to tell the person: nothing is refused or shown because of these.
_AROUND: Final = frozenset({"app.access.guard", "app.cabinets.menu", "app.access.services.profile"})
_Decide = Callable[[Policy, Transaction, Actor, str, str], Awaitable[Decision]]


class Spy(Struct):
    """What handlers asked for since it was emptied, and what nobody has at present."""

    asked: set[str]
    taken: set[str]


def spy_on_policy(patch: pytest.MonkeyPatch) -> Spy:
    """Stand between every caller and the policy."""
    honest: _Decide = Policy.decision
    spy = Spy(set(), set())

    async def decision(self: Policy, transaction: Transaction, actor: Actor, resource: str, action: str) -> Decision:
        name = f"{resource}:{action}"
        here = inspect.currentframe()
        caller = here.f_back if here is not None else None
        if caller is not None and caller.f_globals["__name__"] not in _AROUND:
            spy.asked.add(name)
        found = await honest(self, transaction, actor, resource, action)
        return Decision((), (), actor.user_id, actor.branch, permission=name) if name in spy.taken else found

    patch.setattr(Policy, "decision", decision)
    return spy
