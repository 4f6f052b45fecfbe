-- What a caller knows a webhook by, so that a file of them can be applied again: unique among those that a client has now.
ALTER TABLE webhooks ADD COLUMN external_id text;
CREATE UNIQUE INDEX webhooks_external_id ON webhooks (client_id, external_id)
  WHERE external_id IS NOT NULL AND deleted_at IS NULL;
