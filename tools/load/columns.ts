/** Whole ms since the epoch: the ledger stamps in ms, and float8 may be off by a hair. */
export const ms = (column: string) => `round(extract(epoch FROM ${column}) * 1000)::float8`;
