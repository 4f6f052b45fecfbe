-- Lists by the code of the last error; what was delivered has none.
CREATE INDEX deliveries_by_error ON deliveries (error_code, id) WHERE error_code IS NOT NULL;
