-- What two contents have in common that say the same, the order of members ignored. Each event has its own, so that nobody
-- can tell from two digests that two people's data were the same. What jsonb cannot hold stands as it is spelled.
CREATE OR REPLACE FUNCTION content_digest(event_id uuid, content text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN sha256(uuid_send(event_id) || convert_to(CAST(CAST(replace(content, '\u0000', '\ufffd') AS jsonb) AS text), 'UTF8'));
EXCEPTION WHEN OTHERS THEN
  RETURN sha256(uuid_send(event_id) || convert_to(content, 'UTF8'));
END $$;
