"""The field of the attacks: two twin tenants, two companies in the first, somebody in every role, nothing may move."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import msgspec
from litestar.types import ASGIApp
from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Actor
from app.access.logins import login_key
from app.asgi import Portal
from app.documents.store import FileStore
from app.orders.schemas.inputs import Details
from tests.access.browsers import Browser, open_portal, read, settings_for
from tests.access.people import HASH
from tests.attacks.afar import (
    GAMMA,
    GAMMA_AGREEMENT,
    GAMMA_CONTRACT,
    GAMMA_DETAILS,
    GAMMA_HEAD,
    GAMMA_ONLY,
    GAMMA_YARD,
    NARROWED,
    SECOND_DETAILS,
    SECOND_ONLY,
    add_afar,
)
from tests.attacks.kinds import CONTRACT as OTHER_CONTRACT
from tests.attacks.kinds import FOREIGN, NOWHERE, OTHER, OWN
from tests.attacks.kinds import REGION as OTHER_REGION
from tests.attacks.mirror import make_twin, twin
from tests.orders.shop import (
    ADMIN,
    AGREEMENT,
    ALPHA,
    ALPHA_YARD,
    BETA,
    BETA_AGREEMENT,
    BETA_CONTRACT,
    BETA_LLP,
    BETA_ONLY,
    BETA_YARD,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    DRUM,
    ELSEWHERE,
    FAR_MANAGER,
    FORWARDER,
    HEAD,
    LIMITED,
    LINE_OF_GOODS,
    LOGISTICIAN,
    MANAGER,
    PAIL,
    REGION,
    SECOND,
    SECOND_AGREEMENT,
    SENIOR,
    SOON,
    STRANGER,
    TENANT,
    Shop,
    open_shop,
    person,
    serve,
    uid,
)
from tests.orders.steps import make_draft
from tests.support.databases import Database

NEWCOMERS: Final[Mapping[str, Actor]] = {
    "direct buyer": person(21, "direct_buyer_manager", ALPHA, branch="north"),
    "direct senior": person(22, "direct_buyer_senior", ALPHA, branch="north"),
    "direct head": person(23, "direct_buyer_head", ALPHA),
    "connect manager": person(24, "connect_manager", None),
    "narrowed": NARROWED,
}
PEOPLE: Final[Mapping[str, Actor]] = {
    "buyer": BUYER, "colleague": COLLEAGUE, "senior": SENIOR, "head": HEAD, "stranger": STRANGER,
    "manager": MANAGER, "limited": LIMITED, "logistician": LOGISTICIAN, "admin": ADMIN,
    "far manager": FAR_MANAGER, "forwarder": FORWARDER, **NEWCOMERS,
}  # fmt: skip
NOBODYS: Final = UUID("00000000-0000-4000-8000-0000000ab5e0")
# A lost serialisation is told as 409: whoever gets so far would have changed something.
_FREEZE: Final = """
    CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'nothing may move here' USING ERRCODE = '40001'; END $$;
    DO $do$
    DECLARE frozen record;
    BEGIN
        FOR frozen IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'idempotency_keys'
        LOOP
            EXECUTE format('CREATE TRIGGER a_frozen BEFORE INSERT OR UPDATE OR DELETE ON %I'
                ' FOR EACH ROW EXECUTE FUNCTION frozen()', frozen.relname);
        END LOOP;
    END $do$
