"""People: invitations, forgotten passwords, second factors, absences and narrow tokens.

A head of a client looks after colleagues through a client's connection, which sees no other person's row.
Three functions show and end what concerns colleagues (``people``, ``person_sessions``, ``end_sessions``), and
``claim_login`` gives a new account its address; none of them tells or takes a password. ``begin_request`` and
``my_places`` learn that a colleague may stand in for somebody absent: the rights and the context are the absent
person's, ``app.deputy`` names who really acts, and the audit trail writes both whatever the rooms say.
"""

from pathlib import Path
from typing import cast
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

from migrations.walls import OWN_PARTNER, TENANT, protect

revision = "0024"
down_revision = "0023"

# Whoever stands in for another never touches what proves the other's identity.
_ALONE = "user_id = (SELECT app_user()) AND (SELECT app_deputy()) IS NULL"
_PERSON = "user_id = (SELECT app_person())"
_DEEDS = f"actor_id = (SELECT app_person()) AND (partner_id IS NULL OR {OWN_PARTNER})"
_SQL = Path(__file__).parents[1] / "sql" / "people"
_SPACE = UUID("0c0f5b0a-6a0e-4c58-9d6e-9a3f6f5f1d15")
# Installations that are older than the permission; a new tenant reads policies/rules.csv.
_RULES = (("r:buyer_head", "@own"), ("r:admin", "*"))


def upgrade() -> None:
    """Apply the step."""
    _who_acts()
    _invitations()
    _factors()
    _absences()
    _narrow_tokens()
    _functions()
    _begin_request()
    _rules()


