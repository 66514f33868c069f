/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Median of the ratios of rounds that ran one after the other, and so on much the same machine. Rounds that one of
 * the two lacks are left out.
 */
export function medianRatio(
  ours: readonly (number | undefined)[],
  theirs: readonly (number | undefined)[],
): number {
  const ratios = ours.flatMap((value, round) => {
    const other = theirs[round];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
  return median(ratios);
}

/** Medians of numbers by name, each over those rounds that have it. */
export function medianByName(rounds: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = new Set(rounds.flatMap((round) => Object.keys(round)));
  return Object.fromEntries(
    Array.from(names, (name) => [
      name,
      median(rounds.flatMap((round) => (round[name] === undefined ? [] : [round[name]]))),
    ]),
  );
}
