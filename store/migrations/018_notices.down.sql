DROP TABLE mails, failure_counts, notices;
ALTER TABLE webhooks DROP COLUMN contact;
