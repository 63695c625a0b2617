"""Rights: drafts of rules, what was published when, and who may publish.

A rule that was published is never changed again: ``change_id`` names the publication that brought it and
``superseded_by`` the one that ended it, so the rules of any version can be read back exactly. The head of a
client writes rules for that client only (``owner_id``), for the organisation or for one membership in it.

Four functions run with the owner's rights: ``bump_rules``, because whoever may write a rule must move the version
that everybody's decisions are kept under; ``lock_rules`` and ``count_version``, because publications of all
sides are put in one order in a row that a client's role may not change by itself; ``seats``, because a head must
be able to name colleagues, of whom a client's role sees no row.
"""

from typing import Final, cast
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

from migrations.walls import OWN_PARTNER, TENANT, protect

revision = "0020"
down_revision = "0019"

_SPACE: Final = UUID("5d2d6f0e-93b8-4f7c-8c0b-7a4b2f1f6a35")
# What tenants that are older than the permissions get; a new one reads policies/rules.csv.
_RULES: Final = (
    ("r:buyer_head", "view", "@own"),
    ("r:buyer_head", "edit", "@own"),
    ("r:admin", "view", "*"),
    ("r:admin", "edit", "*"),
    ("r:admin", "approve", "*"),
)
_LINE: Final = """
    subject text NOT NULL, resource text NOT NULL, action text NOT NULL,
    reg text NOT NULL DEFAULT '*', org text NOT NULL DEFAULT '*', ctr text NOT NULL DEFAULT '*',
    agr text NOT NULL DEFAULT '*', lin text NOT NULL DEFAULT '*', prd text NOT NULL DEFAULT '*',
    val text NOT NULL DEFAULT '*', aut text NOT NULL DEFAULT '*', effect rule_effect NOT NULL,
    valid_from timestamptz, valid_to timestamptz
"""


def upgrade() -> None:
    """Apply the step."""
    _rules()
    _drafts()
    _changes()
    _order()
    _older_installations()


def _rules() -> None:
    op.execute("ALTER TABLE access_rules DROP CONSTRAINT access_rules_subject_check")
    op.execute("""
        ALTER TABLE access_rules
            ADD CONSTRAINT access_rules_subject_check CHECK (subject ~ '^(r:[a-z_]+|[uom]:[0-9a-f-]{36})$'),
            ADD COLUMN owner_id uuid,  -- the client whose head wrote it; NULL for the manufacturer
            ADD COLUMN change_id uuid  -- the publication that brought it; NULL for what the tenant began with
    """)
    op.execute("CREATE INDEX access_rules_standing ON access_rules (tenant_id) WHERE superseded_by IS NULL")
    op.execute(f"""
        ALTER POLICY access_rules_client ON access_rules USING ({TENANT}) WITH CHECK (
            {TENANT} AND owner_id = ANY ((SELECT app_partners())::uuid[]) AND (
                subject = 'o:' || owner_id::text
                OR EXISTS (SELECT FROM memberships m WHERE m.tenant_id = access_rules.tenant_id
                           AND m.partner_id = owner_id AND subject = 'm:' || m.id::text)))
    """)
    op.execute("GRANT INSERT, UPDATE (superseded_by) ON access_rules TO karavan_client")


def _drafts() -> None:
    op.execute("""
        CREATE TABLE access_drafts (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            title text NOT NULL,
            author_id uuid NOT NULL,
            partner_id uuid,  -- the client whose own rules it changes; NULL for the tenant's
            base_n int NOT NULL,  -- the version it was begun from
            state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'waiting', 'published', 'dropped')),
            version int NOT NULL DEFAULT 1,
            reason text NOT NULL DEFAULT '',
            activates_at timestamptz,  -- asked for at publishing; NULL is at once
            refusal text NOT NULL DEFAULT '',  -- why a second person sent it back
            published_n int,
            created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX access_drafts_open ON access_drafts (tenant_id, state, updated_at DESC, id DESC)")
    protect("access_drafts", client="SELECT, INSERT, UPDATE", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE access_draft_changes (
            tenant_id int NOT NULL, id uuid NOT NULL, draft_id uuid NOT NULL, partner_id uuid,
            author_id uuid NOT NULL,  -- of this line: a second approver wrote none of them
            op text NOT NULL CHECK (op IN ('add', 'end')),
            rule_id uuid,  -- the rule an 'end' is about; its line is copied beside
            {_LINE},
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CHECK ((op = 'end') = (rule_id IS NOT NULL)),
            UNIQUE (tenant_id, draft_id, rule_id),
            FOREIGN KEY (tenant_id, draft_id) REFERENCES access_drafts (tenant_id, id)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX access_draft_changes_line ON access_draft_changes (
            tenant_id, draft_id, subject, resource, action, effect,
            md5(reg || '/' || org || '/' || ctr || '/' || agr || '/' || lin || '/' || prd),
            val, aut, valid_from, valid_to
        ) NULLS NOT DISTINCT WHERE op = 'add'
    """)
    protect("access_draft_changes", client="SELECT, INSERT, DELETE", organisation=OWN_PARTNER)


