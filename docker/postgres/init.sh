#!/bin/sh
# Run once by the Postgres image over an empty volume: two databases, and for each a role that can reach only its own.
set -eu
psql -v ON_ERROR_STOP=1 -v ledger="$LEDGER_PASSWORD" -v registry="$REGISTRY_PASSWORD" --username postgres <<'SQL'
CREATE ROLE ledger LOGIN PASSWORD :'ledger';
CREATE ROLE registry LOGIN PASSWORD :'registry';
CREATE DATABASE ledger OWNER ledger;
CREATE DATABASE registry OWNER registry;
REVOKE CONNECT ON DATABASE ledger FROM PUBLIC;
REVOKE CONNECT ON DATABASE registry FROM PUBLIC;
SQL
