#!/bin/sh
# Makes Temporal's two databases, or brings their tables up to date. May be run again at any time.
set -eu
for name in temporal visibility; do
  [ "$name" = temporal ] && db=temporal || db=temporal_visibility
  sql() { temporal-sql-tool --plugin "$DB" --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" --db "$db" "$@"; }
  sql create-database || echo "The database $db is there already"
  sql setup-schema --version 0.0 || echo "The schema of $db is there already"
  # The tool carries them in itself.
  sql update-schema --schema-name "postgresql/v12/$name"
done
