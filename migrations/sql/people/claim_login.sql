CREATE FUNCTION claim_login(wanted text, person uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH made AS (
        INSERT INTO logins (email_key, tenant_id, user_id) VALUES (wanted, app_tenant(), person)
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM made)
$$
