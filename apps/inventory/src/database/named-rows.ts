import { numberArray, textArray } from './arrays.js';

/** How the values of a column are sent: `ms` is a time, in ms since the Unix epoch. */
type ColumnType = 'uuid' | 'text' | 'decision' | 'int' | 'ms';

/** A column: its type, and its value in a row; undefined is NULL. */
type Column<Row> = readonly [type: ColumnType, valueOf: (row: Row) => string | number | undefined];

/** Rows that a statement takes as parameters, one array for each column. */
export interface NamedRows<Row> {
  /** Number of parameters up to here, those before included. */
  readonly parameters: number;
  /** The names of the columns. */
  readonly columns: string;
  /** The rows, to stand after FROM. */
  readonly rows: string;
  /** The values of the parameters, in their order. */
  values(rows: readonly Row[]): string[];
}

/**
 * Describes rows by the names of their columns. Name, type and value of a column stand side by side, and the order of the
 * parameters follows from the list, so a value cannot land in another column.
 * @param before number of earlier parameters of the statement
 */
export function namedRows<Row>(columns: Readonly<Record<string, Column<Row>>>, before = 0): NamedRows<Row> {
  const names = Object.keys(columns);
  const all = Object.values(columns);
  const arrays = all.map(([type], i) => `$${before + i + 1}::${type === 'ms' ? 'float8' : type}[]`);
  const selected = names.map((name, i) =>
    all[i]![0] === 'ms' ? `to_timestamp(${name} / 1000) AS ${name}` : name,
  );
  return {
    parameters: before + names.length,
    columns: names.join(', '),
    rows: `(SELECT ${selected.join(', ')} FROM unnest(${arrays.join(', ')}) a(${names.join(', ')}))`,
    values: (rows) =>
      all.map(([type, valueOf]) => {
        const values = rows.map(valueOf);
        return type === 'int' || type === 'ms'
          ? numberArray(values as (number | undefined)[])
          : textArray(values as (string | undefined)[]);
      }),
  };
}
