-- The least UUIDv7 that can be made in an hour, which is counted from the epoch.
CREATE OR REPLACE FUNCTION first_id_of_hour(hour bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CAST(rpad(lpad(to_hex(hour * 3600000), 12, '0'), 32, '0') AS uuid)
$$;
