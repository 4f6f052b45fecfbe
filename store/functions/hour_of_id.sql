-- The hour since the epoch in which a UUIDv7 was made.
CREATE OR REPLACE FUNCTION hour_of_id(id uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CAST(CAST(CAST('x' || translate(left(CAST(id AS text), 13), '-', '') AS bit(48)) AS bigint) / 3600000 AS integer)
$$;
