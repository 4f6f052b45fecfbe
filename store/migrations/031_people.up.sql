-- Who has signed in by an OpenID provider; what they may do is decided anew each time.
CREATE TABLE people (
  id uuid PRIMARY KEY,
  issuer text NOT NULL,
  subject text NOT NULL,
  name text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  last_seen_at timestamptz(3) NOT NULL,
  UNIQUE (issuer, subject)
);
-- A key that a person signed in with; it is shown to nobody, and goes when it has ended.
ALTER TABLE api_keys ADD COLUMN person_id uuid REFERENCES people (id), ADD COLUMN role text;
CREATE INDEX api_keys_person ON api_keys (person_id, id) WHERE person_id IS NOT NULL;
-- What the provider is told with when the person signs out, sealed.
ALTER TABLE sessions ADD COLUMN sealed_id_token bytea;
-- A link that a person made outlives the session that it was made in.
ALTER TABLE session_links ADD COLUMN person_id uuid REFERENCES people (id);
-- Whether actor_key_id is that of a person.
ALTER TABLE audit_log ADD COLUMN actor_is_person boolean NOT NULL DEFAULT false;
