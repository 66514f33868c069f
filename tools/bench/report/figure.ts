import { LineChart, type LineSeriesOption } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, GridComponent, TitleComponent, LabelLayout, SVGRenderer]);

/** How a line looks. Colour, mark and dashes each tell it apart, for readers who do not see all of them. */
export interface Look {
  /** Stands at the end of the line: short. */
  readonly name: string;
  readonly color: keyof typeof light;
  readonly mark: keyof typeof marks;
  readonly dashes?: readonly number[];
  /** What the reader is to look at first. */
  readonly strong?: boolean;
}

/** One line of a chart. Points without a positive, finite value are left out. */
export interface Line extends Look {
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One chart of a figure. Both axes are logarithmic. */
export interface Panel {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

/** Charts below one another under one title, on one scale. */
export interface Figure {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly Panel[];
}

/** Shown at 390 px, the smallest words are still 10 px high. */
const WIDTH = 640;
const WORDS = 17;
const PANEL = { left: 84, right: 176, top: 166, height: 280, pitch: 414 };

const marks = {
  circle: 'circle',
  square: 'rect',
  diamond: 'diamond',
  triangle: 'triangle',
  'triangle down': 'path://M0,0 H10 L5,9 Z',
  plus: 'path://M4,0 H7 V4 H11 V7 H7 V11 H4 V7 H0 V4 H4 Z',
};

const light = {
  ground: '#ffffff',
  ink: '#1f2328',
  soft: '#57606a',
  grid: '#d8dee4',
  blue: '#0969da',
  grey: '#6e7781',
  yellow: '#9a6700',
  purple: '#8250df',
  red: '#cf222e',
  green: '#1a7f37',
};
const dark: typeof light = {
  ground: '#0d1117',
  ink: '#e6edf3',
  soft: '#9da7b3',
  grid: '#2a313a',
  blue: '#58a6ff',
  grey: '#8b949e',
  yellow: '#d29922',
  purple: '#a371f7',
  red: '#ff7b72',
  green: '#3fb950',
};
const variables = (colors: typeof light) =>
  Object.entries(colors)
    .map(([name, color]) => `--${name}:${color}`)
    .join(';');
const STYLE = `<style>svg{${variables(light)}}@media (prefers-color-scheme:dark){svg{${variables(dark)}}}</style>`;

const ink = { color: 'var(--ink)', fontSize: WORDS };
const soft = { color: 'var(--soft)', fontSize: WORDS };

/** Draws a figure as an SVG document that is readable on light and dark pages, and on a phone. */
export function drawFigure({ title, subtitle, panels }: Figure): string {
  const shown = panels.map((panel) => ({ ...panel, lines: panel.lines.map(drawable) }));
  const values = shown.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const [min, max] = values.length > 0 ? [Math.min(...values) * 0.8, Math.max(...values) * 1.2] : [1, 10];
  const top = (index: number) => PANEL.top + index * PANEL.pitch;
  const height = top(shown.length - 1) + PANEL.height + 88;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: 'var(--ground)',
    textStyle: { fontFamily: 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif' },
    title: [
      {
        text: title,
        subtext: subtitle,
        left: 14,
        top: 14,
        textStyle: { ...ink, fontSize: 22 },
        subtextStyle: { ...soft, lineHeight: WORDS + 4, width: 500, overflow: 'break' },
      },
      ...shown.map((panel, index) => ({
        text: places(panel).length > 0 ? panel.title : `${panel.title}: nothing was measured`,
        left: PANEL.left - 5,
        top: top(index) - 40,
        textStyle: { ...ink, fontSize: 19 },
      })),
    ],
    grid: shown.map((_, index) => ({ ...PANEL, top: top(index) })),
    xAxis: shown.map((panel, index) => xAxis(panel, index)),
    yAxis: shown.map(({ y }, index) => ({
      ...axis(y, index, 62, roundValues(min, max)),
      min,
      max,
      splitLine: { lineStyle: { color: 'var(--grid)' } },
    })),
    series: shown.flatMap(({ lines }, index) => lines.map((line) => series(line, index))),
  });
  const svg = chart.renderToSVGString();
  // Its timers would keep the process alive.
  chart.dispose();
  const [tag] = svg.split('>', 1);
  return `${tag} role="img" aria-label="${title}">${STYLE}${svg.slice(tag!.length + 1).replaceAll('\n', '')}\n`;
}

function drawable(line: Line): Line {
  return { ...line, points: line.points.filter(([x, y]) => x > 0 && y > 0 && Number.isFinite(y)) };
}

/** Where something was measured. */
function places({ lines }: Panel): number[] {
  return [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
}

/** Round numbers between two. */
export function roundValues(low: number, high: number): number[] {
  const steps = high / low > 1_000 ? [1] : high / low > 30 ? [1, 3] : [1, 2, 5];
  const powers = Array.from({ length: 13 }, (_, index) => 10 ** (index - 3));
  return powers
    .flatMap((power) => steps.map((step) => Number((step * power).toPrecision(3))))
    .filter((value) => value >= low && value <= high);
}

/** @param customValues where its ticks are */
function axis(name: string, gridIndex: number, nameGap: number, customValues: number[]) {
  const line = { lineStyle: { color: 'var(--soft)' } };
  return {
    type: 'log' as const,
    gridIndex,
    name,
    nameGap,
    nameLocation: 'middle' as const,
    nameTextStyle: soft,
    axisLine: line,
    axisTick: { ...line, customValues },
    axisLabel: { ...soft, customValues, formatter: tickWords },
  };
}

function xAxis(panel: Panel, index: number) {
  const values = places(panel);
  return {
    ...axis(panel.x, index, 36, values),
    min: values[0] ?? 1,
    max: values.at(-1) ?? 10,
    splitLine: { show: false },
  };
}

function series({ name, color, mark, dashes, strong, points }: Line, index: number): LineSeriesOption {
  return {
    type: 'line',
    name,
    xAxisIndex: index,
    yAxisIndex: index,
    data: points.map(([x, y]) => [x, y]),
    color: `var(--${color})`,
    symbol: marks[mark],
    symbolSize: strong ? 12 : 10,
    lineStyle: { type: dashes ? [...dashes] : 'solid', width: strong ? 4 : 2 },
    endLabel: { show: true, formatter: '{a}', color: 'inherit', fontSize: WORDS, distance: 10 },
    labelLayout: { moveOverlap: 'shiftY' },
    emphasis: { disabled: true },
    // What is to be looked at first lies on top.
    z: strong ? 3 : 2,
  };
}

/** A short number for an axis: 0.5, 20, 1,500, 12K, 3M. */
export function tickWords(value: number): string {
  const notation = value >= 10_000 ? 'compact' : 'standard';
  return value.toLocaleString('en-US', { notation, maximumSignificantDigits: value >= 10_000 ? 3 : 4 });
}
