/** Draws a page's charts; runs in the reader's browser, inside the page, with Observable Plot as the global `Plot`. */
import type * as ObservablePlot from '@observablehq/plot';
import type { Chart, HistogramChart, LineChart, Place, ShareChart, SweepChart } from './chart.js';

declare const Plot: typeof ObservablePlot;

type Drawn = ReturnType<typeof Plot.plot>;

const MARGIN = 64;
/** Room for half of the last word of an axis. */
const RIGHT = 36;
/** Room below for the numbers of an axis and its name. */
const BELOW = 44;
/** Room for a word on an axis. */
const WORD_WIDTH = 88;
/** So many values of an axis at most are its ticks. */
const TICK_LIMIT = 8;
/** Longest over shortest, from which on an axis of cycles is logarithmic. */
const LOGARITHMIC = 10;
const HEIGHT = 280;
const COLOURS = { type: 'categorical', scheme: 'Observable10', legend: true } as const;

function histogram({ x, bars }: HistogramChart, width: number): Drawn {
  const [least, most] = [Math.min(...bars.map(({ from }) => from)), Math.max(...bars.map(({ to }) => to))];
  return Plot.plot({
    width,
    height: HEIGHT,
    marginLeft: MARGIN,
    marginRight: RIGHT,
    marginBottom: BELOW,
    x: { label: x, type: least > 0 && most / least > LOGARITHMIC ? 'log' : 'linear' },
    y: { label: '%', percent: true, grid: true },
    color: { ...COLOURS, legend: bars.some(({ series }) => series !== undefined) },
    marks: [
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'to',
        y2: 'share',
        fill: ({ series }: { series?: string }) => series ?? '',
        fillOpacity: bars.some(({ series }) => series !== undefined) ? 0.5 : 1,
        tip: true,
      }),
      Plot.ruleY([0]),
    ],
  });
}

function line({ x, y, percent, steps, spread, points }: LineChart, width: number): Drawn {
  const numbers = points.map((point) => point.x).filter((value) => typeof value === 'number');
  const words = numbers.length < points.length;
  const values = new Set(numbers);
  const places = [...new Set(points.map((point) => point.x))];
  const every = Math.ceil((places.length * WORD_WIDTH) / Math.max(1, width - MARGIN - RIGHT));
  const few = spread === true && values.size <= TICK_LIMIT;
  const logarithmic =
    spread === true &&
    numbers.every((value) => value > 0) &&
    Math.max(...numbers) / Math.min(...numbers) > LOGARITHMIC;
  return Plot.plot({
    width,
    height: HEIGHT,
    marginLeft: MARGIN,
    marginRight: RIGHT,
    marginBottom: BELOW,
    x: words
      ? { label: x, type: 'point', domain: places, ticks: places.filter((_, i) => i % every === 0) }
      : {
          label: x,
          type: logarithmic ? 'log' : 'linear',
          ...(few ? { ticks: [...values], tickFormat: String } : {}),
        },
    y: { label: percent === true ? '%' : y, grid: true, percent: percent === true, zero: true, nice: true },
    // In the order in which they come, not in that of the alphabet.
    color: { ...COLOURS, domain: seriesOf(points), legend: seriesOf(points).length > 1 },
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(points, {
        x: 'x',
        y: 'y',
        stroke: 'series',
        curve: steps === true ? 'step-after' : 'linear',
        tip: true,
      }),
      ...(points.length <= DOT_LIMIT && steps !== true
        ? [Plot.dot(points, { x: 'x', y: 'y', fill: 'series', r: 2.5 })]
        : []),
    ],
  });
}

function seriesOf(points: LineChart['points']): string[] {
  return [...new Set(points.map(({ series }) => series))];
}

const DOT_LIMIT = 60;
/** Cells of a heat map that have their number in them. */
const NUMBER_LIMIT = 120;

function shares({ shares: all }: ShareChart, width: number): Drawn {
  const names = [...new Set(all.map(({ name }) => name))];
  const several = all.some(({ series }) => series !== undefined);
  return Plot.plot({
    width,
    marginLeft: 14 + 8 * Math.max(...names.map((name) => name.length)),
    marginRight: 56,
    x: {
      label: null,
      percent: true,
      grid: true,
      domain: [0, Math.max(100, ...all.map(({ share }) => 100 * share))],
    },
    ...(several
      ? { y: { axis: null }, fy: { label: null, domain: names } }
      : { y: { label: null, domain: names } }),
    color: { ...COLOURS, legend: several },
    marks: [
      Plot.barX(all, {
        x: 'share',
        ...(several ? { y: 'series', fy: 'name', fill: 'series' } : { y: 'name', fill: () => '' }),
      }),
      Plot.text(all, {
        x: 'share',
        ...(several ? { y: 'series', fy: 'name' } : { y: 'name' }),
        text: ({ share }: { share: number }) => `${(100 * share).toFixed(1)} %`,
        textAnchor: 'start',
        dx: 4,
      }),
    ],
  });
}

/** The choices of a sweep's chart. */
interface Choice {
  figure: string;
  x: string;
  colour: string;
  readonly fixed: Record<string, Place>;
}

