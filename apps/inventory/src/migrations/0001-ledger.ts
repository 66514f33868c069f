import type { MigrationBuilder } from 'node-pg-migrate';

/**
 * Sales with their stock, and the outcome of every request. What becomes of a reservation later (paid, cancelled)
 * gets a table of its own: a decision never changes.
 */
export function up(pgm: MigrationBuilder): void {
  // A sale's row is rewritten with every batch: the free half of each page keeps those updates off the index (HOT).
  pgm.sql(`
    CREATE TABLE sale (
      sale_id        text COLLATE "C" PRIMARY KEY CHECK (sale_id ~ '^[a-z0-9-]{1,64}$'),
      title          text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
      total          integer NOT NULL CHECK (total > 0),
      per_user_limit integer NOT NULL CHECK (per_user_limit > 0),
      opens_at       timestamptz NOT NULL,
      closes_at      timestamptz NOT NULL,
      available      integer NOT NULL,
      reserved       integer NOT NULL,
      sold           integer NOT NULL,
      version        bigint NOT NULL,
      purging        boolean NOT NULL DEFAULT false,
      CONSTRAINT sale_stock_is_never_negative CHECK (available >= 0 AND reserved >= 0 AND sold >= 0),
      CONSTRAINT sale_stock_adds_up CHECK (available + reserved + sold = total),
      CONSTRAINT sale_closes_after_it_opens CHECK (closes_at > opens_at)
    ) WITH (fillfactor = 50)`);
  pgm.sql(`
    CREATE TYPE decision AS ENUM
      ('reserved', 'sold_out', 'limit_reached', 'not_started', 'ended', 'lapsed')`);
  // A read that finds a request lapsed may know neither its quantity (0 then) nor when it was accepted.
  pgm.sql(`
    CREATE TABLE outcome (
      request_id          uuid PRIMARY KEY,
      sale_id             text COLLATE "C" NOT NULL,
      user_id             text COLLATE "C" NOT NULL CHECK (char_length(user_id) BETWEEN 1 AND 128),
      quantity            integer NOT NULL,
      decision            decision NOT NULL,
      existing_request_id uuid,
      accepted_at         timestamptz,
      decide_by           timestamptz NOT NULL,
      decided_at          timestamptz NOT NULL,
      CONSTRAINT outcome_quantity
        CHECK (quantity BETWEEN 1 AND 1000 OR (quantity = 0 AND decision = 'lapsed')),
      CONSTRAINT outcome_accepted_at CHECK (accepted_at IS NOT NULL OR decision = 'lapsed')
    )`);
  // The decision comes before the time: what a user holds is then a range of its own, however many refused requests
  // the same user has filed; the newest of each decision stand at the end of their range.
  pgm.sql('CREATE INDEX outcome_of_user ON outcome (sale_id, user_id, decision, decided_at)');
  neverChanges(pgm);
  belongsToASale(pgm);
}

/** Updates of outcomes fail. A trigger per statement on updates costs an insert nothing. */
function neverChanges(pgm: MigrationBuilder): void {
  pgm.sql(`
    CREATE FUNCTION outcome_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'an outcome never changes' USING ERRCODE = 'restrict_violation', TABLE = 'outcome';
    END $$`);
  pgm.sql(`
    CREATE TRIGGER outcome_never_changes BEFORE UPDATE ON outcome
      FOR EACH STATEMENT EXECUTE FUNCTION outcome_never_changes()`);
}

/**
 * The check of a foreign key, once per statement instead of once per row: row by row it took 40% of the time of writing a
 * batch. As with a foreign key, each side locks the sale, so that they cannot run concurrently.
 */
function belongsToASale(pgm: MigrationBuilder): void {
  pgm.sql(`
    CREATE FUNCTION outcome_belongs_to_a_sale() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      wanted text[] := ARRAY(SELECT DISTINCT sale_id FROM added);
      found integer;
    BEGIN
      PERFORM 1 FROM sale WHERE sale_id = ANY(wanted) FOR KEY SHARE;
      GET DIAGNOSTICS found = ROW_COUNT;
      IF found < cardinality(wanted) THEN
        RAISE EXCEPTION 'an outcome without its sale' USING ERRCODE = 'foreign_key_violation', TABLE = 'outcome';
      END IF;
      RETURN NULL;
    END $$`);
  pgm.sql(`
    CREATE TRIGGER outcome_belongs_to_a_sale AFTER INSERT ON outcome REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION outcome_belongs_to_a_sale()`);
  pgm.sql(`
    CREATE FUNCTION sale_keeps_its_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM outcome WHERE sale_id = OLD.sale_id) THEN
        RAISE EXCEPTION 'the sale still has outcomes' USING ERRCODE = 'foreign_key_violation', TABLE = 'sale';
      END IF;
      RETURN OLD;
    END $$`);
  pgm.sql(`
    CREATE TRIGGER sale_keeps_its_outcomes BEFORE DELETE ON sale
      FOR EACH ROW EXECUTE FUNCTION sale_keeps_its_outcomes()`);
}

/** Going back would throw outcomes away. */
export const down = false;
