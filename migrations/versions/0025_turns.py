"""Turns: who writes and who takes rights away wait for each other (ACCESS, section 2.7).

A writing request holds both versions from its first statement to its end, so that no right it was decided under can
be taken away between its check and its commit. The version of rules is one row for a whole tenant: beside a row lock
everybody who writes passes a gate, an advisory lock whose queue is fair. By row locks alone newcomers share the row
past whoever waits to change it, and with a dozen people writing a revocation waited for ever (seen: over 60 s; with
the gate 0.1 s). The version of a client's facts is locked by its row alone: its people are few.

``begin_change`` runs with the owner's rights for the reason ``begin_request`` does.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

_GATE = "-1"  # the class of the gate's lock; classes of other locks are tenants, which are positive
_VERSION = """
    INSERT INTO access_versions (tenant_id) SELECT app_tenant() WHERE app_tenant() IS NOT NULL
    ON CONFLICT (tenant_id) DO UPDATE SET rules_v = access_versions.rules_v + 1;
"""


def upgrade() -> None:
    """Apply the step."""
    op.execute(f"""
        CREATE FUNCTION begin_change(tenant int, session_hash bytea, bearer boolean)
        RETURNS TABLE (
            user_id uuid, membership_id uuid, name text, email text, locale text, theme text,
            partner_id uuid, role text, branch text, regions uuid[], partners uuid[],
            class text, read_only boolean, seen_at timestamptz, rules_v bigint, facts_v bigint,
            permissions text[], needs_factor boolean, deputy_id uuid, on_behalf text, until date)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        #variable_conflict use_column
        DECLARE client uuid;
        BEGIN
            PERFORM set_config('app.tenant', tenant::text, true);
            SELECT m.partner_id INTO client FROM (
                SELECT s.membership_id FROM sessions s
                WHERE NOT bearer AND s.tenant_id = tenant AND s.id_hash = session_hash
                UNION ALL
                SELECT t.membership_id FROM api_tokens t
                WHERE bearer AND t.tenant_id = tenant AND t.token_hash = session_hash) held
            JOIN memberships m ON m.tenant_id = tenant AND m.id = held.membership_id;
            IF NOT FOUND THEN
                PERFORM set_config('app.tenant', '', true);
                RETURN;
            END IF;
            PERFORM pg_advisory_xact_lock_shared({_GATE}, tenant);
            PERFORM FROM access_versions v WHERE v.tenant_id = tenant FOR SHARE;
            PERFORM FROM facts_versions f WHERE f.tenant_id = tenant AND f.partner_id = client FOR SHARE;
            -- Only now, in a snapshot taken after the waiting: a right that ended meanwhile has ended.
            RETURN QUERY SELECT * FROM begin_request(tenant, session_hash, bearer);
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION begin_change(int, bytea, boolean) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION begin_change(int, bytea, boolean) TO karavan_client, karavan_staff")
    _changers()


def _changers() -> None:
    op.execute(f"""
        CREATE OR REPLACE FUNCTION bump_rules() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock({_GATE}, app_tenant());
            {_VERSION}
            RETURN NULL;
        END $$
    """)
    op.execute(f"""
        CREATE OR REPLACE FUNCTION bump_rules_of_regions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM after LEFT JOIN before USING (tenant_id, id)
                WHERE (before.parent_id, before.deleted_at IS NULL)
                    IS DISTINCT FROM (after.parent_id, after.deleted_at IS NULL)
            ) THEN
                PERFORM pg_advisory_xact_lock({_GATE}, app_tenant());
                {_VERSION}
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute(f"""
        CREATE OR REPLACE FUNCTION lock_rules() RETURNS int
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE last int;
        BEGIN
            -- Whoever takes rights away waits longer than whoever writes an order.
            PERFORM set_config('lock_timeout', '8s', true);
            PERFORM pg_advisory_xact_lock({_GATE}, app_tenant());
            INSERT INTO access_versions (tenant_id) SELECT app_tenant() WHERE app_tenant() IS NOT NULL
            ON CONFLICT DO NOTHING;
            SELECT published INTO last FROM access_versions WHERE tenant_id = app_tenant() FOR UPDATE;
            RETURN last;
        END $$
    """)
