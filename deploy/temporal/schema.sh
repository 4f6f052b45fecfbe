#!/bin/sh
# Makes Temporal's two databases, or brings their tables up to date. May be run again at any time.
set -eu
for name in temporal visibility; do
  [ "$name" = temporal ] && db=temporal || db=temporal_visibility
  sql() { temporal-sql-tool --plugin "$DB" --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" --db "$db" "$@"; }
  unless_there() { said=$("$@" 2>&1) || { case $said in *"already exists"*) echo "$db: $2 was done before" ;; *) echo "$said" >&2; exit 1 ;; esac; }; }
  unless_there sql create-database
  unless_there sql setup-schema --version 0.0
  # The tool carries them in itself.
  sql update-schema --schema-name "postgresql/v12/$name"
done
