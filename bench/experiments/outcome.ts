/** What an experiment is and what it comes to. */
export interface Outcome {
  readonly pass: boolean;
  /** The table, line by line. */
  readonly lines: readonly string[];
  /** An SVG document. */
  readonly plot: string;
}

export interface Experiment {
  /** Also the plot's file name. */
  readonly name: string;
  readonly about: string;
  readonly run: () => Promise<Outcome>;
}
