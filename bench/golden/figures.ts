/** The deterministic figures: simulated cycles, reads and hits of fixed workloads, and what the core's module holds. */
import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { coreFile } from '../../src/cli/core-file.js';
import { type RunOptions, runAsAsked } from '../../src/cli/run-as-asked.js';
import { PLAIN } from '../../src/replay/text.js';
import { statisticsByName } from '../../src/stats/printed/statistics.js';
import type { FigureValue } from './golden.js';

interface Workload {
  readonly trace: string;
  readonly options: Partial<RunOptions>;
}

/** Each exercises another part: hits, walks, two stages, other presets, other leaves. */
const WORKLOADS: Readonly<Record<string, Workload>> = {
  hits: { trace: 'gen:sequential,window=64K,count=20000', options: { outstanding: 16 } },
  walks: { trace: 'gen:random,window=64M,count=20000,seed=1', options: { outstanding: 16 } },
  nested: {
    trace: 'gen:random,window=16M,count=10000,seed=2,write=30',
    options: { outstanding: 32, nested: true },
  },
  gem5: {
    trace: 'gen:zipf,window=16M,count=20000,seed=3',
    options: { timing: 'gem5-default', outstanding: 16 },
  },
  server: {
    trace: 'gen:tenants,window=4M,streams=16,count=20000,seed=4',
    options: { timing: 'mmu700-server', outstanding: 64 },
  },
  blocks: { trace: 'gen:random,window=1G,count=10000,seed=5', options: { tables: '2m', outstanding: 16 } },
};

/** Statistics that are kept of each. */
const KEPT = [
  'cycles',
  'latency.p99',
  'walks',
  'reads.stage1',
  'reads.stage2',
  'hits.microTlb',
  'hits.mainTlb',
];
const SILENT = { out: () => undefined, err: () => undefined, paint: PLAIN, terminal: undefined };

export async function figures(): Promise<Record<string, FigureValue>> {
  const found: Record<string, FigureValue> = { ...moduleFigures() };
  for (const [name, { trace, options }] of Object.entries(WORKLOADS)) {
    const base = { timing: 'mmu600-agilex5', warmup: 0, seed: 0 };
    const { result } = await runAsAsked(SILENT, trace, { ...base, ...options });
    const statistics = statisticsByName(result);
    for (const statistic of KEPT) found[`${name}.${statistic}`] = statistics[statistic];
  }
  return found;
}

/** Size, exports, and how many instructions each exported function has in the text form. */
function moduleFigures(): Record<string, FigureValue> {
  const { bytes } = coreFile();
  const module = binaryen.readBinary(bytes);
  const found: Record<string, FigureValue> = { 'wasm.bytes': bytes.length };
  const names: string[] = [];
  for (let i = 0; i < module.getNumExports(); i++) {
    const { name, value, kind } = binaryen.getExportInfo(module.getExportByIndex(i));
    names.push(name);
    if (kind !== binaryen.ExternalFunction) continue;
    const { body } = binaryen.getFunctionInfo(module.getFunction(value));
    found[`wasm.instructions.${name}`] = binaryen.emitText(body).split('(').length - 1;
  }
  module.dispose();
  found['wasm.exports'] = names.sort().join(' ');
  return found;
}

/** Where the golden files stand, from dist/bench/golden/ as well as from bench/golden/. */
export function goldenFolder(): string {
  const here = new URL('.', import.meta.url).pathname;
  const folder = here.replace(/\/dist\/bench\/golden\/$/, '/bench/golden/');
  readFileSync(`${folder}golden.ts`); // that it is the one of the sources
  return folder;
}
