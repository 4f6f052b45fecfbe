DROP INDEX deliveries_by_error;