"""
SCAN: Final = b"%PDF-1.4 the scan of a contract"
MESSAGE: Final = uid(0x3E5)  # to the ERP, given up
_SECRETS: Final = "UPDATE orders SET comment = 'secret of ' || partner_id"


class Field(Struct, frozen=True):
    """A running portal, open browsers, and the objects to be attacked: parameter of a route -> kind -> id."""

    portal: Portal
    app: ASGIApp
    database: Database
    browsers: Mapping[str, Browser]
    abroad: Browser  # of the other tenant's twin of the buyer
    things: Mapping[str, Mapping[str, UUID]]
    version: int


async def fill(database: Database) -> None:
    """Fill a fresh database with the shop, more people, a draft of each company; then its twin."""
    await open_shop(database)
    shop = serve(database)
    try:
        await add_afar(shop)
        for one in (*NEWCOMERS.values(), GAMMA_HEAD):
            await _hire(shop, one)
        theirs = Details(contract_id=BETA_CONTRACT, counterparty_id=BETA_LLP, address_id=BETA_YARD, ship_on=SOON)
        drafts = (
            (await make_draft(shop, {DRUM: "1"}), ALPHA, BUYER, HEAD),
            (await make_draft(shop, {DRUM: "1"}, STRANGER, theirs), BETA, STRANGER, STRANGER),
            (await make_draft(shop, {GAMMA_ONLY: "1"}, GAMMA_HEAD, GAMMA_DETAILS), GAMMA, GAMMA_HEAD, GAMMA_HEAD),
        )
        for number, (order, partner, actor, head) in enumerate(drafts):
            await _leave_lines(shop, number, order, partner)
            await _leave_traces(shop, number, order, actor, head)
        await _leave_exchange(shop)
        for number, contract in enumerate((CONTRACT, BETA_CONTRACT, GAMMA_CONTRACT, SECOND)):
            await _leave_file(shop, number, contract)
        second = await make_draft(shop, {SECOND_ONLY: "1"}, BUYER, SECOND_DETAILS)
        await _leave_lines(shop, len(drafts), second, ALPHA)
        await shop.change(_SECRETS)
    finally:
        await shop.close()
    await make_twin(database.superuser_url)


async def _hire(shop: Shop, one: Actor) -> None:
    await shop.change(
        "INSERT INTO users (tenant_id, id, email, name, password_hash, locale) VALUES ($1, $2, $3, $4, $5, 'en')",
        *(TENANT, one.user_id, one.email, one.name, HASH),
    )
    await shop.change("INSERT INTO logins VALUES ($1, $2, $3)", login_key(one.email), TENANT, one.user_id)
    await shop.change(
        "INSERT INTO memberships (tenant_id, id, user_id, partner_id, role, branch) VALUES ($1, $2, $3, $4, $5, $6)",
        *(TENANT, one.membership_id, one.user_id, one.partner_id, one.role, one.branch),
    )


async def _leave_lines(shop: Shop, number: int, order: UUID, partner: UUID) -> None:
    await shop.change(
        "INSERT INTO order_bad_lines (tenant_id, id, order_id, partner_id, place, text, reason)"
        " VALUES (1, $1, $2, $3, 1, 'AL-NO 5', 'line_without_quantity')",
        *(uid(0xBA0 + number), order, partner),
    )
    await shop.change("UPDATE order_lines SET id = $1 WHERE order_id = $2", uid(0x11E0 + number), order)


async def _leave_traces(shop: Shop, number: int, order: UUID, actor: Actor, head: Actor) -> None:
    partner = actor.partner_id
    await shop.change(
        "INSERT INTO sales_plans (tenant_id, id, partner_id, line_id, month, planned_kg, src_version, src_label)"
        " VALUES (1, $1, $2, $3, date_trunc('month', now())::date, 1000, 1, 'a')",
        *(uid(0x9A0 + number), partner, LINE_OF_GOODS),
    )
    await shop.change(
        "INSERT INTO notifications (tenant_id, id, user_id, partner_id, kind, object_kind, object_id, params)"
        ' VALUES (1, $1, $2, $3, \'order.accepted\', \'order\', $4, \'{"number": "P-1", "erp_number": "1"}\')',
        *(uid(0xBE0 + number), actor.user_id, partner, order),
    )
    await shop.change(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, org, owner_id, created_by)"
        " VALUES (1, $1, 'o:' || $2::text, 'report', 'view', 'allow', '@own', $2::uuid, $3)",
        *(uid(0x4E0 + number), str(partner), head.user_id),
    )
    await shop.change(
        "INSERT INTO access_drafts (tenant_id, id, title, author_id, partner_id, base_n)"
        " VALUES (1, $1, 'Own people', $2, $3, 1)",
        *(uid(0xD4A0 + number), head.user_id, partner),
    )
    await shop.change(
        "INSERT INTO invitations (tenant_id, id, token_hash, email, email_key, partner_id, role, locale, invited_by,"
        " invited_from, expires_at)"
        " VALUES (1, $1, sha256($2), $3, $3, $4, 'distributor_manager', 'en', $5, $6, now() + interval '1 day')",
        *(uid(0x1A70 + number), f"invitation {number}".encode(), f"new{number}@example.test", partner),
        *(actor.user_id, actor.membership_id),
    )
    deputy = COLLEAGUE if number == 0 else HEAD
    await shop.change(
        "INSERT INTO delegations (tenant_id, id, user_id, membership_id, partner_id, deputy_id, starts_on, ends_on,"
        " created_by) VALUES (1, $1, $2, $3, $4, $5, current_date + 10, current_date + 11, $2)",
        *(uid(0xDE10 + number), actor.user_id, actor.membership_id, partner, deputy.user_id),
    )
    await shop.change(
        "INSERT INTO api_tokens (tenant_id, id, token_hash, user_id, membership_id, epoch, class, label, expires_at)"
        " VALUES (1, $1, sha256($2), $3, $4, 1, 'client', 'Mine', now() + interval '1 day')",
        *(uid(0x70C0 + number), str(actor.user_id).encode(), actor.user_id, actor.membership_id),
    )


async def _leave_file(shop: Shop, number: int, contract: UUID) -> None:
    await shop.change(
        "INSERT INTO attachments (tenant_id, id, owner_kind, owner_id, name, media_type, size, sha256, created_at,"
        " stored_at, src_version, src_label) VALUES (1, $1, 'contract', $2, 'Scan.pdf', 'application/pdf', $3, $4,"
        " now(), now(), 1, 'a')",
        *(uid(0xF11E0 + number), contract, len(SCAN), sha256(SCAN).hexdigest()),
    )


async def _leave_exchange(shop: Shop) -> None:
    """A message that was given up, a conflict, an alert and a stream of the manufacturer's exchange."""
    await shop.change(
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body, stage, error_class, error_text, done_at)"
        " VALUES (1, $1, 'erp', 'order:00000000-0000-4000-8000-00000000dead', 'order.put', '{}', 'dead', 'schema',"
        " 'no', now())",
        MESSAGE,
    )
    await shop.change(
        "INSERT INTO erp_conflicts (tenant_id, id, intent_id, kind, ref, name, ours, theirs, label)"
        " VALUES (1, $1, $2, 'order.put', $2, 'P-1', '{}', '{}', '')",
        *(uid(0xC0F), MESSAGE),
    )
    await shop.change(
        "INSERT INTO erp_reconciliations (tenant_id, id, depth, state, ended_at)"
        " VALUES (1, $1, 'labels', 'done', now())",
        uid(0xC03),
    )
    await shop.change(
        "INSERT INTO erp_mappings (tenant_id, id, family, text, reason, made_by, used_by)"
        " VALUES (1, $1, 'ut11', '', 'why', $2, $2)",
        *(uid(0x3A9), ADMIN.user_id),
    )
    await shop.change(
        "INSERT INTO erp_mapping_desks (tenant_id, draft_family, draft_text, draft_by, drafted_at)"
        " VALUES (1, 'bas', '', $1, now())",
        ADMIN.user_id,
    )
    await shop.change("INSERT INTO erp_alerts (tenant_id, id, kind) VALUES (1, $1, 'dead')", uid(0xA1E))
    await shop.change("INSERT INTO erp_streams (tenant_id, node, stream, state) VALUES (1, 'portal', 'prices', 'live')")


