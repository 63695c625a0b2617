-- A product came, changed or went.

CREATE FUNCTION catalog_products_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant int;
    ids uuid[];
    places int[];
    tokens text[];
BEGIN
    IF catalog_is_bulk() THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        FOR tenant, ids IN SELECT tenant_id, array_agg(id) FROM new_rows GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_products(tenant, ids);
            SELECT array_agg(w.token), array_agg(n.pos) INTO tokens, places
            FROM new_rows n,
                catalog_product_words(n.name_ru, n.name_kk, n.name_en, n.sku, n.old_skus) AS w (token)
            WHERE n.tenant_id = tenant;
            PERFORM catalog_set_tokens(tenant, tokens, places, true);
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        FOR tenant, places IN SELECT tenant_id, array_agg(pos) FROM old_rows GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_forget(tenant, places);
            SELECT array_agg(w.token), array_agg(o.pos) INTO tokens, places
            FROM old_rows o,
                catalog_product_words(o.name_ru, o.name_kk, o.name_en, o.sku, o.old_skus) AS w (token)
            WHERE o.tenant_id = tenant;
            PERFORM catalog_set_tokens(tenant, tokens, places, false);
        END LOOP;
    ELSE
        FOR tenant, places IN
            SELECT n.tenant_id, array_agg(n.pos) FROM new_rows n JOIN old_rows o USING (tenant_id, id)
            WHERE (n.grade_id, n.package, n.is_blocked, n.deleted_at IS NULL)
                IS DISTINCT FROM (o.grade_id, o.package, o.is_blocked, o.deleted_at IS NULL)
            GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_facets(tenant, places);
        END LOOP;
        FOR tenant IN
            SELECT DISTINCT n.tenant_id FROM new_rows n JOIN old_rows o USING (tenant_id, id)
            WHERE (n.name_ru, n.name_kk, n.name_en, n.sku, n.old_skus)
                IS DISTINCT FROM (o.name_ru, o.name_kk, o.name_en, o.sku, o.old_skus) LOOP
            PERFORM catalog_lock(tenant);
            SELECT array_agg(w.token), array_agg(o.pos) INTO tokens, places
            FROM old_rows o,
                catalog_product_words(o.name_ru, o.name_kk, o.name_en, o.sku, o.old_skus) AS w (token)
            WHERE o.tenant_id = tenant;
            PERFORM catalog_set_tokens(tenant, tokens, places, false);
            SELECT array_agg(w.token), array_agg(n.pos) INTO tokens, places
            FROM new_rows n,
                catalog_product_words(n.name_ru, n.name_kk, n.name_en, n.sku, n.old_skus) AS w (token)
            WHERE n.tenant_id = tenant;
            PERFORM catalog_set_tokens(tenant, tokens, places, true);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;
