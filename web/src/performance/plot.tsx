/** A plot by uPlot in the page's colours, as wide as its place. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface PlotSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** A custom property of the style sheet. */
  readonly colour: string;
  readonly bars?: boolean;
  readonly dashed?: boolean;
}

export interface PlotProps {
  /** For those who do not see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** A logarithmic axis of base 2. */
  readonly logX?: boolean;
  readonly series: readonly PlotSeries[];
  readonly height?: number;
}

export function Plot({ label, height = 220, ...plot }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let drawn: uPlot | undefined;
    const draw = (): void => {
      drawn?.destroy();
      drawn = new uPlot(
        options(element, height, plot),
        [[...plot.x], ...plot.series.map(({ values }) => [...values])],
        element,
      );
    };
    const resized = new ResizeObserver(() => drawn?.setSize({ width: element.clientWidth, height }));
    const dark = matchMedia('(prefers-color-scheme: dark)');
    draw();
    resized.observe(element);
    dark.addEventListener('change', draw);
    addEventListener('themechange', draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', draw);
      removeEventListener('themechange', draw);
      drawn?.destroy();
    };
  }, [plot.x, plot.series, height]);
  return <div class="plot" ref={place} role="img" aria-label={label} />;
}

function options(
  element: HTMLElement,
  height: number,
  { xLabel, yLabel, logX = false, series }: Omit<PlotProps, 'label' | 'height'>,
): uPlot.Options {
  const colour = (name: string): string => resolved(element, name);
  const axis = {
    stroke: colour('--dim'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
    labelSize: 20,
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: series.length > 1, live: false },
    cursor: { y: false, points: { show: false } },
    scales: { x: { time: false, ...(logX ? { distr: 3, log: 2 } : {}) }, y: { range: fromZero } },
    axes: [
      { ...axis, label: xLabel, values: (_, ticks) => ticks.map(short) },
      { ...axis, label: yLabel, size: 52, values: (_, ticks) => ticks.map(short) },
    ],
    series: [
      {},
      ...series.map(({ label, colour: name, bars, dashed }): uPlot.Series => {
        const stroke = colour(name);
        return {
          label,
          stroke,
          width: 1.75,
          points: { show: false },
          ...(dashed === true ? { dash: [6, 4] } : {}),
          ...(bars === true ? { paths: uPlot.paths.stepped!({ align: 1 }), fill: `${stroke}33` } : {}),
        };
      }),
    ],
  };
}

const fromZero = (_: uPlot, __: number, most: number): [number, number] => [0, most <= 0 ? 1 : most * 1.08];

/** A colour as canvas takes it: a custom property may hold light-dark(). */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  const [red = 0, green = 0, blue = 0] = (found.match(/\d+/g) ?? []).map(Number);
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** 12500000 as 12.5M. */
export function short(value: number | null): string {
  if (value === null) return '';
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(3))}${unit}`;
  }
  return String(Number(value.toPrecision(3)));
}
