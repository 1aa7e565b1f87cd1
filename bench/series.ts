/** All cases once, in this process: what a measurement consists of. */
import { caseSets } from './all-cases.js';
import { memoryFigures } from './cases/memory.js';
import { replayFigures } from './cases/replay.js';
import { compare, type Effort, ratesOf, type Series } from './measure.js';
import { loadReference } from './reference.js';
import type { Bar, Case, Figure } from './row.js';
import { friendlyTable } from './suite.js';

/** A case and what was measured. */
export interface Row extends Series {
  readonly group: string;
  readonly name: string;
  readonly reference: string;
  readonly detail: string;
  readonly bar?: Bar;
}

/** Plain data: it goes from one process to another. */
export interface Measured {
  /** The reference kernel's loops, operations a second. */
  readonly kernel: readonly { readonly name: string; readonly rates: readonly number[] }[];
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
  /** Lines of Benchmark.js. */
  readonly friendly: readonly string[];
}

/** What the friendly table shows: hits and walks without time. */
const isFriendly = ({ group }: Case): boolean => /^(hit|miss|the same walks)/.test(group);

/**
 * @param only what the title of a case has to contain
 * @param friendlySeconds of each line of Benchmark.js, or 0: none
 */
export async function measure(effort: Effort, only: string, friendlySeconds: number): Promise<Measured> {
  const picked = (text: string): boolean => text.includes(only);
  const reference = await loadReference();
  const kernel = [reference.tlb, reference.tlbSimd, reference.walk, reference.walk4].map((load) => ({
    name: load.name,
    rates: ratesOf(load, effort),
  }));
  const rows: Row[] = [];
  const friendly: string[] = [];
  for await (const cases of caseSets(reference, only)) {
    for (const one of cases) {
      const { group, name, load, reference: kernel, bar } = one;
      const series = compare(load, kernel, effort);
      const row = { group, name, reference: kernel.name, detail: one.detail?.() ?? '', ...series };
      rows.push(bar === undefined ? row : { ...row, bar });
    }
    if (friendlySeconds > 0) friendly.push(...friendlyTable(cases.filter(isFriendly), friendlySeconds));
  }
  const figures: Figure[] = [];
  if (picked('replay')) figures.push(...(await replayFigures(effort)));
  if (picked('memory')) figures.push(...memoryFigures());
  return { kernel, rows, figures, friendly };
}
