// Events in time order; of one tick, the latest made first. A wheel of 4096 ticks with a bitmap finds the next
// one; what lies further ahead waits in a list until the wheel reaches it.
import { pow2 } from '../memory/bits';
import { base, region } from '../memory/base';
import { H_NODES, H_NODE_CAP, EN_BYTES, TM_WHEEL_LOG2 } from '../abi';
import { tm, T_NOW, T_FREE_NODE, T_FAR, T_FAR_MIN, T_PENDING, WHEEL, WHEEL_MAP } from './layout';

const BUCKETS: u32 = 1 << TM_WHEEL_LOG2;
const MASK: u32 = BUCKETS - 1;
export const NEVER: u64 = 0xffffffffffffffff;

const N_NEXT: i32 = 0;
const N_PC: i32 = 4;
const N_ARG: i32 = 8;
const N_TIME: i32 = 16;

@inline
function nodeAt(n: u32): usize {
  return region(base + H_NODES) + <usize>((n - 1) * EN_BYTES);
}

/** Empties the wheel at tick 0. */
export function clearWheel(): void {
  memory.fill(tm + WHEEL_MAP, 0, BUCKETS >> 3);
  memory.fill(tm + WHEEL, 0, BUCKETS << 2);
  const n = load<u32>(base, H_NODE_CAP);
  for (let i: u32 = 1; i <= n; i++) store<u32>(nodeAt(i), i < n ? i + 1 : 0, N_NEXT);
  store<u32>(tm, 1, T_FREE_NODE);
  store<u32>(tm, 0, T_FAR);
  store<u64>(tm, NEVER, T_FAR_MIN);
  store<u32>(tm, 0, T_PENDING);
}

// Of one tick, the event made last comes first: gem5's rule, which lets whoever is woken by a token take it before newcomers.
function place(n: u32, time: u64): void {
  const bucket = (<u32>time) & MASK;
  const slot = tm + WHEEL + ((<usize>bucket) << 2);
  const first = load<u32>(slot);
  store<u32>(nodeAt(n), first, N_NEXT);
  store<u32>(slot, n);
  if (first) return;
  const word = tm + WHEEL_MAP + ((<usize>(bucket >> 6)) << 3);
  store<u64>(word, load<u64>(word) | pow2(bucket & 63));
}

/** Event `pc` for `arg` at tick `time`, not before now. */
export function schedule(time: u64, pc: u32, arg: u32): void {
  const n = load<u32>(tm, T_FREE_NODE);
  if (!n) unreachable(); // more events than requests, responses and offers can have: the host sizes the nodes for all of them
  const node = nodeAt(n);
  store<u32>(tm, load<u32>(node, N_NEXT), T_FREE_NODE);
  store<u32>(tm, load<u32>(tm, T_PENDING) + 1, T_PENDING);
  store<u32>(node, pc, N_PC);
  store<u32>(node, arg, N_ARG);
  store<u64>(node, time, N_TIME);
  if (time - load<u64>(tm, T_NOW) < <u64>BUCKETS) {
    place(n, time);
    return;
  }
  store<u32>(node, load<u32>(tm, T_FAR), N_NEXT);
  store<u32>(tm, n, T_FAR);
  if (time < load<u64>(tm, T_FAR_MIN)) store<u64>(tm, time, T_FAR_MIN);
}

// Brings events that the wheel now reaches from the far list, oldest first.
function gather(now: u64): void {
  let rest: u32 = 0;
  let near: u32 = 0;
  let least = NEVER;
  let n = load<u32>(tm, T_FAR);
  while (n) {
    const node = nodeAt(n);
    const next = load<u32>(node, N_NEXT);
    const time = load<u64>(node, N_TIME);
    if (time - now < <u64>BUCKETS) {
      store<u32>(node, near, N_NEXT); // turns the order round: the list held the latest first
      near = n;
    } else {
      store<u32>(node, rest, N_NEXT);
      rest = n;
      if (time < least) least = time;
    }
    n = next;
  }
  // `rest` was turned round as well: turn it back.
  let back: u32 = 0;
  while (rest) {
    const next = load<u32>(nodeAt(rest), N_NEXT);
    store<u32>(nodeAt(rest), back, N_NEXT);
    back = rest;
    rest = next;
  }
  store<u32>(tm, back, T_FAR);
  store<u64>(tm, least, T_FAR_MIN);
  while (near) {
    const next = load<u32>(nodeAt(near), N_NEXT);
    place(near, load<u64>(nodeAt(near), N_TIME));
    near = next;
  }
}

/** Tick of the next event, NEVER when there is none. */
export function nextTime(): u64 {
  const now = load<u64>(tm, T_NOW);
  const first = (<u32>now) & MASK;
  const map = tm + WHEEL_MAP;
  let word = first >> 6;
  let bitsLeft = load<u64>(map + ((<usize>word) << 3)) & ~(pow2(first & 63) - 1);
  for (let i: u32 = 0; i <= BUCKETS >> 6; i++) {
    if (bitsLeft) {
      const bucket = (word << 6) + <u32>ctz(bitsLeft);
      return min(now + <u64>((bucket - first) & MASK), load<u64>(tm, T_FAR_MIN));
    }
    word = (word + 1) & ((BUCKETS >> 6) - 1);
    bitsLeft = load<u64>(map + ((<usize>word) << 3));
  }
  return load<u64>(tm, T_FAR_MIN);
}

/** Moves to tick `time`, which is that of the next event or before it. */
export function moveTo(time: u64): void {
  store<u64>(tm, time, T_NOW);
  if (load<u64>(tm, T_FAR_MIN) != NEVER && load<u64>(tm, T_FAR_MIN) - time < <u64>BUCKETS) gather(time);
}

export let takenPc: u32 = 0;
export let takenArg: u32 = 0;

/** Takes the next event of the current tick into takenPc and takenArg; false: there is none. */
export function take(): bool {
  const bucket = (<u32>load<u64>(tm, T_NOW)) & MASK;
  const slot = tm + WHEEL + ((<usize>bucket) << 2);
  const n = load<u32>(slot);
  if (!n) return false;
  const node = nodeAt(n);
  const next = load<u32>(node, N_NEXT);
  store<u32>(slot, next);
  if (!next) {
    const word = tm + WHEEL_MAP + ((<usize>(bucket >> 6)) << 3);
    store<u64>(word, load<u64>(word) & ~pow2(bucket & 63));
  }
  takenPc = load<u32>(node, N_PC);
  takenArg = load<u32>(node, N_ARG);
  store<u32>(node, load<u32>(tm, T_FREE_NODE), N_NEXT);
  store<u32>(tm, n, T_FREE_NODE);
  store<u32>(tm, load<u32>(tm, T_PENDING) - 1, T_PENDING);
  return true;
}
