"""People and their places as JSON (CONTRACT, section 3)."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.controller import Controller
from litestar.params import HeaderParameter, Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection, CursorText, Limit
from app.infra.http.etags import etag, read_if_match
from app.infra.http.text import clean_text
from app.people.paging import read_place, write_place
from app.people.queries.directory import PersonFilter
from app.people.schemas import EndedView, PersonSessionView, PersonState, PersonView, PlaceChange, PlaceView
from app.people.services.directory import Directory

EDIT: Final = {"permission": "user:edit"}
# Waits for whoever writes, so that nothing is committed on what is taken away.
CHANGES_RIGHTS: Final = {**EDIT, "writes_rules": True}
ADMINISTER: Final = {"permission": "tenant:admin"}
_LONGEST: Final = 100
IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="ETag of the place this change was made from")
]


class UsersApi(Controller):
    """People, as far as the caller looks after them."""

    path = "/api/v1/users"
    tags = ("users",)
    opt = {"permission": "user:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(  # noqa: PLR0913, PLR0917 - dependencies and filters arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        view: Annotated[PersonState, Parameter(description="Who can work, who is shut out, or all")] = "all",
        role: Annotated[str, Parameter(max_length=40, description="Only with this role")] = "",
        organisation: Annotated[UUID | None, Parameter(description="Only of this organisation")] = None,
        q: Annotated[str, Parameter(description="Part of a name or an address")] = "",
        limit: Limit = 50,
        cursor: CursorText = None,
    ) -> Collection[PersonView]:
        """List the people the caller may see, by name: a head those of the own company, the administrator all."""
        text = clean_text(q, field="q", max_length=_LONGEST)
        wanted = PersonFilter(role=role, organisation_id=organisation, state=view, text=text)
        found = await Directory(transaction, actor, policy).people(wanted, read_place(limit, cursor))
        return Collection(items=found.rows, next=write_place(found.next), total=found.total)

    @get("/{user_id:uuid}")
    async def one(self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PersonView:
        """Tell one person."""
        return await Directory(transaction, actor, policy).person(user_id)

    @get("/{user_id:uuid}/sessions", opt=EDIT)
    async def sessions(
        self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Collection[PersonSessionView]:
        """List where a person is signed in."""
        items = await Directory(transaction, actor, policy).sessions(user_id)
        return Collection(items=items, next=None, total=len(items))

    @post("/{user_id:uuid}/sessions/end", opt=EDIT, status_code=200)
    async def end_sessions(self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> EndedView:
        """End a person's sessions."""
        return EndedView(await Directory(transaction, actor, policy).end_sessions(user_id))

    @delete("/{user_id:uuid}/sessions/{device_id:uuid}", opt=EDIT, status_code=204)
    async def end_session(
        self, user_id: UUID, device_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> None:
        """End one session of a person."""
        await Directory(transaction, actor, policy).end_session(user_id, device_id)

    @post("/{user_id:uuid}/disable", opt=ADMINISTER, status_code=200)
    async def disable(self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PersonView:
        """Shut an account everywhere; its sessions, tokens and sockets end."""
        return await Directory(transaction, actor, policy).set_disabled(user_id, is_disabled=True)

    @post("/{user_id:uuid}/enable", opt=ADMINISTER, status_code=200)
    async def enable(self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PersonView:
        """Open an account again."""
        return await Directory(transaction, actor, policy).set_disabled(user_id, is_disabled=False)

    @post("/{user_id:uuid}/second-factor/off", opt=ADMINISTER, status_code=200)
    async def drop_factor(self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PersonView:
        """Take a lost second factor away; the person's sessions end and they get a letter."""
        return await Directory(transaction, actor, policy).drop_factor(user_id)

    @get("/places/{membership_id:uuid}")
    async def place(
        self, membership_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Response[PlaceView]:
        """Tell one place of a person; its version is the entity tag."""
        found = await Directory(transaction, actor, policy).place(membership_id)
        return Response(found, headers={"ETag": etag(found.version)})

    @put("/places/{membership_id:uuid}", opt=CHANGES_RIGHTS)
    async def change_place(
        self,
        membership_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: PlaceChange,
        if_match: IfMatch = None,
    ) -> Response[PlaceView]:
        """Give another role, branch, regions or clients, shut the place or open it again; If-Match is required."""
        version = read_if_match(if_match)
        changed = await Directory(transaction, actor, policy).change_place(membership_id, version, data)
        return Response(changed, headers={"ETag": etag(changed.version)})
