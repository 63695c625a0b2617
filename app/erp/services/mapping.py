"""A tenant's own mapping: drafted, held against the living ERP by the worker, looked at once more, and put into use.

Nothing is used that was only written: the worker must have held the very same text against ``$metadata``, and no stream
that can be read now may stop by it, unless the text itself says that it is missing.
"""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from app.erp.families import FamilyError
from app.erp.families.reading import USUAL, family_names, lay_over, read_family
from app.erp.queries import mappings
from app.erp.queries.mappings import Desk, Kept
from app.erp.queries.overview import read_freshness
from app.erp.queries.probes import Answer, Probe, read_probes
from app.erp.schemas import (
    DraftInput,
    DraftLook,
    DraftView,
    FamilyView,
    KeptMappingView,
    MappingView,
    ProbeView,
)
from app.erp.services.post import Post, read_reason
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, NotFoundError, Problem, RejectedError

_MOST: Final = 30
_YOUNG: Final = timedelta(hours=1)  # an ERP may be another one tomorrow


async def read_mapping(post: Post) -> MappingView:
    """Read the mapping in use, the draft with what was seen of it, and every one before."""
    await post.require("manage")
    desk = await mappings.read_desk(post.transaction)
    kept = await mappings.read_kept(post.transaction, _MOST)
    used = next((one for one in kept if one.id == desk.used_id), None)
    fresh = await read_freshness(post.transaction)
    return MappingView(
        family=used.family if used else USUAL,
        text=used.text if used else "",
        version=desk.version,
        surface=fresh.surface,
        families=[_family(name) for name in family_names()],
        draft=_draft(desk),
        kept=[_kept(one, desk) for one in kept],
        probes=[_probe(one) for one in await read_probes(post.transaction)],
    )


async def draft(post: Post, wish: DraftInput, version: int) -> None:
    """Put a draft on the desk; the worker holds it against the ERP within seconds.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        RejectedError: it cannot be read, names what cannot be, or says what is in use already.
    """
    await post.require("manage")
    text = wish.text.replace("\r\n", "\n").strip()
    try:
        lay_over(wish.family, text)
    except FamilyError as error:
        raise RejectedError([Problem(error.code, "text", error.told)]) from error
    await _put(post, wish.family, text, version)


async def drop(post: Post, version: int) -> None:
    """Take the draft off the desk.

    Raises:
        ChangedMeanwhileError: somebody was faster, or there is none.
    """
    await post.require("manage")
    desk = await mappings.read_desk(post.transaction)
    await _must(post, mappings.drop_draft(post.transaction, version))
    await post.note("exchange.mapping_dropped", None, "", (_said(desk.draft_family, desk.draft_text), {}))


async def look_again(post: Post, version: int) -> None:
    """Ask the worker to hold the draft against the ERP once more.

    Raises:
        ChangedMeanwhileError: somebody was faster, or there is none.
    """
    await post.require("manage")
    await _must(post, mappings.ask_again(post.transaction, version))


async def use(post: Post, reason: str, version: int) -> None:
    """Let the draft be the mapping; the worker reads through it within seconds.

    Raises:
        ChangedMeanwhileError: somebody was faster, or there is no draft.
        RejectedError: no reason is given, nobody looked lately, or streams would stop.
    """
    await post.require("manage")
    why = read_reason(reason)
    desk = await mappings.read_desk(post.transaction)
    if desk.version != version or desk.draft_text is None:
        raise ChangedMeanwhileError(desk.version)
    if problem := _hindrance(desk):
        raise RejectedError([problem])
    before = await mappings.read_used(post.transaction)
    used_id = await mappings.use_draft(post.transaction, post.actor.user_id, why, version)
    if used_id is None:
        raise ChangedMeanwhileError(desk.version)
    sides = (
        _said(*((before.family, before.text) if before else (USUAL, ""))),
        _said(desk.draft_family, desk.draft_text),
    )
    await post.note("exchange.mapping_used", used_id, "", sides, why)


async def go_back(post: Post, mapping_id: UUID, version: int) -> None:
    """Draft a mapping that was in use before; it is looked at like any other, for the ERP may have changed since.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        NotFoundError: there is no such mapping.
        RejectedError: it is in use now, or is not valid any more.
    """
    await post.require("manage")
    found = [one for one in await mappings.read_kept(post.transaction, _MOST) if one.id == mapping_id]
    if not found:
        raise NotFoundError
    await draft(post, DraftInput(found[0].family, found[0].text), version)


async def _put(post: Post, family: str, text: str, version: int) -> None:
    used = await mappings.read_used(post.transaction)
    if (family, text) == ((used.family, used.text) if used else (USUAL, "")):
        raise RejectedError([Problem("mapping_same", "text")])
    desk = await mappings.read_desk(post.transaction)
    await _must(post, mappings.write_draft(post.transaction, family, text, post.actor.user_id, version))
    sides = (_said(desk.draft_family, desk.draft_text), _said(family, text))
    await post.note("exchange.mapping_drafted", None, "", sides)


async def _must(post: Post, done: Awaitable[bool]) -> None:
    if not await done:
        raise ChangedMeanwhileError((await mappings.read_desk(post.transaction)).version)


def _hindrance(desk: Desk) -> Problem | None:
    """Why a draft may not be used as it stands."""
    if not desk.look or desk.looked_at is None or utc_now() - desk.looked_at > _YOUNG:
        return Problem("mapping_not_looked")
    look = msgspec.json.decode(desk.look, type=DraftLook)
    if not look.is_answered:
        return Problem("mapping_not_answered")
    if look.worse:
        return Problem("mapping_stops", params={"streams": ", ".join(one or "–" for one in look.worse)})
    return None


def _said(family: str | None, text: str | None) -> dict[str, object]:
    return {"family": family or "", "text": text or ""}


def _family(name: str) -> FamilyView:
    family = read_family(name)
    return FamilyView(name, family.title, family.proof)


def _probe(one: Probe) -> ProbeView:
    every = [*one.checks, *one.streams]
    return ProbeView(
        surface=one.surface,
        at=one.at,
        streams=sum(stream.state == "ok" for stream in one.streams),
        total=len(one.streams),
        failed=[_answer(answer) for answer in every if answer.state == "failed"],
        doubts=[_answer(answer) for answer in every if answer.state == "warning"],
    )


def _answer(one: Answer) -> str:
    return f"{one.name or one.stream}: {one.said}"


def _draft(desk: Desk) -> DraftView | None:
    if desk.draft_text is None or desk.draft_family is None or desk.drafted_at is None:
        return None
    return DraftView(
        family=desk.draft_family,
        text=desk.draft_text,
        made_by=desk.drafted_by,
        made_at=desk.drafted_at,
        looked_at=desk.looked_at,
        look=msgspec.json.decode(desk.look, type=DraftLook) if desk.look else None,
        may_be_used=_hindrance(desk) is None,
    )


def _kept(one: Kept, desk: Desk) -> KeptMappingView:
    return KeptMappingView(
        id=one.id,
        family=one.family,
        text=one.text,
        reason=one.reason,
        made_by=one.made_by,
        used_at=one.used_at,
        used_by=one.used_by,
        is_used=one.id == desk.used_id,
    )
