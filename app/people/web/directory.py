"""Pages of people: the list, one person, their places."""

from collections.abc import Awaitable
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.di import Provide
from litestar.params import Parameter
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.profile_web import CameBack
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.text import clean_text
from app.infra.http.words import Wording
from app.infra.pages.views import Pager
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError
from app.people.paging import read_place, write_place
from app.people.queries.directory import People, PersonFilter
from app.people.rules import ROLES_OF_KIND, roles_to_give
from app.people.schemas import PersonState, PlaceChange, PlaceForm
from app.people.services.directory import Directory
from app.people.web.forms import came_back, done
from app.people.web.labels import region_choices, region_names, role_choices, role_names, state_choices
from app.people.web.reach import read_reach

USERS: Final = "/users"
EDIT: Final = {"permission": "user:edit"}
# Waits for whoever writes, so that nothing is committed on what is taken away.
CHANGES_RIGHTS: Final = {**EDIT, "writes_rules": True}
ADMINISTER: Final = {"permission": "tenant:admin"}
Answer = PageResponse | Response[None]
_ROWS: Final = 30
_LONGEST_SEARCH: Final = 100
RoleCode = Annotated[str, Parameter(max_length=40)]


class PersonStep(Struct, frozen=True):
    """One press of a button about a person: who, about whom, and the page that answers."""

    user_id: UUID
    actor: Actor
    transaction: Transaction
    policy: Policy
    page: Page
    wording: Wording

    @property
    def directory(self) -> Directory:
        """The verbs."""
        return Directory(self.transaction, self.actor, self.policy)

    async def take(self, doing: Awaitable[object], what: str, *, undo: str = "") -> Answer:
        """Wait for what is done and say so; what cannot be done shows the person with every reason."""
        try:
            await doing
        except InvalidInputError as error:
            wrong = came_back({}, error, self.wording, self.page.locale)
            return await _person_page(self.user_id, self.actor, self.transaction, self.policy, self.page, wrong)
        return self.page.redirect(f"{USERS}/{self.user_id}", flash=done(self.page, what, undo=undo))


def make_step(
    user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page, wording: Wording
) -> PersonStep:
    """Put together what every button about a person needs."""
    return PersonStep(user_id, actor, transaction, policy, page, wording)


STEP: Final = {"step": Provide(make_step, sync_to_thread=False)}


