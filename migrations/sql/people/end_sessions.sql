CREATE FUNCTION end_sessions(person uuid, which uuid) RETURNS bigint  -- one of them, or all where it is NULL
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH ended AS (
        DELETE FROM sessions s WHERE s.tenant_id = app_tenant() AND s.user_id = person
            AND (which IS NULL OR encode(substring(s.id_hash FOR 16), 'hex')::uuid = which)
            AND (session_user = 'karavan_staff' OR EXISTS (
            SELECT FROM memberships m WHERE m.tenant_id = s.tenant_id AND m.id = s.membership_id
                AND m.partner_id = ANY (app_partners())))
        RETURNING 1)
    SELECT count(*) FROM ended
$$
