-- Links that sign a browser in once; one that was opened is gone. key_id is null for the key that the configuration names.
CREATE TABLE session_links (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  key_id uuid REFERENCES api_keys (id) ON DELETE CASCADE,
  client_id text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX session_links_expiry ON session_links (expires_at);
-- A key that a link was opened into; it is nobody's, and goes when it has ended.
ALTER TABLE api_keys ADD COLUMN by_link boolean NOT NULL DEFAULT false;
