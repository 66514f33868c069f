import { linearScale, logScale, logScaleOf, tickWords, type Scale } from './scale.js';

/** One line of a chart. Points without a finite value are left out. */
export interface Series {
  readonly name: string;
  /** Readable on light and on dark ground. */
  readonly color: string;
  readonly dashed?: boolean;
  /** What the reader is to look at first. */
  readonly strong?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One chart of a figure. */
export interface Panel {
  readonly title: string;
  readonly x: { readonly label: string };
  readonly y: { readonly label: string; readonly scale: 'log' | 'linear' };
  readonly series: readonly Series[];
}

/** Charts side by side under one title, with one legend. */
export interface Figure {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 960;
const HEIGHT = 460;
const MARGIN = { left: 72, right: 24, top: 136, bottom: 60 };
const GAP = 84;
const LETTER = 6.6;

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #57606a }
  .ground { fill: #ffffff; stroke: #d0d7de }
  .title { font-size: 17px; font-weight: 600; fill: #1f2328 }
  .panel { font-size: 13px; font-weight: 600; fill: #1f2328 }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  .dot { stroke: #ffffff; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9da7b3 }
    .ground { fill: #0d1117; stroke: #30363d }
    .title, .panel { fill: #e6edf3 }
    .grid { stroke: #2a313a }
    .dot { stroke: #0d1117 }
  }`;

/** Draws a figure as an SVG document that is readable on light and dark pages. */
export function drawFigure({ title, subtitle, panels }: Figure): string {
  const width = (WIDTH - MARGIN.left - MARGIN.right - GAP * (panels.length - 1)) / panels.length;
  // One scale for all: charts side by side are compared.
  const heights = panels.flatMap((panel) =>
    drawable(panel).flatMap(({ points }) => points.map(([, y]) => y)),
  );
  const drawn = panels.map((panel, index) =>
    drawPanel(panel, heights, MARGIN.left + index * (width + GAP), width),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>`,
    text(24, 32, title, 'title'),
    text(24, 52, subtitle),
    legend(panels),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function legend(panels: readonly Panel[]): string {
  const series = new Map(panels.flatMap((panel) => panel.series.map((one) => [one.name, one] as const)));
  let [x, y] = [24, 74];
  const parts: string[] = [];
  for (const one of series.values()) {
    const width = 28 + one.name.length * LETTER + 14;
    if (x + width > WIDTH) [x, y] = [24, y + 20];
    parts.push(
      `<line x1="${x}" x2="${x + 22}" y1="${y}" y2="${y}" ${stroke(one)}/>`,
      `<circle class="dot" cx="${x + 11}" cy="${y}" r="4" fill="${one.color}"/>`,
      text(x + 28, y + 4, one.name),
    );
    x += width;
  }
  return parts.join('\n');
}

function drawable({ series, y }: Panel): Series[] {
  const isShown = ([px, py]: readonly [number, number]) =>
    px > 0 && Number.isFinite(py) && (y.scale === 'linear' || py > 0);
  return series.map((one) => ({ ...one, points: one.points.filter(isShown) }));
}

function drawPanel(panel: Panel, heights: readonly number[], left: number, width: number): string {
  const { title, x, y } = panel;
  const shown = drawable(panel);
  const places = shown.flatMap(({ points }) => points.map(([px]) => px));
  if (places.length === 0) return text(left, MARGIN.top, `${title}: nothing was measured`, 'panel');
  const xs = logScaleOf(places);
  const ys = y.scale === 'log' ? logScale(heights) : linearScale(heights);
  const bottom = HEIGHT - MARGIN.bottom;
  const height = bottom - MARGIN.top;
  const px = (value: number) => round(left + 10 + xs.at(value) * (width - 20));
  const py = (value: number) => round(bottom - ys.at(value) * height);
  return [
    text(left, MARGIN.top - 14, title, 'panel'),
    axes(xs, ys, { left, width, bottom, px, py }),
    text(left + width / 2, HEIGHT - 18, x.label, undefined, 'middle'),
    `<text transform="translate(${left - 52} ${MARGIN.top + height / 2}) rotate(-90)" text-anchor="middle">${escape(y.label)}</text>`,
    // What is to be looked at first lies on top.
    ...shown
      .toSorted((a, b) => Number(a.strong ?? false) - Number(b.strong ?? false))
      .map((one) => line(one, px, py)),
  ].join('\n');
}

interface Place {
  readonly left: number;
  readonly width: number;
  readonly bottom: number;
  readonly px: (value: number) => number;
  readonly py: (value: number) => number;
}

function axes(xs: Scale, ys: Scale, { left, width, bottom, px, py }: Place): string {
  const horizontal = ys.ticks.flatMap((tick) => [
    `<line class="grid" x1="${left}" x2="${left + width}" y1="${py(tick)}" y2="${py(tick)}"/>`,
    text(left - 8, py(tick) + 4, tickWords(tick), undefined, 'end'),
  ]);
  const vertical = xs.ticks.flatMap((tick) => [
    `<line class="grid" x1="${px(tick)}" x2="${px(tick)}" y1="${bottom}" y2="${bottom + 5}"/>`,
    text(px(tick), bottom + 20, tickWords(tick), undefined, 'middle'),
  ]);
  return [...horizontal, ...vertical].join('\n');
}

function line(series: Series, px: (value: number) => number, py: (value: number) => number): string {
  const points = series.points.map(([x, y]) => [px(x), py(y)] as const);
  return [
    `<polyline points="${points.map((point) => point.join(',')).join(' ')}" ${stroke(series)}/>`,
    ...points.map(
      ([x, y]) =>
        `<circle class="dot" cx="${x}" cy="${y}" r="${series.strong ? 5 : 4}" fill="${series.color}"/>`,
    ),
  ].join('\n');
}

function stroke({ color, dashed, strong }: Series): string {
  const dashes = dashed ? ' stroke-dasharray="6 4"' : '';
  return `fill="none" stroke="${color}" stroke-width="${strong ? 3 : 2}" stroke-linejoin="round"${dashes}`;
}

function text(x: number, y: number, words: string, kind?: string, anchor = 'start'): string {
  const style = kind === undefined ? '' : ` class="${kind}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${style}>${escape(words)}</text>`;
}

const round = (value: number) => Math.round(value * 10) / 10;

function escape(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
