/** Small SVG plots: lines over a linear or logarithmic x axis, and bars. No dependency, no script, readable on any ground. */

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 20;
const TOP = 44;
const BOTTOM = 56;
const COLOURS = ['#1f6fb2', '#c8501e', '#2c8a57', '#8a4fa8', '#8a7a1f', '#505860'];
const TICKS = 6;

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const escape = (text: string): string =>
  text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));

const coordinate = (n: number): string => n.toFixed(1);

function text(x: number, y: number, content: string, rest = ''): string {
  return `<text x="${coordinate(x)}" y="${coordinate(y)}" ${rest}>${escape(content)}</text>`;
}

function page(title: string, height: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(WIDTH / 2, 22, title, 'text-anchor="middle" font-size="15"'),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Steps of 1, 2 or 5 times a power of ten that cover `span` about TICKS times. */
function tickStep(span: number): number {
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough) ?? 10 * power;
}

function linearTicks(low: number, high: number): number[] {
  const step = tickStep(high - low || 1);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

const round = (n: number): string => `${Number(n.toPrecision(4))}`;

export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Powers of two along x. */
  readonly logarithmic?: boolean;
}

export function lineChart({ title, x, y, series, logarithmic = false }: LineChart): string {
  const place = (value: number): number => (logarithmic ? Math.log2(value) : value);
  const xs = series.flatMap(({ points }) => points.map(([px]) => place(px)));
  const ys = series.flatMap(({ points }) => points.map(([, py]) => py));
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  const top = Math.max(...ys, 1e-9) * 1.05;
  const toX = (value: number): number =>
    LEFT + ((place(value) - low) / (high - low || 1)) * (WIDTH - LEFT - RIGHT);
  const toY = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const xTicks = logarithmic
    ? Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => 2 ** (Math.ceil(low) + i))
    : linearTicks(low, high);
  const grid = [
    ...xTicks.flatMap((value) => [
      `<path d="M${coordinate(toX(value))} ${TOP}V${HEIGHT - BOTTOM}" stroke="#e4e6e8"/>`,
      text(toX(value), HEIGHT - BOTTOM + 18, round(value), 'text-anchor="middle"'),
    ]),
    ...linearTicks(0, top).flatMap((value) => [
      `<path d="M${LEFT} ${coordinate(toY(value))}H${WIDTH - RIGHT}" stroke="#e4e6e8"/>`,
      text(LEFT - 8, toY(value) + 4, round(value), 'text-anchor="end"'),
    ]),
  ];
  const lines = series.flatMap(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(([px, py]) => `${coordinate(toX(px))},${coordinate(toY(py))}`).join(' ');
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      text(WIDTH - RIGHT - 8, TOP + 16 + 16 * i, name, `text-anchor="end" fill="${colour}"`),
    ];
  });
  return page(title, HEIGHT, [
    ...grid,
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#505860"/>`,
    text((LEFT + WIDTH) / 2, HEIGHT - 14, x, 'text-anchor="middle"'),
    text(16, HEIGHT / 2, y, `text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})"`),
    ...lines,
  ]);
}

export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

const BAR = 18;
const LABEL = 250;

/** Bars from left to right, one below the other. */
export function barChart({ title, unit, bars }: BarChart): string {
  const height = TOP + bars.length * (BAR + 4) + 24;
  const longest = Math.max(...bars.map(({ value }) => value), 1e-9);
  const body = bars.flatMap(({ label, value }, i) => {
    const y = TOP + i * (BAR + 4);
    const width = (value / longest) * (WIDTH - LABEL - 90);
    return [
      text(LABEL - 8, y + 13, label, 'text-anchor="end"'),
      `<rect x="${LABEL}" y="${y}" width="${coordinate(width)}" height="${BAR}" fill="${COLOURS[0]}"/>`,
      text(LABEL + width + 6, y + 13, `${round(value)} ${unit}`),
    ];
  });
  return page(title, height, body);
}