async def _give_passkeys(shop: Shop) -> None:
    """Give keys to people who are in already: whoever has one is asked for more than a password."""
    mine, theirs = uid(0x9A5C0), uid(0x9A5C1)
    for tenant, key, owner in (
        (TENANT, mine, BUYER.user_id),
        (TENANT, theirs, STRANGER.user_id),
        (2, twin(mine), twin(BUYER.user_id)),
    ):
        await shop.change(
            "INSERT INTO passkeys (tenant_id, id, user_id, credential_id, public_key, sign_count, label)"
            " VALUES ($1, $2, $3, sha256($4), '', 0, 'Phone')",
            *(tenant, key, owner, str(key).encode()),
        )


@asynccontextmanager
async def open_field(database: Database, redis_url: str, folder: Path) -> AsyncIterator[Field]:
    """Sign everybody in and freeze the database."""
    async with open_portal(settings_for(database, redis_url, folder)) as (portal, app):
        await portal.redis.flushdb()
        browsers = {name: await _enter(app, one) for name, one in PEOPLE.items()}
        abroad = await _enter(app, replace(BUYER, email=f"twin.{BUYER.email}"))
        for tenant in (TENANT, 2):
            FileStore(portal.settings.data_dir / "files").put(tenant, SCAN)
        shop = serve(database)
        try:
            orders = await shop.look("SELECT id, contract_id, version FROM orders WHERE tenant_id = 1")
            sessions = [await _session(one) for one in (browsers["buyer"], browsers["stranger"], abroad)]
            await _give_passkeys(shop)
            await shop.change(_FREEZE)
        finally:
            await shop.close()
        rows = [cast("Mapping[str, object]", row) for row in orders]
        drafts = {str(row["contract_id"]): UUID(str(row["id"])) for row in rows}
        things = _things([drafts[str(one)] for one in (CONTRACT, BETA_CONTRACT, GAMMA_CONTRACT, SECOND)])
        session_ids = dict(zip((OWN, OTHER, FOREIGN), sessions, strict=True))
        yield Field(
            portal,
            app,
            database,
            browsers,
            abroad,
            {**things, "session_id": {**session_ids, NOWHERE: NOBODYS}, "device_id": {**session_ids, NOWHERE: NOBODYS}},
            max(int(str(row["version"])) for row in rows),
        )


