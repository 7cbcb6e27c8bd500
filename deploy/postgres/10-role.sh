#!/bin/sh
# Run once, when the database is made: the role as which the product connects. `manage.py database_role` gives it its rights.
set -eu
password=$(cat /run/secrets/database_password)
psql --set ON_ERROR_STOP=1 --set password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE ROLE tillgodo LOGIN PASSWORD :'password';
SQL