def _who_acts() -> None:
    op.execute("""
        CREATE FUNCTION app_deputy() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT nullif(current_setting('app.deputy', true), '')::uuid $$
    """)
    op.execute("""
        CREATE FUNCTION app_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT coalesce(app_deputy(), app_user()) $$
    """)
    op.execute("""
        CREATE FUNCTION name_deputy() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.on_behalf_id := NEW.actor_id;
            NEW.actor_id := app_deputy();
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER audit_records_deputy BEFORE INSERT ON audit_records FOR EACH ROW
        WHEN (app_deputy() IS NOT NULL AND NEW.actor_id = app_user()) EXECUTE FUNCTION name_deputy()
    """)
    # The trigger has put the deputy's name there by the time this is asked.
    op.execute(f"""
        ALTER POLICY audit_records_client ON audit_records
        USING ({TENANT} AND {_DEEDS}) WITH CHECK ({TENANT} AND {_DEEDS})
    """)
    # One's own row is of the person at the keyboard too: language and theme are theirs.
    op.execute("DROP POLICY users_client ON users")
    op.execute(f"""
        CREATE POLICY users_client ON users TO karavan_client
        USING ({TENANT} AND (id = (SELECT app_user()) OR id = (SELECT app_person())))
        WITH CHECK ({TENANT} AND id = (SELECT app_person()))
    """)
    # The first answer to a call is of who called, also where two people work in one place.
    op.execute(f"""
        ALTER POLICY idempotency_keys_client ON idempotency_keys
        USING ({TENANT} AND {_PERSON}) WITH CHECK ({TENANT} AND {_PERSON})
    """)
    op.execute("""
        CREATE TABLE last_seen (
            tenant_id int NOT NULL, user_id uuid NOT NULL, at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, user_id),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    protect("last_seen", client="SELECT, INSERT, UPDATE", organisation=_PERSON)
    op.execute("""
        CREATE FUNCTION note_seen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO last_seen VALUES (NEW.tenant_id, NEW.user_id, NEW.seen_at)
            ON CONFLICT (tenant_id, user_id) DO UPDATE SET at = excluded.at WHERE last_seen.at < excluded.at;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER sessions_seen AFTER INSERT OR UPDATE OF seen_at ON sessions
        FOR EACH ROW EXECUTE FUNCTION note_seen()
    """)


def _invitations() -> None:
    op.execute("""
        CREATE TABLE invitations (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            token_hash bytea NOT NULL,
            email text NOT NULL, email_key text NOT NULL,
            partner_id uuid,  -- NULL for the manufacturer's own people
            role text NOT NULL, branch text NOT NULL DEFAULT '',
            regions uuid[] NOT NULL DEFAULT '{}', partners uuid[] NOT NULL DEFAULT '{}',
            locale text NOT NULL,
            invited_by uuid NOT NULL, invited_from uuid NOT NULL,  -- who, and in which place of theirs
            created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
            accepted_at timestamptz, accepted_by uuid, revoked_at timestamptz,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, token_hash),
            FOREIGN KEY (tenant_id, invited_by) REFERENCES users (tenant_id, id),
            FOREIGN KEY (tenant_id, invited_from) REFERENCES memberships (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX invitations_partner ON invitations (tenant_id, partner_id, created_at)")
    protect("invitations", client="SELECT, INSERT, UPDATE", organisation=OWN_PARTNER)
    # Asked for by nobody the portal knows yet: the client role has no business here.
    op.execute("""
        CREATE TABLE password_resets (
            tenant_id int NOT NULL, id uuid NOT NULL,
            user_id uuid NOT NULL, token_hash bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL, used_at timestamptz,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, token_hash),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    protect("password_resets", client="")
    op.execute("CREATE INDEX password_resets_user ON password_resets (tenant_id, user_id, created_at)")


def _factors() -> None:
    # The secret is made of the installation's key and this seed: the table alone opens nothing.
    op.execute("""
        CREATE TABLE totp_factors (
            tenant_id int NOT NULL, user_id uuid NOT NULL,
            seed bytea NOT NULL,
            last_step bigint NOT NULL DEFAULT 0,  -- the newest step a code was taken of: no code twice
            created_at timestamptz NOT NULL DEFAULT now(), confirmed_at timestamptz,
            PRIMARY KEY (tenant_id, user_id),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    protect("totp_factors", client="SELECT, INSERT, UPDATE, DELETE", organisation=_ALONE)
    op.execute("""
        CREATE TABLE recovery_codes (
            tenant_id int NOT NULL, user_id uuid NOT NULL, code_hash bytea NOT NULL, used_at timestamptz,
            PRIMARY KEY (tenant_id, user_id, code_hash),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    protect("recovery_codes", client="SELECT, INSERT, UPDATE, DELETE", organisation=_ALONE)
    op.execute("""
        CREATE TABLE passkeys (
            tenant_id int NOT NULL, id uuid NOT NULL, user_id uuid NOT NULL,
            credential_id bytea NOT NULL, public_key bytea NOT NULL, sign_count bigint NOT NULL,
            label text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(), used_at timestamptz,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, credential_id),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX passkeys_user ON passkeys (tenant_id, user_id)")
    protect("passkeys", client="SELECT, INSERT, UPDATE, DELETE", organisation=_ALONE)
    op.execute("""
        CREATE TABLE spent_challenges (
            tenant_id int NOT NULL REFERENCES tenants, hash bytea NOT NULL, at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, hash)
        )
    """)
    # Whoever adds a passkey takes what was asked, too; nobody reads back which ones were taken.
    protect("spent_challenges", client="INSERT")
    # Roles that may not work without a second factor.
    op.execute("""
        CREATE TABLE factor_roles (
            tenant_id int NOT NULL REFERENCES tenants, role text NOT NULL,
            PRIMARY KEY (tenant_id, role)
        )
    """)
    protect("factor_roles")
    # Asked anew by every request and by the hub.
    op.execute("""
        CREATE FUNCTION lacks_factor(tenant int, person uuid, wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
            SELECT EXISTS (SELECT FROM factor_roles r WHERE r.tenant_id = tenant AND r.role = wanted)
                AND NOT EXISTS (SELECT FROM totp_factors f WHERE f.tenant_id = tenant AND f.user_id = person
                                    AND f.confirmed_at IS NOT NULL)
                AND NOT EXISTS (SELECT FROM passkeys k WHERE k.tenant_id = tenant AND k.user_id = person)
        $$
    """)


def _absences() -> None:
    op.execute("""
        CREATE TABLE delegations (
            tenant_id int NOT NULL, id uuid NOT NULL,
            user_id uuid NOT NULL, membership_id uuid NOT NULL,  -- who is away, and from which place
            partner_id uuid,
            deputy_id uuid NOT NULL,
            starts_on date NOT NULL, ends_on date NOT NULL,  -- business dates of the tenant, both included
            reason text NOT NULL DEFAULT '',
            created_by uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            CHECK (deputy_id <> user_id), CHECK (starts_on <= ends_on),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
            FOREIGN KEY (tenant_id, membership_id) REFERENCES memberships (tenant_id, id),
            FOREIGN KEY (tenant_id, deputy_id) REFERENCES users (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX delegations_deputy ON delegations (tenant_id, deputy_id) WHERE ended_at IS NULL")
    op.execute("CREATE INDEX delegations_place ON delegations (tenant_id, membership_id, ends_on)")
    protect("delegations", client="SELECT, INSERT, UPDATE", organisation=OWN_PARTNER)
    op.execute("""
        ALTER TABLE sessions ADD COLUMN delegation_id uuid,
            ADD FOREIGN KEY (tenant_id, delegation_id) REFERENCES delegations (tenant_id, id)
    """)
    own = f"tenant_id = (SELECT app_tenant()) AND {_PERSON} AND class = 'client'"
    op.execute("DROP POLICY sessions_client ON sessions")
    op.execute(f"CREATE POLICY sessions_client ON sessions TO karavan_client USING ({own}) WITH CHECK ({own})")
    # Whether a session may go on standing in: asked anew by every request and by the hub.
    op.execute("""
        CREATE FUNCTION stands_in(tenant int, delegation uuid, person uuid, place uuid) RETURNS boolean
        LANGUAGE sql STABLE AS $$
            SELECT EXISTS (
                SELECT FROM delegations d
                JOIN tenants t ON t.id = d.tenant_id
                JOIN users u ON u.tenant_id = d.tenant_id AND u.id = d.user_id AND u.disabled_at IS NULL
                JOIN memberships m ON m.tenant_id = d.tenant_id AND m.id = d.membership_id AND m.user_id = d.user_id
                    AND m.partner_id IS NOT DISTINCT FROM d.partner_id AND m.ended_at IS NULL
                WHERE d.tenant_id = tenant AND d.id = delegation AND d.deputy_id = person AND d.membership_id = place
                  AND d.ended_at IS NULL AND (now() AT TIME ZONE t.zone)::date BETWEEN d.starts_on AND d.ends_on
                  AND EXISTS (
                      SELECT FROM memberships own WHERE own.tenant_id = d.tenant_id AND own.user_id = d.deputy_id
                          AND own.ended_at IS NULL AND own.partner_id IS NOT DISTINCT FROM d.partner_id))
        $$
    """)


def _narrow_tokens() -> None:
    # NULL: whatever the owner may. Otherwise only these, and never more than the owner may at that moment.
    op.execute("ALTER TABLE api_tokens ADD COLUMN permissions text[]")
    own = "tenant_id = (SELECT app_tenant()) AND class = 'client' AND " + _ALONE
    op.execute("DROP POLICY api_tokens_client ON api_tokens")
    op.execute(f"CREATE POLICY api_tokens_client ON api_tokens TO karavan_client USING ({own}) WITH CHECK ({own})")
    op.execute("ALTER TABLE memberships ADD COLUMN version int NOT NULL DEFAULT 1")
    # A head changes places of colleagues; nobody's connection changes their own place or hands one to another client.
    op.execute("GRANT UPDATE (role, branch, ended_at, version) ON memberships TO karavan_client")
    op.execute(f"""
        ALTER POLICY memberships_client ON memberships
        WITH CHECK (tenant_id = (SELECT app_tenant()) AND {OWN_PARTNER} AND user_id <> (SELECT app_user())
                    AND user_id <> (SELECT app_person()))
    """)


def _functions() -> None:
    for name in ("house_name", "people", "person_sessions", "end_sessions", "claim_login"):
        _run(name)
    op.execute(
        "REVOKE ALL ON FUNCTION people(), person_sessions(uuid), end_sessions(uuid, uuid), claim_login(text, uuid)"
        " FROM PUBLIC"
    )
    op.execute(
        "GRANT EXECUTE ON FUNCTION people(), person_sessions(uuid), end_sessions(uuid, uuid)"
        " TO karavan_client, karavan_staff"
    )
    op.execute("GRANT EXECUTE ON FUNCTION claim_login(text, uuid) TO karavan_staff")
    op.execute("DROP FUNCTION my_places()")
    _run("my_places")
    op.execute("REVOKE ALL ON FUNCTION my_places() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION my_places() TO karavan_client, karavan_staff")


def _begin_request() -> None:
    op.execute("DROP FUNCTION begin_request(int, bytea, boolean)")
    _run("begin_request")
    op.execute("REVOKE ALL ON FUNCTION begin_request(int, bytea, boolean) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION begin_request(int, bytea, boolean) TO karavan_client, karavan_staff")


def _run(name: str) -> None:
    op.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))


def _rules() -> None:
    connection = op.get_bind()
    tenants = connection.execute(sa.text("SELECT id::text AS id FROM tenants ORDER BY id")).all()
    for tenant in (str(cast("tuple[object]", row)[0]) for row in tenants):
        connection.execute(sa.text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant})
        for subject, organisation in _RULES:
            connection.execute(
                sa.text(
                    "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, org, note)"
                    " VALUES (:tenant, :id, :subject, 'user', 'edit', 'allow', :org, 'people of the company')"
                ),
                {
                    "tenant": int(tenant),
                    "id": uuid5(_SPACE, f"{tenant}/{subject}"),
                    "subject": subject,
                    "org": organisation,
                },
            )
    connection.execute(sa.text("SELECT set_config('app.tenant', '', true)"))
