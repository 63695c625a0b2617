"""The audit trail as JSON and as files."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.controller import Controller
from litestar.params import Parameter

from app.access.actors import Actor
from app.access.downloads import offer
from app.access.policy import Policy
from app.admin.queries.audit import Record
from app.admin.schemas.audit import Asked, Export, PersonView, RecordView, SealView, TrailView
from app.admin.services.audit import Trail
from app.admin.services.audit_export import export
from app.admin.web.audit import TYPES, file_answer
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText, Limit
from app.infra.http.request import EdgeRequest

_PAGE: Final = 50
_WORDS: Final = "Part of the object's name or of what changed, in the last 91 days unless `since` is given; or an id"
Words = Annotated[str, Parameter(max_length=100, description=_WORDS)]
Person = Annotated[
    str, Parameter(max_length=100, description="Who acted, or for whom: part of a name or address, or an id")
]
Code = Annotated[str, Parameter(max_length=64, description="Code as the rows have it")]
OfObject = Annotated[UUID | None, Parameter(description="Only what was done to this object")]
Day = Annotated[date | None, Parameter(description="Day of the tenant's calendar, included")]


class AuditApi(Controller):
    """Who did what, on whose behalf, before and after."""

    path = "/api/v1/audit"
    tags = ("audit",)
    opt = {"permission": "audit:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        q: Words = "",
        person: Person = "",
        action: Code = "",
        kind: Code = "",
        object: OfObject = None,  # noqa: A002 - the name in the address
        since: Day = None,
        until: Day = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> TrailView:
        """List what was done, newest first."""
        asked = Asked(q=q, person=person, action=action, kind=kind, object=object, since=since, until=until)
        found = await Trail(transaction, actor, policy).page(asked, cursor, limit)
        return TrailView([_view(one) for one in found.records], found.next, found.total, found.has_more)

    @post("/export", opt={"files": tuple(TYPES.values())}, status_code=200)
    async def take(
        self, request: EdgeRequest, data: Export, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Response[bytes]:
        """Give the same rows as a file; taking it is noted in the trail."""
        offer(request.scope, await export(Trail(transaction, actor, policy), data))
        return file_answer(data.format, actor.zone)


def _view(one: Record) -> RecordView:
    return RecordView(
        id=one.id,
        at=one.at,
        actor=None if one.actor_id is None else PersonView(one.actor_id, one.actor_name),
        on_behalf_of=None if one.on_behalf_id is None else PersonView(one.on_behalf_id, one.behalf_name),
        organisation=one.organisation,
        action=one.action,
        object_kind=one.object_kind,
        object_id=one.object_id,
        object_name=one.object_name,
        before=one.before,
        after=one.after,
        detail=one.detail,
        request_id=one.request_id,
        address=one.address,
        device=one.device,
        seal=None if one.block is None or one.sealed_at is None else SealView(one.block, one.sealed_at),
    )
