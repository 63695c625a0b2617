"""One's own profile: language and theme, password, sessions and tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access import sessions
from app.access.actors import CABINET_OF_ROLE, Actor
from app.access.devices import read_device
from app.access.passwords import Hashing, find_password_problems
from app.access.permissions import PERMISSIONS
from app.access.policy import Policy
from app.access.schemas import (
    MembershipView,
    MeView,
    NewTokenView,
    PasswordChange,
    ProfileChange,
    SessionView,
    TenantView,
    TokenOrder,
    TokenView,
    UserView,
)
from app.access.services.proving import Proving
from app.access.sessions import Credential, NewSession, write_credential
from app.infra import audit
from app.infra.db.engine import Class
from app.infra.db.transaction import Row, Transaction
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id, new_token, token_hash

MAX_TOKENS: Final = 20
# The id of a session people see; 128 of the 256 bits of its hash, worth nothing as a credential.
_SESSION_ID: Final = "encode(substring(id_hash FOR 16), 'hex')::uuid"

_CHANGE: Final = """
    UPDATE users u SET locale = coalesce($3, u.locale), theme = coalesce($4, u.theme), name = coalesce($5, u.name),
        phone = coalesce($6, u.phone)
    FROM (SELECT name, phone FROM users WHERE tenant_id = $1 AND id = $2 FOR UPDATE) old
    WHERE u.tenant_id = $1 AND u.id = $2
    RETURNING old.name AS old_name, old.phone AS old_phone, u.name, u.phone
