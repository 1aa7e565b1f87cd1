/** From a timing configuration as a user writes it to one with every value, and to the words that the core is given. */
import * as Timing from '../../assembly/abi/timing.js';
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
  off: Timing.PREFETCH_OFF,
  ste: Timing.PREFETCH_STE,
  forward: Timing.PREFETCH_FORWARD,
  backward: Timing.PREFETCH_BACKWARD,
} as const;
const HAZARDS = { none: Timing.HAZARD_NONE, sleep: Timing.HAZARD_SLEEP, merge: Timing.HAZARD_MERGE } as const;

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

/** Ticks that the core may count to before anything of a transaction takes time: from there on it has as many again. assembly/timing/source.ts has the same. */
const LAST_TICK = 0x7fff_ffff_ffff_ffffn;

/** The latest cycle at which something may arrive; with time off each is a tick. */
export function lastCycle(timing: ResolvedTiming | false): bigint {
  return LAST_TICK / BigInt(timing === false ? 1 : ticks(timing).tcu);
}

/** The words at Timing that the core reads. */
export function timingWords(timing: ResolvedTiming): readonly (readonly [offset: number, value: number])[] {
  const { tbu, link, tcu, memory, prefetch, commands, eventWrite } = timing;
  const per = ticks(timing);
  return [
    [Timing.TCU_TICKS, per.tcu],
    [Timing.TBU_TICKS, per.tbu],
    [Timing.PORT_BYTES, tbu.portBytes],
    [Timing.TBU_SLOTS, tbu.slots],
    [Timing.WRITE_BEATS, tbu.writeBufferBeats],
    [Timing.HAZARD, HAZARDS[tbu.hazard.mode]],
    [Timing.HAZARD_STREAM, Number(tbu.hazard.compareStream)],
    [Timing.HAZARD_ANY, Number(tbu.hazard.wake === 'any')],
    [Timing.LINK_DOWN, link.down],
    [Timing.LINK_UP, link.up],
    [Timing.TCU_SLOTS, tcu.slots],
    [Timing.WALK_SLOTS, tcu.walkSlots],
    [Timing.TCU_FRONT, tcu.front],
    [Timing.WALK_START, tcu.walkStart],
    [Timing.EVALUATE, tcu.evaluate],
    [Timing.STEP_PORTS, tcu.stepPorts],
    [Timing.PARALLEL, Number(tcu.probing === 'parallel')],
    [Timing.MEM_LATENCY, memory.latency],
    [Timing.MEM_PORTS, memory.ports],
    [Timing.MEM_BYTES, memory.bytesPerBeat],
    [Timing.DATA_LATENCY, memory.dataLatency],
    [Timing.RESPONSE, memory.response],
    [Timing.ORDERED, Number(tbu.ordered)],
    [Timing.EVENT_WRITE, Number(eventWrite)],
    [Timing.WALK_PORTS, tcu.walkPorts],
    [Timing.COMMAND_FETCH, Number(commands.fetch)],
    [Timing.COMMAND, commands.execute],
    [Timing.INVALIDATE, commands.invalidate],
    [Timing.SYNC, commands.sync],
    [Timing.CONFIG_SLOTS, tcu.configSlots],
    [Timing.PREFETCH, PREFETCHES[prefetch.mode]],
    [Timing.PREFETCH_TBU, Number(prefetch.target === 'tbu')],
    [Timing.RETURN_BYTES, memory.answerBytes],
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
