CREATE FUNCTION person_sessions(person uuid)
RETURNS TABLE (id uuid, created_at timestamptz, seen_at timestamptz, expires_at timestamptz,
               agent text, address text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT encode(substring(s.id_hash FOR 16), 'hex')::uuid, s.created_at, s.seen_at, s.expires_at, s.agent,
           s.address
    FROM sessions s
    WHERE s.tenant_id = app_tenant() AND s.user_id = person AND s.expires_at > now()
      AND s.seen_at > now() - interval '30 minutes' AND (session_user = 'karavan_staff' OR EXISTS (
            SELECT FROM memberships m WHERE m.tenant_id = s.tenant_id AND m.id = s.membership_id
                AND m.partner_id = ANY (app_partners())))
    ORDER BY s.seen_at DESC
$$
