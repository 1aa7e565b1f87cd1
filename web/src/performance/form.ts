/** What is run, as the form and the page's address have it: text, until it is read. */
import { presets } from '../../../src/index.js';
import { LEAF_SIZES, type RunRequest } from '../../../src/observe/index.js';
import { parseSpec } from '../../../src/trace/index.js';
import { parseNumber } from '../parts/numbers.js';
import type { RunOrder } from './messages.js';

export const TIMINGS = [...Object.keys(presets), 'off'];
export const STAGES = { stage1: 'stage 1', nested: 'both stages', stage2: 'stage 2' } as const;

/** Workloads to begin with; each is a generator's specification that can be changed. */
export const WORKLOADS = {
  'Few hot pages': 'gen:zipf,window=16M,count=1000000,seed=1',
  'Random pages': 'gen:random,window=64M,count=1000000,seed=1',
  'One after another': 'gen:sequential,window=64M,count=1000000',
  'Network card': 'gen:ring,count=1000000',
  'Many tenants': 'gen:tenants,window=16M,streams=64,count=1000000,seed=1',
} as const;

export interface RunForm {
  readonly timing: string;
  readonly workload: string;
  readonly stages: keyof typeof STAGES;
  readonly tables: string;
  /** Empty: open loop. */
  readonly outstanding: string;
  /** Entries of the main TLB; empty: the preset's. */
  readonly mainTlb: string;
  /** Overrides, separated by spaces. */
  readonly set: string;
}

export const FIRST: RunForm = {
  timing: 'mmu600-agilex5',
  workload: WORKLOADS['Few hot pages'],
  stages: 'stage1',
  tables: '4k',
  outstanding: '16',
  mainTlb: '',
  set: '',
};

export function formOf(settings: Readonly<Record<string, string>>): RunForm {
  const given = Object.fromEntries(Object.entries(settings).filter(([name]) => name in FIRST));
  const form = { ...FIRST, ...given };
  return form.stages in STAGES ? form : { ...form, stages: FIRST.stages };
}

/** Entries of the main TLB that a preset has. */
export function mainTlbOf(timing: string): number | undefined {
  const { mainTlb } = presets[timing as keyof typeof presets]?.caches ?? {};
  return mainTlb === undefined || mainTlb === false ? undefined : mainTlb.entries;
}

/** What differs from the form as it opens. */
export function settingsOf(form: RunForm): Record<string, string> {
  return Object.fromEntries(
    Object.entries(form).filter(([name, value]) => value !== FIRST[name as keyof RunForm]),
  );
}

/**
 * @param file runs in place of the workload
 * @throws RangeError: one sentence that names the field
 */
export function orderOf(form: RunForm, file: File | undefined): RunOrder {
  const { timing, stages, outstanding, mainTlb } = form;
  const set = form.set.split(/\s+/).filter((override) => override !== '');
  if (mainTlb.trim() !== '') set.unshift(`tbu.mainTlb.entries=${parseNumber(mainTlb, 'Main TLB', 32)}`);
  const tables = LEAF_SIZES.find((size) => size === form.tables) ?? '4k';
  const request: RunRequest = {
    timing,
    set,
    stages,
    tables,
    outstanding: outstanding.trim() === '' ? undefined : Number(parseNumber(outstanding, 'Outstanding', 32)),
  };
  if (file !== undefined) return { trace: file, request };
  const workload = form.workload.trim();
  parseSpec(workload); // a wrong one is refused before a worker is started
  return { trace: workload, request };
}