def _changes() -> None:
    op.execute("""
        CREATE TABLE access_changes (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            n int NOT NULL,  -- the version as people count it; 1 is what the tenant began with
            rules_v bigint NOT NULL,  -- the version decisions were kept under right afterwards
            at timestamptz NOT NULL DEFAULT now(),
            author_id uuid NOT NULL, approver_id uuid,
            reason text NOT NULL, draft_id uuid NOT NULL, partner_id uuid,
            activates_at timestamptz,
            ended uuid[] NOT NULL, added uuid[] NOT NULL,
            impact jsonb NOT NULL DEFAULT '{}',
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, n)
        )
    """)
    protect("access_changes", client="SELECT, INSERT", staff="SELECT, INSERT", organisation=OWN_PARTNER)


def _order() -> None:
    op.execute("ALTER TABLE access_versions ADD COLUMN published int NOT NULL DEFAULT 1")
    op.execute("ALTER FUNCTION bump_rules() SECURITY DEFINER SET search_path = pg_catalog, public")
    op.execute("""
        CREATE FUNCTION lock_rules() RETURNS int
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE last int;
        BEGIN
            INSERT INTO access_versions (tenant_id) SELECT app_tenant() WHERE app_tenant() IS NOT NULL
            ON CONFLICT DO NOTHING;
            SELECT published INTO last FROM access_versions WHERE tenant_id = app_tenant() FOR UPDATE;
            RETURN last;
        END $$
    """)
    op.execute("""
        CREATE FUNCTION count_version() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        BEGIN
            UPDATE access_versions SET published = NEW.n WHERE tenant_id = NEW.tenant_id;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER access_changes_count AFTER INSERT ON access_changes
        FOR EACH ROW EXECUTE FUNCTION count_version()
    """)
    op.execute("""
        CREATE FUNCTION seats()
        RETURNS TABLE (id uuid, user_id uuid, name text, email text, role text, partner_id uuid, branch text,
                       regions uuid[], partners uuid[])
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            SELECT m.id, m.user_id, u.name, u.email, m.role, m.partner_id, m.branch, m.regions, m.partners
            FROM memberships m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
            WHERE m.tenant_id = app_tenant() AND m.ended_at IS NULL AND u.disabled_at IS NULL
              AND (session_user <> 'karavan_client' OR m.partner_id = ANY (app_partners()::uuid[]))
        $$
    """)
    op.execute("REVOKE ALL ON FUNCTION bump_rules(), lock_rules(), count_version(), seats() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION lock_rules(), seats() TO karavan_client, karavan_staff")


def _older_installations() -> None:
    connection = op.get_bind()
    tenants = connection.execute(sa.text("SELECT id::text AS id FROM tenants ORDER BY id")).all()
    for tenant in (str(cast("tuple[object]", row)[0]) for row in tenants):
        connection.execute(sa.text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant})
        for subject, action, organisation in _RULES:
            connection.execute(
                sa.text(
                    "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, org)"
                    " VALUES (:tenant, :id, :subject, 'access', :action, 'allow', :org)"
                ),
                {
                    "tenant": int(tenant),
                    "id": uuid5(_SPACE, f"{tenant}/{subject}/{action}"),
                    "subject": subject,
                    "action": action,
                    "org": organisation,
                },
            )
    connection.execute(sa.text("SELECT set_config('app.tenant', '', true)"))