class DirectoryPages(Controller):
    """Who works with the portal."""

    path = USERS
    opt = {"permission": "user:view"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def every(  # noqa: PLR0913, PLR0917 - dependencies and filters arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        view: PersonState = "open",
        role: RoleCode = "",
        organisation: UUID | None = None,
        q: str = "",
        cursor: CursorText = None,
    ) -> PageResponse:
        """List people by name; part of a name or an address, a role or a state narrows the list."""
        text = clean_text(q, field="q", max_length=_LONGEST_SEARCH)
        directory = Directory(transaction, actor, policy)
        wanted = PersonFilter(role=role, organisation_id=organisation, state=view, text=text)
        found = await directory.people(wanted, read_place(_ROWS, cursor))
        query = {"view": view, "role": role, "organisation": str(organisation or ""), "q": text}
        kinds = ROLES_OF_KIND if actor.is_staff else {kind: r for kind, r in ROLES_OF_KIND.items() if actor.role in r}
        return page.render(
            "people/list.html",
            people=found.rows,
            pager=_pager(found, query, is_first=cursor is None),
            values=query,
            role_choices=role_choices(page.locale, [one for roles in kinds.values() for one in roles]),
            state_choices=state_choices(page.locale),
            roles=role_names(page.locale),
            regions=await region_names(transaction, page.locale),
            is_staff=actor.is_staff,
            is_narrowed=bool(role or organisation or text),
            may_edit=not (await directory.decision("edit")).is_empty,
            may_administer=await _administers(transaction, actor, policy),
        )

    @get("/{user_id:uuid}")
    async def one(
        self, user_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page, find: str = ""
    ) -> PageResponse:
        """Show one person with their places and, to whoever looks after them, where they are signed in.

        ``find`` offers clients with this in their name, to be assigned to one of the manufacturer's people.
        """
        text = clean_text(find, field="find", max_length=_LONGEST_SEARCH).strip()
        return await _person_page(user_id, actor, transaction, policy, page, find=text)

    @post("/places/{membership_id:uuid}", opt=CHANGES_RIGHTS, status_code=200)
    async def change_place(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        membership_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Change role, branch, regions and clients, shut the place or open it again."""
        directory = Directory(transaction, actor, policy)
        place = await directory.place(membership_id)
        form = await read_form(request, PlaceForm)
        try:
            wish = form.result()
            reach = (wish.regions, wish.clients) if place.organisation_id is None else (None, None)
            change = PlaceChange(wish.role, wish.branch, wish.is_open, *reach)
            await directory.change_place(membership_id, wish.version, change)
        except (InvalidInputError, ChangedMeanwhileError) as error:
            wrong = came_back(form.raw, error, wording, page.locale)
            return await _person_page(place.user_id, actor, transaction, policy, page, wrong)
        return page.redirect(f"{USERS}/{place.user_id}", flash=done(page, "place"))

    @post("/{user_id:uuid}/sessions/end", opt=EDIT, status_code=200, dependencies=STEP)
    async def end_sessions(self, step: PersonStep) -> Answer:
        """End a person's sessions."""
        return await step.take(step.directory.end_sessions(step.user_id), "sessions")

    @post("/{user_id:uuid}/sessions/{device_id:uuid}/end", opt=EDIT, status_code=200, dependencies=STEP)
    async def end_session(self, device_id: UUID, step: PersonStep) -> Answer:
        """End one session of a person."""
        return await step.take(step.directory.end_session(step.user_id, device_id), "session")

    @post("/{user_id:uuid}/disable", opt=ADMINISTER, status_code=200, dependencies=STEP)
    async def disable(self, step: PersonStep) -> Answer:
        """Shut an account everywhere."""
        undo = f"{USERS}/{step.user_id}/enable"
        return await step.take(step.directory.set_disabled(step.user_id, is_disabled=True), "disabled", undo=undo)

    @post("/{user_id:uuid}/enable", opt=ADMINISTER, status_code=200, dependencies=STEP)
    async def enable(self, step: PersonStep) -> Answer:
        """Open an account again."""
        return await step.take(step.directory.set_disabled(step.user_id, is_disabled=False), "enabled")

    @post("/{user_id:uuid}/second-factor/off", opt=ADMINISTER, status_code=200, dependencies=STEP)
    async def drop_factor(self, step: PersonStep) -> Answer:
        """Take a lost second factor away."""
        return await step.take(step.directory.drop_factor(step.user_id), "factor_off")


async def _person_page(
    user_id: UUID,
    actor: Actor,
    transaction: Transaction,
    policy: Policy,
    page: Page,
    wrong: CameBack | None = None,
    *,
    find: str = "",
) -> PageResponse:
    wrong = wrong or CameBack()
    directory = Directory(transaction, actor, policy)
    person = await directory.person(user_id)
    edits = await directory.edits(person)
    givable = {place.id: roles_to_give(actor.role, place.kind) for place in person.places}
    regions = await region_names(transaction, page.locale)
    reach = await read_reach(directory, person, regions, find)
    return page.render(
        "people/person.html",
        status_code=wrong.status,
        headers=None,
        person=person,
        is_self=user_id == actor.user_id,
        edits={one.id for one in person.places if one.id in edits and one.role in givable[one.id]},
        role_choices={key: role_choices(page.locale, roles) for key, roles in givable.items()},
        roles=role_names(page.locale),
        regions=regions,
        region_choices=region_choices(regions),
        reach=reach,
        find=find,
        offers_clients=any(not client.is_on for one in reach for client in one.clients),
        sessions=await directory.sessions(user_id) if edits else [],
        sees_sessions=bool(edits),
        may_administer=await _administers(transaction, actor, policy),
        **wrong.context,
    )


async def _administers(transaction: Transaction, actor: Actor, policy: Policy) -> bool:
    return not (await policy.decision(transaction, actor, "tenant", "admin")).is_empty


def _pager(found: People, query: dict[str, str], *, is_first: bool) -> Pager:
    following = write_place(found.next)
    return Pager(
        shown=len(found.rows),
        total=found.total,
        first_href="" if is_first else _href(query),
        next_href="" if following is None else _href({**query, "cursor": following}),
    )


def _href(query: dict[str, str]) -> str:
    return f"{USERS}?{urlencode({name: value for name, value in query.items() if value})}"
