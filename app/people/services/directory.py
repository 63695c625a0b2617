"""Looking after people: lists, one person, places, sessions. Every verb asks the policy about that very place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Actor
from app.access.devices import read_device
from app.access.policy import Decision, Policy, require
from app.infra import audit
from app.infra.db.transaction import Transaction
from app.infra.http.etags import require_version
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.people.letters import enqueue
from app.people.queries import directory as queries
from app.people.queries import factors
from app.people.queries.directory import People, PersonFilter, PersonPlace, facts_of
from app.people.rules import ADMIN, find_place_problems
from app.people.schemas import PersonSessionView, PersonView, PlaceChange, PlaceView
from app.rights.queries.history import lock_rules

_ONE: Final = PersonPlace(1)
_FOUND: Final = 20  # clients offered for a part of a name


class Organisation(Struct, frozen=True):
    """Where people may be led; ``id`` None is the manufacturer, whose kind is empty."""

    id: UUID | None
    name: str
    kind: str
    region_id: UUID | None = None


class Directory(Struct, frozen=True):
    """One person looking after others in one transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy

    async def people(self, wanted: PersonFilter, place: PersonPlace) -> People:
        """List the people the actor may see, by name."""
        return await queries.read_people(
            self.transaction, await self.decision("view"), wanted, place, self.actor.locale
        )

    async def person(self, user_id: UUID) -> PersonView:
        """Read one person.

        Raises:
            NotFoundError: nobody of this id has a place within the actor's rights.
        """
        found = await self.people(PersonFilter(id=user_id), _ONE)
        if not found.rows:
            raise NotFoundError
        return found.rows[0]

    async def place(self, place_id: UUID) -> PlaceView:
        """Read one place.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        found = await queries.read_place(self.transaction, await self.decision("view"), place_id, self.actor.locale)
        if found is None:
            raise NotFoundError
        return found

    async def sessions(self, user_id: UUID) -> Sequence[PersonSessionView]:
        """List where a person the actor looks after is signed in.

        Raises:
            NotFoundError: nobody of this id within the actor's rights.
            NotAllowedError: the actor only sees them.
        """
        await self._require_editable(user_id)
        return [
            PersonSessionView(
                id=cast("UUID", row["id"]),
                created_at=cast("datetime", row["created_at"]),
                seen_at=cast("datetime", row["seen_at"]),
                expires_at=cast("datetime", row["expires_at"]),
                device=", ".join(filter(None, (device.browser, device.system))),
                address=str(row["address"]),
            )
            for row in await queries.read_sessions(self.transaction, user_id)
            for device in (read_device(str(row["agent"])),)
        ]

    async def end_sessions(self, user_id: UUID) -> int:
        """End every session of a person, as far as they work where the actor looks after people.

        Raises:
            NotFoundError: nobody of this id within the actor's rights.
            NotAllowedError: the actor only sees them.
            RejectedError: it is the actor; one's own sessions end in the profile.
        """
        await self._require_editable(user_id)
        if user_id == self.actor.user_id:
            raise RejectedError([Problem("not_yourself")])
        ended = await queries.end_sessions(self.transaction, user_id)
        await self._note("user.sessions_ended", user_id, {"ended": ended})
        return ended

    async def end_session(self, user_id: UUID, session_id: UUID) -> None:
        """End one session of a person.

        Raises:
            NotFoundError: nobody of this id within the actor's rights, or no such session there.
            NotAllowedError: the actor only sees them.
            RejectedError: it is the actor; one's own sessions end in the profile.
        """
        await self._require_editable(user_id)
        if user_id == self.actor.user_id:
            raise RejectedError([Problem("not_yourself")])
        if not await queries.end_sessions(self.transaction, user_id, session_id):
            raise NotFoundError
        await self._note("user.session_ended", user_id, {})

    async def change_place(self, place_id: UUID, version: int, change: PlaceChange) -> PlaceView:
        """Give a person another role or branch, shut the place or open it again; sessions and rights follow at once.

        Raises:
            NotFoundError: no such place within the actor's rights.
            NotAllowedError: the actor only sees it.
            ChangedMeanwhileError: it is not the version the actor saw.
            RejectedError: a guard forbids it, with every reason.
        """
        place = await self.place(place_id)
        editable = await self.decision("edit")
        require(editable, facts_of(place))
        # Nobody is led out of the actor's sight either.
        require(editable, facts_of(replace(place, branch=change.branch)))
        # Whoever writes at this moment ends first, so that nothing is committed on what is taken here.
        await lock_rules(self.transaction)
        ends_admin = place.role == ADMIN and place.is_open and not (change.is_open and change.role == ADMIN)
        others = await queries.count_admins(self.transaction, without=place.user_id) if ends_admin else 1
        locked = await queries.read_place(self.transaction, editable, place_id, self.actor.locale, lock=True)
        if locked is None:
            raise NotFoundError
        require_version(version, locked.version)
        becomes = replace(
            locked,
            role=change.role,
            branch=change.branch,
            is_open=change.is_open,
            regions=locked.regions if change.regions is None else list(dict.fromkeys(change.regions)),
            clients=locked.clients if change.clients is None else list(dict.fromkeys(change.clients)),
        )
        self._refuse(locked, becomes, await self._reach_problems(locked, becomes), ends_last_admin=others == 0)
        await queries.change_place(self.transaction, becomes)
        if locked.organisation_id is None:
            await queries.change_reach(self.transaction, editable, becomes)
        await audit.record(
            self.transaction,
            "user.place_changed",
            "user",
            locked.user_id,
            actor_id=self.actor.user_id,
            object_name=locked.organisation,
            partner_id=locked.organisation_id,
            before=_told(locked),
            after=_told(becomes),
            detail={"membership": str(place_id)},
        )
        return await self.place(place_id)

    async def set_disabled(self, user_id: UUID, *, is_disabled: bool) -> PersonView:
        """Shut a whole account, or open it again; every session, token and socket of it ends with the commit.

        Raises:
            NotFoundError: nobody of this id.
            RejectedError: it is the actor, or the last administrator.
        """
        person = await self.person(user_id)
        if user_id == self.actor.user_id:
            raise RejectedError([Problem("not_yourself")])
        is_admin = any(place.role == ADMIN and place.is_open for place in person.places)
        if is_disabled and is_admin and not await queries.count_admins(self.transaction, without=user_id):
            raise RejectedError([Problem("last_admin")])
        if await queries.set_disabled(self.transaction, user_id, is_disabled=is_disabled):
            await self._note("user.disabled" if is_disabled else "user.enabled", user_id, {})
        return await self.person(user_id)

    async def drop_factor(self, user_id: UUID) -> PersonView:
        """Take the second factor of a person away who has lost it; their sessions end and they get a letter.

        Raises:
            NotFoundError: nobody of this id.
            RejectedError: it is the actor, who does that in the profile.
        """
        person = await self.person(user_id)
        if user_id == self.actor.user_id:
            raise RejectedError([Problem("not_yourself")])
        if person.has_second_factor:
            self.transaction.admit("person", user_id, to_write=True)  # an administrator's to take away
            await factors.drop(self.transaction, user_id)
            await queries.end_sessions(self.transaction, user_id)
            await self._note("factor.dropped", user_id, {})
            await enqueue(self.transaction, "people.change", user_id, "factor_off")
        return await self.person(user_id)

    async def organisations(self) -> Sequence[Organisation]:
        """List where the actor may lead people; the manufacturer first, for whoever may lead its people."""
        decision = await self.decision("edit")
        rows = await queries.read_organisations(self.transaction, decision)
        found = [
            Organisation(
                cast("UUID", row["id"]), str(row["name"]), str(row["kind"]), cast("UUID | None", row["region_id"])
            )
            for row in rows
        ]
        if self.actor.role == ADMIN:
            found.insert(0, Organisation(None, await queries.house_name(self.transaction, self.actor.locale), ""))
        return found

    async def clients(self, assigned: Sequence[UUID], text: str) -> Sequence[tuple[UUID, str]]:
        """Name the clients assigned to one of the manufacturer's people, then some whose name has ``text``."""
        rows = await queries.read_clients(self.transaction, await self.decision("edit"), assigned, text, _FOUND)
        return [(cast("UUID", row["id"]), str(row["name"])) for row in rows]

    async def decision(self, action: str) -> Decision:
        """Decide what the actor may do with people."""
        return await self.policy.decision(self.transaction, self.actor, "user", action)

    async def edits(self, person: PersonView) -> frozenset[UUID]:
        """Name the places of a person that the actor may change."""
        decision = await self.decision("edit")
        if person.id == self.actor.user_id:
            return frozenset()
        return frozenset(place.id for place in person.places if decision.check(facts_of(place)))

    async def _require_editable(self, user_id: UUID) -> None:
        person = await self.person(user_id)
        decision = await self.decision("edit")
        editable = [place for place in person.places if decision.check(facts_of(place))]
        require(decision, facts_of(editable[0] if editable else person.places[0]))

    async def _reach_problems(self, place: PlaceView, becomes: PlaceView) -> list[Problem]:
        """List what is wrong with new regions and clients; what was there before may stay though it is gone."""
        regions = set(becomes.regions) - set(place.regions)
        clients = set(becomes.clients) - set(place.clients)
        if place.organisation_id is not None:
            return [Problem("reach_of_clients", "regions" if regions else "clients")] if regions or clients else []
        problems: list[Problem] = []
        known = {cast("UUID", row["id"]) for row in await queries.read_regions(self.transaction)}
        if not regions <= known:
            problems.append(Problem("region_unknown", "regions"))
        rows = await queries.read_clients(self.transaction, await self.decision("edit"), list(clients), "", 0)
        if len(rows) < len(clients):
            problems.append(Problem("client_unknown", "clients"))
        return problems

    def _refuse(self, place: PlaceView, becomes: PlaceView, found: Sequence[Problem], *, ends_last_admin: bool) -> None:
        problems = find_place_problems(
            is_self=place.user_id == self.actor.person_id,
            giver=self.actor.role,
            kind=place.kind,
            role=place.role,
            new_role=becomes.role,
            ends_last_admin=ends_last_admin,
        )
        if problems or found:
            raise RejectedError([*problems, *found])

    async def _note(self, action: str, user_id: UUID, detail: dict[str, object]) -> None:
        await audit.record(self.transaction, action, "user", user_id, actor_id=self.actor.user_id, detail=detail)


def _told(place: PlaceView) -> dict[str, object]:
    """What the audit trail says of a place; of a client's people there are no regions and clients."""
    said: dict[str, object] = {"role": place.role, "branch": place.branch, "is_open": place.is_open}
    if place.organisation_id is None:
        said |= {"regions": sorted(map(str, place.regions)), "clients": sorted(map(str, place.clients))}
    return said
