"""access: an administrator sees the portal as somebody else does, read only and for half an hour.

``begin_seeing`` runs with the owner's rights, as ``begin_request`` does: it alone turns the administrator's session and
the secret of a look into the other person's context, and only while session, person and place of both still stand.
The connection is of the other person's class, so the second wall is theirs; the transaction it begins writes nothing.
"""

from typing import Final, cast
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

from migrations.walls import protect

revision = "0026"
down_revision = "0025"

_SPACE: Final = UUID("0b1f8a52-6c0e-4f0e-9a54-3f6f1f0e7c23")


def upgrade() -> None:
    """Apply the step."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE seeings (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            id_hash bytea NOT NULL,  -- of the secret that only the administrator's browser has
            session_hash bytea NOT NULL,  -- the administrator's own session: the look ends with it
            watcher_id uuid NOT NULL, watcher_membership_id uuid NOT NULL,
            user_id uuid NOT NULL, membership_id uuid NOT NULL,  -- as whom
            class text NOT NULL CHECK (class IN ('client', 'staff')),
            reason text NOT NULL CHECK (reason <> ''),
            began_at timestamptz NOT NULL DEFAULT now(),
            ends_at timestamptz NOT NULL DEFAULT now() + interval '30 minutes',
            ended_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, id_hash),
            CHECK (watcher_id <> user_id),
            CHECK (ends_at <= began_at + interval '30 minutes'),
            FOREIGN KEY (tenant_id, watcher_id) REFERENCES users (tenant_id, id),
            FOREIGN KEY (tenant_id, watcher_membership_id) REFERENCES memberships (tenant_id, id),
            FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
            FOREIGN KEY (tenant_id, membership_id) REFERENCES memberships (tenant_id, id)
        )
    """)
    protect("seeings", client="", staff="SELECT, INSERT, UPDATE (ended_at), DELETE")
    _begin_seeing()
    _older_installations()


def _begin_seeing() -> None:
    op.execute("""
        CREATE FUNCTION begin_seeing(tenant int, own_hash bytea, look_hash bytea)
        RETURNS TABLE (
            user_id uuid, membership_id uuid, name text, email text, locale text, theme text,
            partner_id uuid, role text, branch text, regions uuid[], partners uuid[],
            class text, read_only boolean, seen_at timestamptz, rules_v bigint, facts_v bigint,
            watcher_role text, watcher_branch text, watcher_regions uuid[], watcher_partners uuid[],
            ends_at timestamptz)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        #variable_conflict use_column
        BEGIN
            PERFORM set_config('app.tenant', tenant::text, true), set_config('transaction_read_only', 'on', true);
            SELECT u.id, m.id, u.name, u.email, u.locale, u.theme, m.partner_id, m.role, m.branch, m.regions,
                   m.partners, g.class, true, s.seen_at,
                   coalesce((SELECT v.rules_v FROM access_versions v WHERE v.tenant_id = tenant), 0),
                   coalesce((SELECT f.facts_v FROM facts_versions f
                             WHERE f.tenant_id = tenant AND f.partner_id = m.partner_id), 0),
                   p.role, p.branch, p.regions, p.partners, g.ends_at
            INTO user_id, membership_id, name, email, locale, theme, partner_id, role, branch, regions, partners,
                 class, read_only, seen_at, rules_v, facts_v, watcher_role, watcher_branch, watcher_regions,
                 watcher_partners, ends_at
            FROM seeings g
            JOIN sessions s ON s.tenant_id = tenant AND s.id_hash = g.session_hash AND s.class = 'staff'
                AND s.user_id = g.watcher_id AND s.membership_id = g.watcher_membership_id
                AND s.expires_at > now() AND s.seen_at > now() - interval '30 minutes'
            JOIN users w ON w.tenant_id = tenant AND w.id = s.user_id AND w.epoch = s.epoch AND w.disabled_at IS NULL
            JOIN memberships p ON p.tenant_id = tenant AND p.id = s.membership_id AND p.user_id = w.id
                AND p.partner_id IS NULL AND p.ended_at IS NULL
            JOIN users u ON u.tenant_id = tenant AND u.id = g.user_id AND u.disabled_at IS NULL
            JOIN memberships m ON m.tenant_id = tenant AND m.id = g.membership_id AND m.user_id = u.id
                AND m.ended_at IS NULL
            WHERE g.tenant_id = tenant AND g.id_hash = look_hash AND g.session_hash = own_hash
              AND g.ended_at IS NULL AND g.ends_at > now()
              -- The wall is the other person's: a look through a client's eyes needs a client's connection.
              AND session_user = 'karavan_' || g.class AND (g.class = 'staff') = (m.partner_id IS NULL);
            IF NOT FOUND THEN
                PERFORM set_config('app.tenant', '', true);
                RETURN;
            END IF;
            PERFORM set_config('app.user', user_id::text, true),
                    set_config('app.partners', coalesce(partner_id::text, ''), true);
            RETURN NEXT;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION begin_seeing(int, bytea, bytea) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION begin_seeing(int, bytea, bytea) TO karavan_client, karavan_staff")


def _older_installations() -> None:
    connection = op.get_bind()
    tenants = connection.execute(sa.text("SELECT id::text AS id FROM tenants ORDER BY id")).all()
    for tenant in (str(cast("tuple[object]", row)[0]) for row in tenants):
        connection.execute(sa.text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant})
        connection.execute(
            sa.text(
                "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, note)"
                " VALUES (:tenant, :id, 'r:admin', 'user', 'see_as', 'allow', 'with a reason, read only')"
            ),
            {"tenant": int(tenant), "id": uuid5(_SPACE, tenant)},
        )
    connection.execute(sa.text("SELECT set_config('app.tenant', '', true)"))
