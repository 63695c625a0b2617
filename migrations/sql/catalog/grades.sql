-- Grades decide the facets of their products; standards those of everybody; the others only name values.

CREATE FUNCTION catalog_grades_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant int;
    places int[];
BEGIN
    IF catalog_is_bulk() THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        FOR tenant, places IN
            SELECT p.tenant_id, array_agg(p.pos) FROM old_rows o
            JOIN products p ON p.tenant_id = o.tenant_id AND p.grade_id = o.id GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_facets(tenant, places);
        END LOOP;
    ELSIF TG_OP = 'INSERT' THEN
        FOR tenant, places IN
            SELECT p.tenant_id, array_agg(p.pos) FROM new_rows n
            JOIN products p ON p.tenant_id = n.tenant_id AND p.grade_id = n.id GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_facets(tenant, places);
        END LOOP;
    ELSE
        FOR tenant, places IN
            SELECT p.tenant_id, array_agg(p.pos) FROM new_rows n JOIN old_rows o USING (tenant_id, id)
            JOIN products p ON p.tenant_id = n.tenant_id AND p.grade_id = n.id
            WHERE (n.plant_id, n.kind, n.line_id, n.viscosity, n.standards, n.deleted_at IS NULL)
                IS DISTINCT FROM (o.plant_id, o.kind, o.line_id, o.viscosity, o.standards, o.deleted_at IS NULL)
            GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_facets(tenant, places);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_names_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant int;
BEGIN
    IF catalog_is_bulk() THEN
        RETURN NULL;
    END IF;
    FOR tenant IN SELECT DISTINCT tenant_id FROM changed LOOP
        PERFORM catalog_lock(tenant);
        IF TG_TABLE_NAME = 'standards' THEN
            PERFORM catalog_rebuild_facets(tenant);
        ELSE
            PERFORM catalog_label_values(tenant);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