def _things(drafts: Sequence[UUID]) -> dict[str, Mapping[str, UUID]]:
    """Name the objects: the first company's, the other company's, one far away, one of the second contract."""
    objects: Mapping[str, Sequence[UUID]] = {
        "order_id": drafts,
        "line_id": [uid(0x11E0 + number) for number in range(4)],
        "bad_id": [uid(0xBA0 + number) for number in range(4)],
        "contract_id": (CONTRACT, BETA_CONTRACT, GAMMA_CONTRACT, SECOND),
        "agreement_id": (AGREEMENT, BETA_AGREEMENT, GAMMA_AGREEMENT, SECOND_AGREEMENT),
        "address_id": (ALPHA_YARD, BETA_YARD, GAMMA_YARD),
        "organisation_id": (ALPHA, BETA, GAMMA),
        "region_id": (REGION, ELSEWHERE),
        "product_id": (PAIL, BETA_ONLY, GAMMA_ONLY, SECOND_ONLY),
        "file_id": [uid(0xF11E0 + number) for number in range(4)],
        "plan_id": [uid(0x9A0 + number) for number in range(3)],
        "notification_id": [uid(0xBE0 + number) for number in range(3)],
        "token_id": [uid(0x70C0 + number) for number in range(3)],
        "rule_id": [uid(0x4E0 + number) for number in range(3)],
        "draft_id": [uid(0xD4A0 + number) for number in range(3)],
        "passkey_id": (uid(0x9A5C0), uid(0x9A5C1)),
        "user_id": (BUYER.user_id, STRANGER.user_id, GAMMA_HEAD.user_id),
        "membership_id": (BUYER.membership_id, STRANGER.membership_id, GAMMA_HEAD.membership_id),
        "invitation_id": [uid(0x1A70 + number) for number in range(3)],
        "delegation_id": [uid(0xDE10 + number) for number in range(3)],
        "message_id": (MESSAGE,),
        "conflict_id": (uid(0xC0F),),
        "alert_id": (uid(0xA1E),),
        "comparison_id": (uid(0xC03),),
        "mapping_id": (uid(0x3A9),),
    }
    kinds = (OWN, OTHER, OTHER_REGION, OTHER_CONTRACT)
    return {
        name: {**dict(zip(kinds, ids, strict=False)), FOREIGN: twin(ids[0]), NOWHERE: NOBODYS}
        for name, ids in objects.items()
    }


async def _enter(app: ASGIApp, actor: Actor) -> Browser:
    browser = Browser(app)
    answer = await browser.sign_in(actor.email)
    assert answer.status_code == 200, answer.text
    return browser


async def _session(browser: Browser) -> UUID:
    answer = await browser.get("/api/v1/me/sessions")
    items = msgspec.convert(read(answer)["items"], list[dict[str, object]])
    return UUID(str(items[0]["id"]))
