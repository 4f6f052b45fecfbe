-- The ids stay: the release before reads them as any others.
DROP INDEX deliveries_unfinished;
