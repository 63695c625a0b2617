CREATE FUNCTION people()
RETURNS TABLE (id uuid, name text, email text, phone text, locale text, created_at timestamptz,
               disabled_at timestamptz, seen_at timestamptz, has_factor boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT u.id, u.name, u.email, u.phone, u.locale, u.created_at, u.disabled_at, l.at,
           EXISTS (SELECT FROM totp_factors f WHERE f.tenant_id = u.tenant_id AND f.user_id = u.id
                       AND f.confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM passkeys k WHERE k.tenant_id = u.tenant_id AND k.user_id = u.id)
    FROM users u LEFT JOIN last_seen l ON l.tenant_id = u.tenant_id AND l.user_id = u.id
    WHERE u.tenant_id = app_tenant() AND (session_user = 'karavan_staff' OR EXISTS (
            SELECT FROM memberships m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id
                AND m.partner_id = ANY (app_partners())))
$$
