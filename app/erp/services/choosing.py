"""Conflicts: three versions field by field, and the choice of one that stands."""

from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import msgspec

from app.erp.queries import conflicts, dead
from app.erp.queries.conflicts import Choice, ConflictRow
from app.erp.schemas import ConflictView, FieldView
from app.erp.services.post import Post, read_reason
from app.kernel.errors import ChangedMeanwhileError, NotFoundError

_MOST: Final = 50


async def read_conflicts(post: Post) -> Sequence[ConflictView]:
    """Read conflicts, those that wait for a choice first."""
    await post.require("manage")
    return [view(one) for one in await conflicts.read_conflicts(post.transaction, _MOST)]


async def read_conflict(post: Post, conflict_id: UUID) -> ConflictView:
    """Read one conflict.

    Raises:
        NotFoundError: there is no such conflict.
    """
    await post.require("manage")
    found = await conflicts.find_conflict(post.transaction, conflict_id)
    if found is None:
        raise NotFoundError
    return view(found)


async def choose(post: Post, conflict_id: UUID, choice: Choice, reason: str, version: int) -> None:
    """Let one version stand: ours is sent over theirs; where theirs stands, the worker hands the order to its manager.

    Raises:
        ChangedMeanwhileError: somebody chose already.
        NotFoundError: there is no such conflict.
        RejectedError: no reason was given.
    """
    await post.require("manage")
    why = read_reason(reason)
    found = await conflicts.find_conflict(post.transaction, conflict_id)
    if found is None:
        raise NotFoundError
    if not await conflicts.resolve(post.transaction, conflict_id, post.actor.user_id, choice, why, version):
        raise ChangedMeanwhileError(found.version)
    successor = None
    if choice == "ours":
        # Made from the version somebody has now seen; another change meanwhile is another conflict.
        label = msgspec.json.encode({"erp_label": found.label}).decode()
        successor = await dead.renew(post.transaction, found.intent_id, label)
        await dead.close(post.transaction, found.intent_id, "renewed")
    else:
        await dead.close(post.transaction, found.intent_id, "skipped")
    await dead.add_deed(
        *(post.transaction, found.intent_id, post.actor.user_id, "renew" if successor else "skip", why, successor)
    )
    await post.note("exchange.conflict_chosen", conflict_id, found.name, ({"choice": ""}, {"choice": choice}), why)


def view(row: ConflictRow) -> ConflictView:
    """Set the three versions beside each other, those fields first that differ."""
    base, ours, theirs = (_flat(text) for text in (row.base or "{}", row.ours, row.theirs))
    paths = list(dict.fromkeys((*ours, *theirs)))
    fields = [
        FieldView(
            path, base.get(path, ""), ours.get(path, ""), theirs.get(path, ""), ours.get(path) != theirs.get(path)
        )
        for path in paths
    ]
    return ConflictView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        ref=row.ref,
        found_at=row.found_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        choice=row.choice,
        reason=row.reason,
        version=row.version,
        fields=sorted(fields, key=lambda one: not one.is_different),
    )


def _flat(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    _walk(cast("object", msgspec.json.decode(text)), "", found)
    return found


def _walk(value: object, path: str, found: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for name, inner in cast("Mapping[str, object]", value).items():
            _walk(inner, f"{path}.{name}" if path else name, found)
    elif isinstance(value, list):
        for place, inner in enumerate(cast("list[object]", value), start=1):
            _walk(inner, f"{path}[{place}]", found)
    else:
        found[path] = "" if value is None else str(value)
