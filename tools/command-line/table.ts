/**
 * The lines of a table for the terminal.
 * @param left columns that are aligned to the left; the others, numbers, are aligned to the right
 */
export function table(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** A bar of `width` characters at most, in eighths of one; what is not nothing shows. */
export function bar(part: number, whole: number, width: number): string {
  const eighths = whole <= 0 ? 0 : Math.round((part / whole) * width * 8);
  const shown = part > 0 ? Math.max(1, eighths) : 0;
  return '█'.repeat(Math.floor(shown / 8)) + ' ▏▎▍▌▋▊▉'.charAt(shown % 8).trim();
}

/** A whole number, such as 12,345. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Milliseconds, with a digit more where there are few. */
export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : whole(ms);
}

/** A share, such as 12.3 %. */
export function percent(part: number, all: number): string {
  return `${(all === 0 ? 0 : (part / all) * 100).toFixed(1)} %`;
}
