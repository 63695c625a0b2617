CREATE FUNCTION my_places()
RETURNS TABLE (membership_id uuid, role text, partner_id uuid, organisation text, on_behalf text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT m.id, m.role, m.partner_id, coalesce(p.name, t.name),
           CASE WHEN m.user_id = app_person() THEN '' ELSE u.name END
    FROM memberships m
    JOIN tenants t ON t.id = m.tenant_id
    JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
    LEFT JOIN partners p ON p.tenant_id = m.tenant_id AND p.id = m.partner_id
    WHERE m.tenant_id = app_tenant() AND m.ended_at IS NULL
      AND (m.user_id = app_person() OR EXISTS (
          SELECT FROM delegations d WHERE d.tenant_id = m.tenant_id AND d.membership_id = m.id
              AND d.deputy_id = app_person() AND stands_in(m.tenant_id, d.id, d.deputy_id, m.id)))
    ORDER BY m.user_id <> app_person(), m.id
$$
