"""People, sessions and the rules of access (ACCESS, section 2.2; RELIABILITY F1-F4).

Two functions run with the owner's rights, each for a listed reason: ``find_login`` decides the tenant of
an e-mail address before anybody is signed in, and ``begin_request`` turns a session into the context of
a transaction, so that no role has to be able to read other people's sessions.
"""

from alembic import op

from migrations.walls import protect

revision = "0002"
down_revision = "0001"

_OWN = "user_id = (SELECT app_user())"


def upgrade() -> None:
    """Apply the step."""
    op.execute("""
        CREATE FUNCTION app_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT nullif(current_setting('app.user', true), '')::uuid $$
    """)
    op.execute("""
        CREATE TABLE users (
            tenant_id int NOT NULL REFERENCES tenants,
            id uuid NOT NULL,
            email text NOT NULL,
            name text NOT NULL,
            phone text NOT NULL DEFAULT '',
            password_hash text NOT NULL,
            locale text NOT NULL DEFAULT 'ru', theme text NOT NULL DEFAULT 'auto',
            epoch int NOT NULL DEFAULT 1,  -- raising it ends every session of the person
            disabled_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("users", client="SELECT, UPDATE", organisation="id = (SELECT app_user())")
    # The whole installation's addresses. No role of the portal may read it; find_login may.
    op.execute("""
        CREATE TABLE logins (
            email_key text PRIMARY KEY,  -- NFKC, case folded
            tenant_id int NOT NULL, user_id uuid NOT NULL,
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    op.execute("""
        CREATE TABLE memberships (
            tenant_id int NOT NULL, id uuid NOT NULL,
            user_id uuid NOT NULL,
            partner_id uuid,  -- NULL for the manufacturer's own people
            role text NOT NULL,
            branch text NOT NULL DEFAULT '',
            regions uuid[] NOT NULL DEFAULT '{}',   -- staff: regions served
            partners uuid[] NOT NULL DEFAULT '{}',  -- limited manager: clients assigned
            ended_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX memberships_user ON memberships (tenant_id, user_id)")
    op.execute("CREATE INDEX memberships_partner ON memberships (tenant_id, partner_id)")
    protect(
        "memberships",
        organisation="user_id = (SELECT app_user()) OR partner_id = ANY ((SELECT app_partners())::uuid[])",
    )
    op.execute("""
        CREATE TABLE sessions (
            tenant_id int NOT NULL, id_hash bytea NOT NULL,
            user_id uuid NOT NULL, membership_id uuid NOT NULL,
            epoch int NOT NULL,
            class text NOT NULL CHECK (class IN ('client', 'staff')),
            created_at timestamptz NOT NULL DEFAULT now(),
            seen_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,  -- 12 h after sign-in, whatever happens
            agent text NOT NULL DEFAULT '', address text NOT NULL DEFAULT '',
            PRIMARY KEY (tenant_id, id_hash),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
            FOREIGN KEY (tenant_id, membership_id) REFERENCES memberships (tenant_id, id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX sessions_hash ON sessions (id_hash, tenant_id)")
    protect("sessions", client="SELECT, INSERT, UPDATE, DELETE", organisation=_OWN)
    op.execute("""
        CREATE TABLE api_tokens (
            tenant_id int NOT NULL, id uuid NOT NULL, token_hash bytea NOT NULL,
            user_id uuid NOT NULL, membership_id uuid NOT NULL, epoch int NOT NULL,
            class text NOT NULL CHECK (class IN ('client', 'staff')),
            label text NOT NULL, read_only boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, token_hash),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
            FOREIGN KEY (tenant_id, membership_id) REFERENCES memberships (tenant_id, id)
        )
    """)
    protect("api_tokens", client="SELECT, INSERT, UPDATE", organisation=_OWN)
    op.execute("CREATE INDEX api_tokens_hash ON api_tokens (token_hash, tenant_id)")
    op.execute("CREATE TYPE rule_effect AS ENUM ('allow', 'deny')")
    op.execute("""
        CREATE TABLE access_rules (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            subject text NOT NULL CHECK (subject ~ '^(r:[a-z_]+|u:[0-9a-f-]{36}|o:[0-9a-f-]{36})$'),
            resource text NOT NULL CHECK (resource ~ '^[a-z_.]+$'),
            action text NOT NULL CHECK (action ~ '^([a-z_]+|[*])$'),
            reg text NOT NULL DEFAULT '*' CHECK (reg <> ''), org text NOT NULL DEFAULT '*' CHECK (org <> ''),
            ctr text NOT NULL DEFAULT '*' CHECK (ctr <> ''), agr text NOT NULL DEFAULT '*' CHECK (agr <> ''),
            lin text NOT NULL DEFAULT '*' CHECK (lin <> ''), prd text NOT NULL DEFAULT '*' CHECK (prd <> ''),
            val text NOT NULL DEFAULT '*' CHECK (val IN ('*', 'live')),
            aut text NOT NULL DEFAULT '*' CHECK (aut IN ('*', '@own', '@branch')),  -- whose drafts and orders (R19)
            effect rule_effect NOT NULL,
            note text NOT NULL DEFAULT '',
            created_by uuid, created_at timestamptz NOT NULL DEFAULT now(),
            valid_from timestamptz, valid_to timestamptz, superseded_by uuid,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("access_rules")
    op.execute("""
        CREATE TABLE access_role_links (
            tenant_id int NOT NULL REFERENCES tenants, child text NOT NULL, parent text NOT NULL,
            PRIMARY KEY (tenant_id, child, parent), CHECK (child <> parent)
        )
    """)
    protect("access_role_links")
    op.execute("""
        CREATE TABLE access_versions (
            tenant_id int PRIMARY KEY REFERENCES tenants, rules_v bigint NOT NULL DEFAULT 1
        )
    """)
    protect("access_versions", staff="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE facts_versions (
            tenant_id int NOT NULL REFERENCES tenants, partner_id uuid NOT NULL, facts_v bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (tenant_id, partner_id)
        )
    """)
    protect("facts_versions", staff="SELECT, INSERT, UPDATE")
    _bump_rules()
    _functions()


def _bump_rules() -> None:
    op.execute("""
        CREATE FUNCTION bump_rules() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO access_versions (tenant_id) SELECT app_tenant() WHERE app_tenant() IS NOT NULL
            ON CONFLICT (tenant_id) DO UPDATE SET rules_v = access_versions.rules_v + 1;
            RETURN NULL;
        END $$
    """)
    for table in ("access_rules", "access_role_links"):
        op.execute(f"""
            CREATE TRIGGER {table}_bump AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION bump_rules()
        """)


def _functions() -> None:
    op.execute("""
        CREATE FUNCTION find_login(wanted text)
        RETURNS TABLE (tenant_id int, user_id uuid, name text, password_hash text, epoch int, disabled boolean)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        #variable_conflict use_column
        DECLARE login logins;
        BEGIN
            SELECT * INTO login FROM logins WHERE logins.email_key = wanted;
            IF NOT FOUND THEN RETURN; END IF;
            PERFORM set_config('app.tenant', login.tenant_id::text, true);
            RETURN QUERY SELECT u.tenant_id, u.id, u.name, u.password_hash, u.epoch, u.disabled_at IS NOT NULL
            FROM users u WHERE u.tenant_id = login.tenant_id AND u.id = login.user_id;
        END $$
    """)
    op.execute("""
        CREATE FUNCTION begin_request(tenant int, session_hash bytea, bearer boolean)
        RETURNS TABLE (
            user_id uuid, membership_id uuid, name text, email text, locale text, theme text,
            partner_id uuid, role text, branch text, regions uuid[], partners uuid[],
            class text, read_only boolean, seen_at timestamptz, rules_v bigint, facts_v bigint)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        #variable_conflict use_column
        BEGIN
            PERFORM set_config('app.tenant', tenant::text, true);
            WITH held AS (
                SELECT s.user_id, s.membership_id, s.epoch, s.class, false AS read_only, s.seen_at FROM sessions s
                WHERE NOT bearer AND s.tenant_id = tenant AND s.id_hash = session_hash
                  AND s.expires_at > now() AND s.seen_at > now() - interval '30 minutes'
                UNION ALL
                SELECT t.user_id, t.membership_id, t.epoch, t.class, t.read_only, now() FROM api_tokens t
                WHERE bearer AND t.tenant_id = tenant AND t.token_hash = session_hash
                  AND t.expires_at > now() AND t.revoked_at IS NULL)
            SELECT u.id, m.id, u.name, u.email, u.locale, u.theme, m.partner_id, m.role,
                   m.branch, m.regions, m.partners,
                   h.class, h.read_only, h.seen_at,
                   coalesce((SELECT v.rules_v FROM access_versions v WHERE v.tenant_id = tenant), 0),
                   coalesce((SELECT f.facts_v FROM facts_versions f
                             WHERE f.tenant_id = tenant AND f.partner_id = m.partner_id), 0)
            INTO user_id, membership_id, name, email, locale, theme, partner_id, role, branch, regions, partners,
                 class, read_only, seen_at, rules_v, facts_v
            FROM held h
            JOIN users u ON u.tenant_id = tenant AND u.id = h.user_id AND u.epoch = h.epoch AND u.disabled_at IS NULL
            JOIN memberships m ON m.tenant_id = tenant AND m.id = h.membership_id
                AND m.user_id = u.id AND m.ended_at IS NULL
            -- A client's connection can never become staff, whatever cookie it is shown.
            WHERE session_user = 'karavan_' || h.class;
            IF NOT FOUND THEN
                PERFORM set_config('app.tenant', '', true);
                RETURN;
            END IF;
            PERFORM set_config('app.user', user_id::text, true),
                    set_config('app.partners', coalesce(partner_id::text, ''), true);
            RETURN NEXT;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION find_login(text), begin_request(int, bytea, boolean) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION find_login(text) TO karavan_client, karavan_staff")
    op.execute("GRANT EXECUTE ON FUNCTION begin_request(int, bytea, boolean) TO karavan_client, karavan_staff")
