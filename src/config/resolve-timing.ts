/** From a timing configuration as a user writes it to one with every value, and to the words that the core is given. */
import * as abi from '../../assembly/abi.js';
import { integer, list, oneOf, record, show } from '../base/check.js';
import { presets, type PresetName } from './presets/index.js';
import { DEFAULT_PRESET } from './resolve-caches.js';
import type { Complete, TimingConfig } from './timing-config.js';
import { namesIn, TIMING_FIELDS } from './timing-fields.js';

/** All values, without the caches. */
export type ResolvedTiming = Complete<Omit<TimingConfig, 'caches'>>;

/** The clocks' ratio in lowest terms may have terms up to this: a tick is that fraction of a cycle. */
const MAX_TICKS = 1000;

const PREFETCHES = {
  off: abi.PREFETCH_OFF,
  ste: abi.PREFETCH_STE,
  forward: abi.PREFETCH_FORWARD,
  backward: abi.PREFETCH_BACKWARD,
} as const;
const HAZARDS = { none: abi.HAZARD_NONE, sleep: abi.HAZARD_SLEEP, merge: abi.HAZARD_MERGE } as const;

/**
 * The option `timing`, by default DEFAULT_PRESET, as a configuration; undefined: time is off.
 * @throws RangeError or TypeError
 */
export function timingOption(option: unknown = DEFAULT_PRESET): TimingConfig | undefined {
  if (option === false) return undefined;
  if (typeof option === 'string') {
    return presets[oneOf(option, 'timing', Object.keys(presets) as PresetName[])].timing;
  }
  if (typeof option !== 'object' || option === null || Array.isArray(option)) {
    throw new TypeError(`timing must be a preset's name, a configuration or false, not ${show(option)}`);
  }
  return option;
}

/** @throws RangeError or TypeError: one sentence that names the field by its path */
export function resolveTiming(config: TimingConfig): ResolvedTiming {
  const resolved = section(config, presets[DEFAULT_PRESET].timing, '') as unknown as ResolvedTiming;
  const { tcu, tbu } = ticks(resolved);
  if (Math.max(tcu, tbu) > MAX_TICKS) {
    const { clocks } = resolved;
    throw new RangeError(
      `timing.clocks.tbu must stand to timing.clocks.tcu as whole numbers up to ${MAX_TICKS}, not as ${clocks.tbu} to ${clocks.tcu}`,
    );
  }
  return resolved;
}

/** Ticks of a cycle of each clock: the least whole numbers. */
export function ticks({ clocks }: ResolvedTiming): { readonly tcu: number; readonly tbu: number } {
  const divisor = greatestCommonDivisor(clocks.tcu, clocks.tbu);
  return { tcu: clocks.tbu / divisor, tbu: clocks.tcu / divisor };
}

/** The words at TM_* that the core reads. */
export function timingWords(timing: ResolvedTiming): readonly (readonly [offset: number, value: number])[] {
  const { tbu, link, tcu, memory, prefetch, commands, eventWrite } = timing;
  const per = ticks(timing);
  return [
    [abi.TM_TCU_TICKS, per.tcu],
    [abi.TM_TBU_TICKS, per.tbu],
    [abi.TM_PORT_BYTES, tbu.portBytes],
    [abi.TM_TBU_SLOTS, tbu.slots],
    [abi.TM_WRITE_BEATS, tbu.writeBufferBeats],
    [abi.TM_HAZARD, HAZARDS[tbu.hazard.mode]],
    [abi.TM_HAZARD_STREAM, Number(tbu.hazard.compareStream)],
    [abi.TM_HAZARD_ANY, Number(tbu.hazard.wake === 'any')],
    [abi.TM_LINK_DOWN, link.down],
    [abi.TM_LINK_UP, link.up],
    [abi.TM_TCU_SLOTS, tcu.slots],
    [abi.TM_WALK_SLOTS, tcu.walkSlots],
    [abi.TM_TCU_FRONT, tcu.front],
    [abi.TM_WALK_START, tcu.walkStart],
    [abi.TM_EVALUATE, tcu.evaluate],
    [abi.TM_STEP_PORTS, tcu.stepPorts],
    [abi.TM_PARALLEL, Number(tcu.probing === 'parallel')],
    [abi.TM_MEM_LATENCY, memory.latency],
    [abi.TM_MEM_PORTS, memory.ports],
    [abi.TM_MEM_BYTES, memory.bytesPerBeat],
    [abi.TM_DATA_LATENCY, memory.dataLatency],
    [abi.TM_RESPONSE, memory.response],
    [abi.TM_ORDERED, Number(tbu.ordered)],
    [abi.TM_EVENT_WRITE, Number(eventWrite)],
    [abi.TM_WALK_PORTS, tcu.walkPorts],
    [abi.TM_COMMAND_FETCH, Number(commands.fetch)],
    [abi.TM_COMMAND, commands.execute],
    [abi.TM_INVALIDATE, commands.invalidate],
    [abi.TM_SYNC, commands.sync],
    [abi.TM_CONFIG_SLOTS, tcu.configSlots],
    [abi.TM_PREFETCH, PREFETCHES[prefetch.mode]],
    [abi.TM_PREFETCH_TBU, Number(prefetch.target === 'tbu')],
    [abi.TM_RETURN_BYTES, memory.answerBytes],
  ];
}

/** One section checked, what is left out taken from `base`. */
function section(value: unknown, base: object, path: string): Record<string, unknown> {
  const name = path === '' ? 'timing' : `timing.${path}`;
  const names = namesIn(path);
  const given = record(value ?? {}, name, path === '' ? [...names, 'caches'] : names);
  const resolved: Record<string, unknown> = {};
  for (const key of names) {
    const inner = path === '' ? key : `${path}.${key}`;
    const fallback = (base as Record<string, unknown>)[key];
    resolved[key] =
      inner in TIMING_FIELDS
        ? field(given[key] ?? fallback ?? instead(inner, resolved), inner)
        : section(given[key], fallback as object, inner);
  }
  return resolved;
}

/** A client's own access takes as long as a walk's, when nothing else is said. */
function instead(path: string, siblings: Record<string, unknown>): unknown {
  return path === 'memory.dataLatency' ? siblings.latency : undefined;
}

function field(value: unknown, path: string): unknown {
  const known = TIMING_FIELDS[path];
  const name = `timing.${path}`;
  switch (known.kind) {
    case 'integer':
      return integer(value, name, known.least, known.most);
    case 'choice':
      if (known.values.includes(value as number)) return value;
      throw new RangeError(`${name} must be ${list(known.values.map(String))}, not ${show(value)}`);
    case 'word':
      return oneOf(value, name, known.words);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw new TypeError(`${name} must be true or false, not ${show(value)}`);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
