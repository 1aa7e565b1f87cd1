/** What a page draws, as data: made by the program, drawn in the browser (client.ts). */

/** A number, or a word on an axis of words. */
export type Place = number | string;

export interface Bar {
  readonly from: number;
  /** Not included. */
  readonly to: number;
  readonly share: number;
  readonly series?: string;
}

export interface Point {
  readonly x: Place;
  readonly y: number;
  readonly series: string;
}

/** Bars over ranges of numbers. */
export interface HistogramChart {
  readonly kind: 'histogram';
  readonly title: string;
  readonly x: string;
  readonly bars: readonly Bar[];
}

/** A line for each series. */
export interface LineChart {
  readonly kind: 'line';
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** y is a share, shown in percent. */
  readonly percent?: boolean;
  /** Each value holds up to the next x. */
  readonly steps?: boolean;
  /** x may be shown on a logarithmic axis, when it reaches far. */
  readonly spread?: boolean;
  readonly points: readonly Point[];
}

/** A bar for each name. */
export interface ShareChart {
  readonly kind: 'shares';
  readonly title: string;
  readonly shares: readonly { readonly name: string; readonly share: number; readonly series?: string }[];
}

/** Points of a sweep, of which the reader chooses what is drawn. */
export interface SweepChart {
  readonly kind: 'sweep';
  readonly title: string;
  readonly paths: readonly string[];
  readonly figures: readonly { readonly name: string; readonly unit: string }[];
  readonly points: readonly {
    readonly set: Readonly<Record<string, Place>>;
    readonly values: Readonly<Record<string, number>>;
  }[];
}

export type Chart = HistogramChart | LineChart | ShareChart | SweepChart;
