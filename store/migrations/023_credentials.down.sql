ALTER TABLE webhooks DROP COLUMN signatures, DROP COLUMN "asymmetric", DROP COLUMN public_key, DROP COLUMN auth, DROP COLUMN tls,
  DROP COLUMN sealed_credentials;