"""


class Client(Struct, frozen=True):
    """The program a person uses, as the list of sessions shows it."""

    agent: str
    address: str


class Profile:
    """The verbs of one's own profile; the context of the transaction is the person's."""

    def __init__(self, policy: Policy, hashing: Hashing, proving: Proving) -> None:
        """Know the policy, for the list of permissions, the hashing threads and who asks for the password again."""
        self._policy = policy
        self._hashing = hashing
        self._proving = proving

    async def me(self, transaction: Transaction, actor: Actor, tenant: TenantView, csrf_token: str) -> MeView:
        """Describe the person, the place they work in and what they may do there."""
        places = await read_places(transaction, actor, tenant.name)
        return MeView(
            user=UserView(
                id=actor.person_id,
                name=actor.name,
                email=actor.email,
                phone=await self.phone(transaction, actor),
                locale=actor.locale,
                theme=actor.theme,
            ),
            tenant=tenant,
            membership=next(one for one in places if one.is_active),
            memberships=places,
            permissions=await self.permissions(transaction, actor),
            csrf_token=csrf_token,
        )

    async def permissions(self, transaction: Transaction, actor: Actor) -> Sequence[str]:
        """List what the person may do at all, here and now."""
        return [
            f"{resource}:{action}"
            for resource, action in sorted(PERMISSIONS)
            if not (await self._policy.decision(transaction, actor, resource, action)).is_empty
        ]

    async def phone(self, transaction: Transaction, actor: Actor) -> str:
        """Read the person's phone number, empty if none is known."""
        found = await transaction.driver.fetchval(
            "SELECT phone FROM users WHERE tenant_id = $1 AND id = $2", actor.tenant_id, actor.person_id
        )
        return str(found or "")

    async def change(self, transaction: Transaction, actor: Actor, change: ProfileChange) -> None:
        """Write what was given; what was left out stays."""
        row = await transaction.driver.fetchrow(
            _CHANGE, actor.tenant_id, actor.person_id, change.locale, change.theme, change.name, change.phone
        )
        if row is None:
            return
        before = {"name": row["old_name"], "phone": row["old_phone"]}
        after = {"name": row["name"], "phone": row["phone"]}
        # Language and theme are a matter of taste, changed at will; the trail is for what others rely on.
        if before != after:
            name = str(row["name"])
            await audit.record(
                transaction,
                "profile.changed",
                "user",
                actor.user_id,
                actor_id=actor.user_id,
                object_name=name,
                before=before,
                after=after,
            )

    async def change_password(
        self, transaction: Transaction, actor: Actor, kind: Class, change: PasswordChange, client: Client
    ) -> NewSession:
        """Set a new password and end every session and token of the person; gives the one new session.

        Raises:
            RejectedError: the present password is wrong, or the new one is weak.
            TooManyRequestsError: too many wrong ones, or the hashing queue is full.
        """
        stored = await self._proving.prove(transaction, actor, change.current)
        problems = find_password_problems(change.new, email=actor.email, name=actor.name, field="new")
        if stored is None:
            problems.insert(0, Problem("wrong_password", "current"))
        elif change.new == change.current:
            problems.append(Problem("password_same", "new"))
        if problems:
            raise RejectedError(problems)
        new_hash = await self._hashing.hash(change.new)
        epoch = cast(
            "int",
            await transaction.driver.fetchval(
                "UPDATE users SET password_hash = $3, epoch = epoch + 1"
                " WHERE tenant_id = $1 AND id = $2 AND password_hash = $4 RETURNING epoch",
                actor.tenant_id,
                actor.user_id,
                new_hash,
                stored,
            ),
        )
        await self._end_all(transaction, actor)
        await audit.record(transaction, "password.changed", "user", actor.user_id, actor_id=actor.user_id)
        return await self._fresh(transaction, actor, kind, epoch, client)

    async def end_everywhere(self, transaction: Transaction, actor: Actor, kind: Class, client: Client) -> NewSession:
        """End every session and token of the person at once; gives one new session to go on with."""
        epoch = cast(
            "int",
            await transaction.driver.fetchval(
                "UPDATE users SET epoch = epoch + 1 WHERE tenant_id = $1 AND id = $2 RETURNING epoch",
                actor.tenant_id,
                actor.user_id,
            ),
        )
        await self._end_all(transaction, actor)
        await audit.record(transaction, "session.ended_all", "user", actor.user_id, actor_id=actor.user_id)
        return await self._fresh(transaction, actor, kind, epoch, client)

    async def sessions(
        self, transaction: Transaction, actor: Actor, credential: Credential | None
    ) -> Sequence[SessionView]:
        """List the person's open sessions, the newest use first."""
        rows = await transaction.driver.fetch(
            "SELECT /*within person $2*/"  # noqa: S608 - a constant
            f" {_SESSION_ID} AS id, id_hash, created_at, seen_at, expires_at, agent, address FROM sessions"
            " WHERE tenant_id = $1 AND user_id = $2 AND expires_at > now()"
            " AND seen_at > now() - interval '30 minutes' ORDER BY seen_at DESC",
            actor.tenant_id,
            actor.user_id,
        )
        mine = b"" if credential is None else credential.secret_hash
        return [
            SessionView(
                id=cast("UUID", row["id"]),
                created_at=cast("datetime", row["created_at"]),
                seen_at=cast("datetime", row["seen_at"]),
                expires_at=cast("datetime", row["expires_at"]),
                browser=device.browser,
                system=device.system,
                address=str(row["address"]),
                is_current=row["id_hash"] == mine,
            )
            for row in rows
            for device in (read_device(str(row["agent"])),)
        ]

    async def end_session(self, transaction: Transaction, actor: Actor, session_id: UUID) -> None:
        """End one of one's own sessions.

        Raises:
            NotFoundError: there is no such session of this person.
        """
        done = await transaction.driver.execute(
            f"DELETE /*within person $2*/ FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND {_SESSION_ID} = $3",
            actor.tenant_id,
            actor.user_id,
            session_id,
        )
        if done.endswith(" 0"):
            raise NotFoundError
        await audit.record(transaction, "session.ended", "user", actor.user_id, actor_id=actor.user_id)

    async def tokens(self, transaction: Transaction, actor: Actor) -> Sequence[TokenView]:
        """List the tokens that still work."""
        rows = await transaction.driver.fetch(
            "SELECT /*within person $2*/ id, label, read_only, permissions, created_at, expires_at FROM api_tokens"
            " WHERE tenant_id = $1 AND user_id = $2 AND membership_id = $3"
            " AND revoked_at IS NULL AND expires_at > now() ORDER BY created_at DESC, id DESC",
            actor.tenant_id,
            actor.user_id,
            actor.membership_id,
        )
        return [
            TokenView(
                id=cast("UUID", row["id"]),
                label=str(row["label"]),
                read_only=bool(row["read_only"]),
                permissions=cast("list[str] | None", row["permissions"]),
                created_at=cast("datetime", row["created_at"]),
                expires_at=cast("datetime", row["expires_at"]),
            )
            for row in rows
        ]

    async def make_token(self, transaction: Transaction, actor: Actor, kind: Class, order: TokenOrder) -> NewTokenView:
        """Make a token for the place the person works in now; its secret is given this once.

        Raises:
            RejectedError: there are too many already, or one of the permissions is not the person's.
        """
        wanted = None if order.permissions is None else sorted(set(order.permissions))
        if wanted is not None and not set(wanted) <= set(await self.permissions(transaction, actor)):
            raise RejectedError([Problem("permission_unknown", "permissions")])
        if len(await self.tokens(transaction, actor)) >= MAX_TOKENS:
            raise RejectedError([Problem("too_many_tokens", "", {"max": str(MAX_TOKENS)})])
        token_id, secret = new_id(), new_token()
        row = await transaction.driver.fetchrow(
            "INSERT /*within person $4*/ INTO api_tokens (tenant_id, id, token_hash, user_id, membership_id, epoch,"
            " class, label, read_only, permissions, expires_at) SELECT $1, $2, $3, $4, $5, u.epoch, $6, $7, $8, $10,"
            " now() + make_interval(days => $9)"
            " FROM users u WHERE u.tenant_id = $1 AND u.id = $4 RETURNING expires_at",
            actor.tenant_id,
            token_id,
            token_hash(secret),
            actor.user_id,
            actor.membership_id,
            kind,
            order.label,
            order.read_only,
            order.days,
            wanted,
        )
        after = {"label": order.label, "read_only": order.read_only, "days": order.days}
        await audit.record(
            transaction,
            "token.made",
            "token",
            token_id,
            actor_id=actor.user_id,
            object_name=order.label,
            after=after,
        )
        return NewTokenView(
            id=token_id,
            label=order.label,
            read_only=order.read_only,
            permissions=wanted,
            expires_at=cast("datetime", cast("Row", row)["expires_at"]),
            token=write_credential(actor.tenant_id, kind, secret),
        )

    async def revoke_token(self, transaction: Transaction, actor: Actor, token_id: UUID) -> None:
        """Revoke a token; it stops working with the commit.

        Raises:
            NotFoundError: there is no such token of this person.
        """
        label = await transaction.driver.fetchval(
            "UPDATE /*within person $2*/ api_tokens SET revoked_at = now()"
            " WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND revoked_at IS NULL RETURNING label",
            actor.tenant_id,
            actor.user_id,
            token_id,
        )
        if label is None:
            raise NotFoundError
        await audit.record(
            transaction,
            "token.revoked",
            "token",
            token_id,
            actor_id=actor.user_id,
            object_name=str(label),
            before={"label": label},
        )

    async def _end_all(self, transaction: Transaction, actor: Actor) -> None:
        # Sessions of the other class are out of a client's sight; the raised epoch ended them already.
        await transaction.driver.execute(
            "DELETE /*within person $2*/ FROM sessions WHERE tenant_id = $1 AND user_id = $2",
            actor.tenant_id,
            actor.user_id,
        )

    async def _fresh(
        self, transaction: Transaction, actor: Actor, kind: Class, epoch: int, client: Client
    ) -> NewSession:
        return await sessions.create(
            transaction,
            user_id=actor.user_id,
            membership_id=actor.membership_id,
            epoch=epoch,
            kind=kind,
            agent=client.agent,
            address=client.address,
        )


async def read_places(transaction: Transaction, actor: Actor, house: str) -> list[MembershipView]:
    """List the places the person may work in, the present one marked; ``house``: the manufacturer in their language."""
    rows = await transaction.driver.fetch("SELECT * FROM my_places()")
    return [
        MembershipView(
            id=cast("UUID", row["membership_id"]),
            role=str(row["role"]),
            cabinet=CABINET_OF_ROLE[str(row["role"])],
            organisation_id=cast("UUID | None", row["partner_id"]),
            organisation=str(row["organisation"]) if row["partner_id"] else house,
            on_behalf=str(row["on_behalf"]),
            is_active=row["membership_id"] == actor.membership_id,
        )
        for row in rows
    ]
