CREATE FUNCTION begin_request(tenant int, session_hash bytea, bearer boolean)
RETURNS TABLE (
    user_id uuid, membership_id uuid, name text, email text, locale text, theme text,
    partner_id uuid, role text, branch text, regions uuid[], partners uuid[],
    class text, read_only boolean, seen_at timestamptz, rules_v bigint, facts_v bigint,
    permissions text[], needs_factor boolean, deputy_id uuid, on_behalf text, until date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('app.tenant', tenant::text, true);
    WITH held AS (
        SELECT s.user_id, s.membership_id, s.epoch, s.class, false AS read_only, s.seen_at,
               NULL::text[] AS permissions, s.delegation_id FROM sessions s
        WHERE NOT bearer AND s.tenant_id = tenant AND s.id_hash = session_hash
          AND s.expires_at > now() AND s.seen_at > now() - interval '30 minutes'
        UNION ALL
        SELECT t.user_id, t.membership_id, t.epoch, t.class, t.read_only, now(), t.permissions, NULL
        FROM api_tokens t
        WHERE bearer AND t.tenant_id = tenant AND t.token_hash = session_hash
          AND t.expires_at > now() AND t.revoked_at IS NULL)
    SELECT m.user_id, m.id, u.name, u.email, u.locale, u.theme, m.partner_id, m.role,
           m.branch, m.regions, m.partners,
           h.class, h.read_only, h.seen_at,
           coalesce((SELECT v.rules_v FROM access_versions v WHERE v.tenant_id = tenant), 0),
           coalesce((SELECT f.facts_v FROM facts_versions f
                     WHERE f.tenant_id = tenant AND f.partner_id = m.partner_id), 0),
           h.permissions,
           lacks_factor(tenant, u.id, m.role),
           CASE WHEN m.user_id <> u.id THEN u.id END,
           coalesce(absent.name, ''), d.ends_on
    INTO user_id, membership_id, name, email, locale, theme, partner_id, role, branch, regions, partners,
         class, read_only, seen_at, rules_v, facts_v, permissions, needs_factor, deputy_id, on_behalf, until
    FROM held h
    JOIN users u ON u.tenant_id = tenant AND u.id = h.user_id AND u.epoch = h.epoch AND u.disabled_at IS NULL
    JOIN memberships m ON m.tenant_id = tenant AND m.id = h.membership_id AND m.ended_at IS NULL
        AND CASE WHEN h.delegation_id IS NULL THEN m.user_id = u.id
                 ELSE stands_in(tenant, h.delegation_id, u.id, m.id) END
    LEFT JOIN delegations d ON d.tenant_id = tenant AND d.id = h.delegation_id
    LEFT JOIN users absent ON absent.tenant_id = tenant AND absent.id = d.user_id
    -- A client's connection can never become staff, whatever cookie it is shown.
    WHERE session_user = 'karavan_' || h.class;
    IF NOT FOUND THEN
        PERFORM set_config('app.tenant', '', true);
        RETURN;
    END IF;
    PERFORM set_config('app.user', user_id::text, true),
            set_config('app.partners', coalesce(partner_id::text, ''), true),
            set_config('app.deputy', coalesce(deputy_id::text, ''), true);
    RETURN NEXT;
END $$
