CREATE FUNCTION house_name(house tenants, locale text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(nullif(CASE locale WHEN 'kk' THEN house.name_kk WHEN 'en' THEN house.name_en END, ''),
                    house.name)
$$
