/** Maps values to places along an axis. */
export interface Scale {
  readonly ticks: readonly number[];
  /** From 0 at the beginning of the axis to 1 at its end. */
  at(value: number): number;
}

/**
 * A logarithmic axis that holds all values, from one tick to another.
 * @param values greater than 0
 */
export function logScale(values: readonly number[]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)) + 1; power++)
    for (const step of steps) all.push(Number((step * 10 ** power).toPrecision(6)));
  const first = all.findLastIndex((tick) => tick <= low * 1.0001);
  const last = all.findIndex((tick) => tick >= high * 0.9999);
  const ticks = all.slice(first, Math.max(last, first + 1) + 1);
  return between(ticks, Math.log);
}

/** A logarithmic axis with a tick at each of these values and nowhere else. */
export function logScaleOf(values: readonly number[]): Scale {
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  return between(ticks, Math.log);
}

/** A linear axis from 0 that holds all values. */
export function linearScale(values: readonly number[]): Scale {
  const high = Math.max(...values, Number.MIN_VALUE);
  const rough = high / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const count = Math.ceil(high / step - 1e-9);
  return between(
    Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6))),
    (x) => x,
  );
}

/** A short number for an axis: 0.5, 20, 1,500, 12k, 3M. */
export function tickWords(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 10_000) return `${Number((value / 1e3).toPrecision(3))}k`;
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function between(ticks: readonly number[], map: (value: number) => number): Scale {
  const [from, to] = [map(ticks[0]!), map(ticks.at(-1)!)];
  return { ticks, at: (value) => (to === from ? 0.5 : (map(value) - from) / (to - from)) };
}
