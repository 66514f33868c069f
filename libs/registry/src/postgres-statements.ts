/** The channel of change notifications. Listeners read the list again, so the payload is empty. */
export const CHANNEL = 'seckill_registry';

/** A row is deleted this long after it expired. Long enough for a stale write to have been executed before. */
const KEEP_EXPIRED = `interval '1 minute'`;

const STALE = `expires_at < clock_timestamp() - ${KEEP_EXPIRED}`;

const NOW = `(extract(epoch FROM clock_timestamp()) * 1000)::float8`;

export const TABLE_EXISTS = `SELECT to_regclass('registry.instances') IS NOT NULL AS "exists"`;

/**
 * One transaction, because it is sent as one simple query. The lock lets one process make the table while the others
 * wait: CREATE … IF NOT EXISTS alone fails when two run at once. The lock number is arbitrary, but must be unique.
 */
export const CREATE_TABLE = `
  SELECT pg_advisory_xact_lock(8317246655102417);
  CREATE SCHEMA IF NOT EXISTS registry;
  CREATE TABLE IF NOT EXISTS registry.instances (
    id text PRIMARY KEY,
    role text NOT NULL,
    address text NOT NULL,
    state text NOT NULL CHECK (state IN ('ready', 'draining', 'released')),
    started_at bigint NOT NULL,
    revision bigint NOT NULL,
    expires_at timestamptz NOT NULL
  ) WITH (fillfactor = 50);
`;

/**
 * $1 id, $2 role, $3 address, $4 state, $5 startedAt, $6 revision, $7 TTL in ms. A heartbeat without a change does not
 * notify: a notification takes a lock on the whole database at commit.
 */
export const PUT = `
  WITH unchanged AS (
    SELECT FROM registry.instances WHERE id = $1 AND state = $4 AND expires_at > clock_timestamp()
  ), written AS (
    INSERT INTO registry.instances AS stored (id, role, address, state, started_at, revision, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7::float8 * interval '1 millisecond')
    ON CONFLICT (id) DO UPDATE
      SET address = excluded.address, state = excluded.state, revision = excluded.revision,
          expires_at = excluded.expires_at
      WHERE stored.revision < excluded.revision
    RETURNING id
  ), notified AS (
    SELECT pg_notify('${CHANNEL}', '') FROM written WHERE NOT EXISTS (SELECT FROM unchanged)
  )
  SELECT ${NOW} AS "now",
         (SELECT count(*)::int FROM written) AS "written",
         (SELECT count(*)::int FROM notified) AS "notified",
         (SELECT count(*)::int FROM registry.instances WHERE ${STALE}) AS "stale"`;

/** Skips locked rows, so that two sweeps, or a sweep and a heartbeat, never deadlock. */
export const SWEEP = `
  DELETE FROM registry.instances
  WHERE id IN (SELECT id FROM registry.instances WHERE ${STALE} FOR UPDATE SKIP LOCKED)`;

/** $1 id */
export const FIND = `
  SELECT id, role, address, state, started_at::float8 AS "startedAt"
  FROM registry.instances
  WHERE id = $1 AND state <> 'released' AND expires_at > clock_timestamp()`;

/** Always one row, so that the store's time comes back even when there are no instances. */
export const READ = `
  SELECT ${NOW} AS "now",
         coalesce(
           json_agg(json_build_object(
             'id', id, 'role', role, 'address', address, 'state', state, 'startedAt', started_at
           )) FILTER (WHERE state <> 'released' AND expires_at > clock_timestamp()), '[]'
         ) AS "instances",
         coalesce(json_agg(id) FILTER (WHERE state = 'released'), '[]') AS "released"
  FROM registry.instances`;
