/** The patterns: each says where the next transaction goes. Nothing depends on how the rows are cut into blocks. */
import * as Flag from '../../../assembly/abi/flag.js';
import { Random } from './random.js';
import type { GeneratorSpec } from './spec.js';
import { ZipfRanks } from './zipf.js';

const PAGE = 4096;

/** One transaction. */
export interface Next {
  /** From the start of the stream's window. */
  offset: number;
  /** From the first StreamID. */
  stream: number;
  size: number;
  flags: number;
}

/** Puts transaction after transaction into `next`. */
export type Pattern = (next: Next) => void;

export function patternOf(spec: GeneratorSpec): Pattern {
  switch (spec.pattern) {
    case 'sequential':
      return strided(spec, spec.size);
    case 'strided':
      return strided(spec, spec.stride);
    case 'random':
      return inTurns(spec, () => {
        const random = new Random(spec.seed);
        const places = Math.floor(spec.window / spec.size);
        return () => inPage(random.below(places) * spec.size, spec.size);
      });
    case 'zipf':
      return zipf(spec);
    case 'ring':
      return ring(spec);
    case 'tenants':
      return tenants(spec);
  }
}

/** Streams take turns; reads and writes are drawn from a generator of their own, so that addresses do not depend on them. */
function inTurns(spec: GeneratorSpec, makeOffset: () => (turn: number) => number): Pattern {
  const offsetOf = makeOffset();
  const writes = new Random(spec.seed + 1);
  let stream = 0;
  let turn = 0;
  return (next) => {
    next.offset = offsetOf(turn);
    next.stream = stream;
    next.size = spec.size;
    next.flags = spec.write > 0 && writes.below(100) < spec.write ? Flag.WRITE : 0;
    if (++stream === spec.streams) {
      stream = 0;
      turn++;
    }
  };
}

/** From the start of the window to its end, and again. */
function strided(spec: GeneratorSpec, stride: number): Pattern {
  const steps = Math.max(1, Math.floor((spec.window - spec.size) / stride) + 1);
  return inTurns(spec, () => (turn) => inPage((turn % steps) * stride, spec.size));
}

/** Pages by rank; ranks are scattered over the window, since neighbours are not equally popular. */
function zipf(spec: GeneratorSpec): Pattern {
  const ranks = new ZipfRanks(Math.max(1, Math.floor(spec.window / PAGE)), spec.skew, spec.text);
  return inTurns(spec, () => {
    const random = new Random(spec.seed);
    const places = Math.max(1, Math.floor(Math.min(PAGE, spec.window) / spec.size));
    return () => ranks.page(random) * PAGE + random.below(places) * spec.size;
  });
}

/**
 * A network card that receives: it reads a descriptor, writes the packet into the descriptor's buffer, and writes a completion.
 * The ring of descriptors (16 bytes each) comes first in the window, then the completions (16 bytes), then the buffers.
 */
function ring(spec: GeneratorSpec): Pattern {
  const entry = 16;
  const table = Math.ceil((spec.ring * entry) / PAGE) * PAGE;
  const buffers = Math.floor((spec.window - 2 * table) / spec.buffer);
  if (buffers < 1)
    throw new RangeError(
      `${spec.text}: window ${spec.window} has no room for rings and a buffer, expected more`,
    );
  const beats = Math.ceil(spec.packet / spec.size);
  const state = Array.from({ length: spec.streams }, () => ({ packet: 0, step: 0 }));
  let stream = 0;
  return (next) => {
    const own = state[stream];
    const slot = own.packet % spec.ring;
    next.stream = stream;
    if (own.step === 0 || own.step === beats + 1) {
      next.offset = (own.step === 0 ? 0 : table) + slot * entry;
      next.size = entry;
      next.flags = own.step === 0 ? 0 : Flag.WRITE;
    } else {
      const done = (own.step - 1) * spec.size;
      const at = 2 * table + (own.packet % Math.min(spec.ring, buffers)) * spec.buffer + done;
      // The last one is what is left of the packet.
      next.size = Math.min(spec.size, spec.packet - done, PAGE - (at % PAGE));
      next.offset = at;
      next.flags = Flag.WRITE;
    }
    if (++own.step > beats + 1) {
      own.step = 0;
      own.packet++;
    }
    // A packet is one burst of its stream.
    if (own.step === 0) stream = (stream + 1) % spec.streams;
  };
}

/** Tenants with windows and popularities of their own, a burst of each after the other (the idea is HyperSIO's, ISCA 2020). */
function tenants(spec: GeneratorSpec): Pattern {
  const ranks = new ZipfRanks(Math.max(1, Math.floor(spec.window / PAGE)), spec.skew, spec.text);
  const order = new Random(spec.seed);
  const own = Array.from({ length: spec.streams }, (_, i) => new Random(spec.seed + 2 + i));
  const writes = new Random(spec.seed + 1);
  const places = Math.max(1, Math.floor(Math.min(PAGE, spec.window) / spec.size));
  let left = 0;
  let stream = 0;
  return (next) => {
    if (left === 0) {
      stream = order.below(spec.streams);
      left = spec.burst;
    }
    left--;
    const random = own[stream];
    next.stream = stream;
    next.offset = ranks.page(random) * PAGE + random.below(places) * spec.size;
    next.size = spec.size;
    next.flags = spec.write > 0 && writes.below(100) < spec.write ? Flag.WRITE : 0;
  };
}

/** An offset moved back where a transaction would cross into the next page. */
function inPage(offset: number, size: number): number {
  const over = (offset % PAGE) + size - PAGE;
  return over > 0 ? offset - over : offset;
}
