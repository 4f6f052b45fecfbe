ALTER TABLE audit_log DROP COLUMN actor_is_person;
DELETE FROM session_links WHERE person_id IS NOT NULL;
ALTER TABLE session_links DROP COLUMN person_id;
ALTER TABLE sessions DROP COLUMN sealed_id_token;
DELETE FROM api_keys WHERE person_id IS NOT NULL;
DROP INDEX api_keys_person;
ALTER TABLE api_keys DROP COLUMN person_id, DROP COLUMN role;
DROP TABLE people;
