-- What is true of the whole installation, in its only row: its id, and which key seals secrets now, so that processes
-- with different keys agree on it. The first process that starts says so; until then it is NULL.
CREATE TABLE installation (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- The fingerprint of a key, never the key.
  sealing_key text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX installation_only_one ON installation ((true));
INSERT INTO installation DEFAULT VALUES;
