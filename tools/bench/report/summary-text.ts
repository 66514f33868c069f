/** Significant digits that are kept: a round differs from the next by more. */
const DIGITS = 4;

/** `parts`, a part, `data`, `cells`: an object at this depth is a cell, and has a line of its own. */
const DEEPEST = 5;

/** The summary as JSON for people and diffs: one line for each target and each cell, numbers rounded. */
export function summaryText(summary: unknown): string {
  return `${write(JSON.parse(JSON.stringify(summary, rounded)), 0)}\n`;
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
}

function write(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const isFlat = entries.every(([, inner]) => typeof inner !== 'object' || inner === null);
  if (isFlat || depth >= DEEPEST) return JSON.stringify(value);
  const indent = ' '.repeat(depth + 1);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const lines = entries.map(([name, inner]) => {
    const written = write(inner, depth + 1);
    return `${indent}${Array.isArray(value) ? '' : `${JSON.stringify(name)}: `}${written}`;
  });
  return `${open}\n${lines.join(',\n')}\n${' '.repeat(depth)}${close}`;
}