function sweep(chart: SweepChart, into: HTMLElement): (width: number) => Node[] {
  const { paths, figures, points } = chart;
  const valuesOf = (path: string): Place[] => [...new Set(points.map(({ set }) => set[path]))];
  const choice: Choice = {
    figure: figures[0]?.name ?? '',
    x: paths[0] ?? '',
    colour: paths[1] ?? '',
    fixed: Object.fromEntries(paths.map((path) => [path, valuesOf(path)[0]])),
  };
  const controls = document.createElement('div');
  controls.className = 'controls';
  const draw = (): void => {
    controls.replaceChildren(
      select(
        'figure',
        figures.map(({ name }) => name),
        choice.figure,
        (name) => (choice.figure = name),
      ),
      ...(paths.length < 2
        ? []
        : [
            select('along', paths, choice.x, (path) => {
              if (path === choice.colour) choice.colour = choice.x;
              choice.x = path;
            }),
            select(
              'a line for each',
              paths.filter((path) => path !== choice.x),
              choice.colour,
              (path) => (choice.colour = path),
            ),
          ]),
      ...others().map((path) =>
        select(path, valuesOf(path).map(String), String(choice.fixed[path]), (text) => {
          choice.fixed[path] = valuesOf(path).find((value) => String(value) === text) ?? text;
        }),
      ),
    );
    into.dispatchEvent(new Event('redraw'));
  };
  const others = (): string[] => paths.filter((path) => path !== choice.x && path !== choice.colour);
  const select = (
    title: string,
    options: readonly string[],
    now: string,
    chosen: (option: string) => void,
  ): HTMLElement => {
    const label = document.createElement('label');
    const list = document.createElement('select');
    for (const option of options) list.add(new Option(option, option, false, option === now));
    list.addEventListener('change', () => {
      chosen(list.value);
      draw();
    });
    label.append(`${title} `, list);
    return label;
  };
  queueMicrotask(draw);
  return (width) => {
    const shown = points.filter(
      ({ set, values }) =>
        choice.figure in values && others().every((path) => set[path] === choice.fixed[path]),
    );
    const unit = figures.find(({ name }) => name === choice.figure)?.unit ?? '';
    const y = unit === '' || unit === choice.figure ? choice.figure : `${choice.figure} (${unit})`;
    const series = (set: Readonly<Record<string, Place>>): string =>
      choice.colour === '' ? '' : String(set[choice.colour]);
    const lines = line(
      {
        kind: 'line',
        title: '',
        x: choice.x,
        y,
        spread: true,
        points: shown.map(({ set, values }) => ({
          x: set[choice.x] ?? '',
          y: values[choice.figure],
          series: series(set),
        })),
      },
      width,
    );
    return choice.colour === '' ? [controls, lines] : [controls, lines, heat(shown, choice, y, width)];
  };
}

function heat(
  points: SweepChart['points'],
  { figure, x, colour }: Choice,
  label: string,
  width: number,
): Drawn {
  const cells = points.map(({ set, values }) => ({
    x: String(set[x]),
    y: String(set[colour]),
    value: values[figure],
  }));
  const inOrder = (path: string): string[] => [...new Set(points.map(({ set }) => set[path]))].map(String);
  const values = cells.map(({ value }) => value);
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  return Plot.plot({
    width,
    height: BELOW + 56 + Math.max(2, inOrder(colour).length) * 30,
    marginLeft: 28 + 8 * Math.max(4, ...inOrder(colour).map((text) => text.length)),
    marginBottom: BELOW,
    x: { label: x, type: 'band', padding: 0.02, domain: inOrder(x) },
    y: { label: colour, type: 'band', padding: 0.04, domain: inOrder(colour) },
    color: { scheme: 'YlGnBu', legend: true, label, tickFormat: '~s' },
    marks: [
      Plot.cell(cells, { x: 'x', y: 'y', fill: 'value', tip: true, inset: 0.5 }),
      ...(cells.length <= NUMBER_LIMIT
        ? [
            Plot.text(cells, {
              x: 'x',
              y: 'y',
              text: ({ value }: { value: number }) => shortNumber(value),
              fill: ({ value }: { value: number }) => (value > middle ? 'white' : 'black'),
            }),
          ]
        : []),
    ],
  });
}

function shortNumber(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

function drawer(chart: Chart, into: HTMLElement): (width: number) => Node[] {
  switch (chart.kind) {
    case 'histogram':
      return (width) => [histogram(chart, width)];
    case 'line':
      return (width) => [line(chart, width)];
    case 'shares':
      return (width) => [shares(chart, width)];
    case 'sweep':
      return sweep(chart, into);
  }
}

const charts = JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as Chart[];
charts.forEach((chart, i) => {
  const figure = document.getElementById(`chart-${i}`);
  if (figure === null) return;
  const area = figure.appendChild(document.createElement('div'));
  const drawn = drawer(chart, area);
  let width = 0;
  const draw = (): void => area.replaceChildren(...drawn(Math.max(280, width)));
  area.addEventListener('redraw', draw);
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === width) return;
    width = Math.round(contentRect.width);
    draw();
  }).observe(figure);
});
