DELETE FROM api_keys WHERE by_link;
ALTER TABLE api_keys DROP COLUMN by_link;
DROP TABLE session_links;
