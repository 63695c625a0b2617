"""Second factors as JSON."""

from uuid import UUID

from litestar import Request, Response, get, post, put
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.edge import client_of, kind_of
from app.access.schemas import KeyQuestion
from app.access.tenants import Tenants
from app.access.visitors import visitor_of
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.kernel.errors import NotFoundError
from app.people.queries.factors import read_roles
from app.people.schemas import (
    FactorRolesOrder,
    FactorRolesView,
    FactorsView,
    OtpProof,
    PasskeyOrder,
    PasskeyView,
    PasswordProof,
    RecoveryCodesView,
    TotpStart,
)
from app.people.services.factors import FactorDesk, set_factor_roles
from app.people.web.factors import issuer_of


class FactorsApi(Controller):
    """One's own second factor."""

    path = "/api/v1/me/factors"
    tags = ("me",)
    opt = {"permission": "profile:edit", "personal": True, "by_session": True}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def show(self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk) -> FactorsView:
        """Tell what is on and whether the role demands it."""
        return await factor_desk.show(transaction, actor)

    @post("/totp", status_code=201)
    async def start(
        self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk, tenants: Tenants, data: PasswordProof
    ) -> TotpStart:
        """Make a secret for an app; it counts once a code of it was confirmed."""
        return await factor_desk.start(transaction, actor, data.password, await issuer_of(tenants, actor))

    @post("/totp/confirm", status_code=200)
    async def confirm(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        jar: SessionCookies,
        data: OtpProof,
    ) -> Response[RecoveryCodesView]:
        """Turn it on with the first code; other sessions end, this one gets a new cookie, codes are shown this once."""
        done = await factor_desk.confirm(transaction, actor, kind_of(request), data.otp, client_of(request))
        credential = visitor_of(request.scope).credential
        is_browser = credential is not None and not credential.is_bearer
        return Response(
            RecoveryCodesView(done.codes), cookies=[jar.write(done.session.credential)] if is_browser else []
        )

    @post("/recovery-codes", status_code=200)
    async def codes(
        self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk, data: PasswordProof
    ) -> RecoveryCodesView:
        """Make ten new one-time codes; the old ones no longer work."""
        return RecoveryCodesView(await factor_desk.new_codes(transaction, actor, data.password))

    @get("/passkeys")
    async def passkeys(
        self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk
    ) -> Collection[PasskeyView]:
        """List one's passkeys."""
        found = await factor_desk.passkeys(transaction, actor)
        return Collection(items=found, next=None, total=len(found))

    @get("/passkeys/{passkey_id:uuid}")
    async def passkey(
        self, passkey_id: UUID, actor: Actor, transaction: Transaction, factor_desk: FactorDesk
    ) -> PasskeyView:
        """Tell one passkey."""
        for one in await factor_desk.passkeys(transaction, actor):
            if one.id == passkey_id:
                return one
        raise NotFoundError

    @post("/passkeys/options", status_code=200)
    async def ask_passkey(
        self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk, tenants: Tenants
    ) -> KeyQuestion:
        """Ask the browser to make a passkey; what is asked lasts five minutes."""
        asked = await factor_desk.ask_passkey(transaction, actor, await issuer_of(tenants, actor))
        return KeyQuestion(asked.options, asked.ticket)

    @post("/passkeys", status_code=201)
    async def add_passkey(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        jar: SessionCookies,
        data: PasskeyOrder,
    ) -> Response[RecoveryCodesView]:
        """Keep a passkey; other sessions end, this one gets a new cookie, whoever has no one-time codes gets ten."""
        added = await factor_desk.add_passkey(transaction, actor, kind_of(request), data, client_of(request))
        credential = visitor_of(request.scope).credential
        is_browser = credential is not None and not credential.is_bearer
        return Response(
            RecoveryCodesView(added.codes), cookies=[jar.write(added.session.credential)] if is_browser else []
        )

    @post("/passkeys/{passkey_id:uuid}/remove", status_code=204)
    async def remove_passkey(
        self, passkey_id: UUID, actor: Actor, transaction: Transaction, factor_desk: FactorDesk, data: PasswordProof
    ) -> None:
        """Forget a passkey; it opens nothing from now on."""
        await factor_desk.remove_passkey(transaction, actor, passkey_id, data.password)

    @post("/off", status_code=204)
    async def turn_off(
        self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk, data: PasswordProof
    ) -> None:
        """Take the factor away."""
        await factor_desk.turn_off(transaction, actor, data.password)


class FactorRolesApi(Controller):
    """Of whom a second factor is demanded."""

    path = "/api/v1/factor-roles"
    tags = ("users",)
    opt = {"permission": "tenant:admin"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def show(self, transaction: Transaction) -> FactorRolesView:
        """Tell the roles."""
        return FactorRolesView(await read_roles(transaction))

    @put()
    async def change(self, actor: Actor, transaction: Transaction, data: FactorRolesOrder) -> FactorRolesView:
        """Demand it of exactly these roles, from the next request on."""
        return FactorRolesView(await set_factor_roles(transaction, actor, data.roles))
