"""Tenants, the context of a transaction, and what every room leans on.

``app_tenant()`` and ``app_partners()`` read the transaction-local context; an unset one reads as NULL
and shows nothing. ``sort_key`` orders Kazakh and Russian names without ICU (CATALOGUE, section 5).
"""

from alembic import op

from migrations.walls import OWN_PARTNER, protect

revision = "0001"
down_revision = None

_KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_WEIGHTS = "".join(chr(0x180 + place) for place in range(len(_KAZAKH)))


def upgrade() -> None:
    """Apply the step."""
    op.execute("GRANT USAGE ON SCHEMA public TO karavan_client, karavan_staff")
    op.execute("""
        CREATE FUNCTION app_tenant() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT nullif(current_setting('app.tenant', true), '')::int $$
    """)
    op.execute("""
        CREATE FUNCTION app_partners() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT coalesce(string_to_array(nullif(current_setting('app.partners', true), ''), ',')::uuid[], '{}') $$
    """)
    op.execute(f"""
        CREATE FUNCTION sort_kk(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
        $$ SELECT translate(lower(name), '{_KAZAKH}', '{_WEIGHTS}') $$
    """)
    op.execute("""
        CREATE FUNCTION sort_ru(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
        $$ SELECT public.sort_kk(translate(lower(name), 'ё', 'е')) || chr(1) || public.sort_kk(name) $$
    """)
    # Tenants are public (the start page lists them); secrets of a tenant live elsewhere.
    op.execute("""
        CREATE TABLE tenants (
            id int PRIMARY KEY,
            code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]{1,30}$'),
            name text NOT NULL,
            tagline_ru text NOT NULL, tagline_kk text NOT NULL, tagline_en text NOT NULL,
            zone text NOT NULL,
            country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
            locales text[] NOT NULL DEFAULT '{ru,kk,en}',
            infobase text NOT NULL UNIQUE,
            order_prefix text NOT NULL,
            mixed_truck boolean NOT NULL DEFAULT false
        )
    """)
    op.execute("GRANT SELECT ON tenants TO karavan_client, karavan_staff")
    op.execute("""
        CREATE TABLE counters (
            tenant_id int NOT NULL REFERENCES tenants, name text NOT NULL, value bigint NOT NULL,
            PRIMARY KEY (tenant_id, name)
        )
    """)
    protect("counters", client="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE audit_records (
            tenant_id int NOT NULL REFERENCES tenants,
            id bigint GENERATED ALWAYS AS IDENTITY,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            at timestamptz NOT NULL DEFAULT now(),
            actor_id uuid, on_behalf_id uuid,
            action text NOT NULL, object_kind text NOT NULL, object_id uuid,
            detail jsonb NOT NULL DEFAULT '{}',
            request_id text NOT NULL DEFAULT '',
            PRIMARY KEY (tenant_id, id)
        )
    """)
    # Append only: nobody but a superuser edits or deletes what was written.
    protect("audit_records", client="INSERT", staff="SELECT, INSERT")
    op.execute("""
        CREATE TABLE idempotency_keys (
            tenant_id int NOT NULL REFERENCES tenants,
            user_id uuid NOT NULL,
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
            route text NOT NULL,
            body_sha bytea NOT NULL,
            status int, answer bytea,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, user_id, key)
        )
    """)
    protect("idempotency_keys", client="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE outbox (
            tenant_id int NOT NULL REFERENCES tenants,
            id uuid NOT NULL,
            lane text NOT NULL CHECK (lane IN ('erp', 'notify', 'mail')),
            aggregate text NOT NULL,  -- rows of one aggregate leave strictly in order of seq
            seq bigint GENERATED ALWAYS AS IDENTITY,
            kind text NOT NULL,
            body jsonb NOT NULL,
            stage text NOT NULL DEFAULT 'new' CHECK (stage IN ('new', 'sent', 'done', 'dead')),
            attempt int NOT NULL DEFAULT 0,
            not_before timestamptz NOT NULL DEFAULT now(),
            locked_by text, lock_epoch bigint NOT NULL DEFAULT 0, locked_until timestamptz,
            error_class text, error_text text,
            created_at timestamptz NOT NULL DEFAULT now(), done_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX outbox_open ON outbox (tenant_id, lane, not_before) WHERE stage IN ('new', 'sent')")
    op.execute("CREATE INDEX outbox_aggregate ON outbox (tenant_id, aggregate, seq) WHERE stage IN ('new', 'sent')")
    protect("outbox", client="INSERT")
    op.execute("""
        CREATE TABLE live_events (
            tenant_id int NOT NULL REFERENCES tenants,
            id bigint GENERATED ALWAYS AS IDENTITY,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            at timestamptz NOT NULL DEFAULT now(),
            partner_id uuid,  -- whose cabinet hears it; NULL: staff only
            user_id uuid,     -- NULL: everybody who may see the object
            kind text NOT NULL, object_kind text NOT NULL, object_id uuid NOT NULL,
            data jsonb NOT NULL DEFAULT '{}',
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX live_events_order ON live_events (tenant_id, xid, id)")
    protect("live_events", client="SELECT, INSERT", organisation=OWN_PARTNER)
