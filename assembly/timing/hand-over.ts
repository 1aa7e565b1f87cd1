// What is in flight when a stretch (stretch.ts) ends, as the machine would have it: a request block for each transaction, who waits
// for which token, the orders of requesters, and the events in the wheel, of each tick in their order. Fields of a block are what
// source.ts `fetch`, short.ts and translate/tbu.ts leave in it at the same place.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Column from '../abi/column';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import { base, cacheAt, generation, region } from '../memory/base';
import { copy16 } from '../memory/copy';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { keyOf } from '../tlb/context';
import { identify } from '../translate/begin';
import { answerFrom } from '../translate/tbu';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { PC_OFFER } from './accept';
import { PC_RESPONSE } from './finish';
import { joinOrder } from './hazard';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { queue } from './semaphore';
import * as Tbu from './tbu';
import * as Tokens from './tokens';
import { NEVER, schedule } from './wheel';

const TICK: u64 = Stretch.KEY_TICK;

let s: usize = 0;
let n: u32 = 0;
let origin: u64 = 0;
let kind: u32 = 0;

/** All that the stretch in s left; `source`: Scheduler.SOURCE_* of its rows. */
export function handOver(scratch: usize, source: u32): void {
  s = scratch;
  n = load<u32>(base, Header.STRETCH_RECORDS);
  origin = load<u64>(s, Stretch.ORIGIN);
  kind = source;
  giveBlocks();
  // Who waits, in the order in which tokens will wake them
  for (let i = load<u32>(s, Stretch.PORT_FIRST); i != load<u32>(s, Stretch.PORT_END); i++)
    queue(begun(i & (n - 1)), tm + Tbu.FIRST + Tbu.PORT, Pc.PORT);
  const first = tm + Tbu.FIRST;
  for (let i = load<u32>(s, Stretch.MICRO_WAIT); i != load<u32>(s, Stretch.MICRO_WAIT_END); i++) {
    const word = queued(Stretch.microQueue(n), i);
    if (word & Stretch.FILLS) queue(filling(word & (Stretch.FILLS - 1)), first + Tbu.MICRO, Pc.FILL_MICRO);
    else queue(short(word), first + Tbu.MICRO, Pc.MICRO);
  }
  for (let i = load<u32>(s, Stretch.MAIN_WAIT); i != load<u32>(s, Stretch.MAIN_WAIT_END); i++)
    queue(missed(queued(Stretch.mainQueue(n), i)), first + Tbu.MAIN, Pc.MAIN);
  for (let i = load<u32>(s, Stretch.MEMORY_WAIT); i != load<u32>(s, Stretch.MEMORY_WAIT_END); i++) {
    const id = queued(Stretch.memoryQueue(n), i);
    const q = hit(id);
    queue(q, tm + Tokens.MEMORY, Pc.FORWARD);
    store<u64>(q, sinceOf(id), Process.SINCE);
  }
  if (load<u64>(s, Stretch.PORT) != NEVER) {
    store<u32>(first + Tbu.PORT, 0);
    begun(recordOf(load<u64>(s, Stretch.PORT)));
  }
  if (load<u64>(s, Stretch.MEMORY) != NEVER) {
    store<u32>(tm + Tokens.MEMORY, 0);
    hit(recordOf(load<u64>(s, Stretch.MEMORY)));
  }
  for (let i = load<u32>(s, Stretch.MICRO_FIRST); i != load<u32>(s, Stretch.MICRO_END); i++)
    short(recordOf(key(Stretch.microRing(n), i, n)));
  for (let i = load<u32>(s, Stretch.MAIN_FIRST); i != load<u32>(s, Stretch.MAIN_END); i++)
    missed(recordOf(key(Stretch.mainRing(n), i, n)));
  joinOrders();
  putEvents();
}

@inline
function record(id: u32): usize {
  return s + <usize>(Stretch.recordsAt(n) + id * Stretch.BYTES);
}

@inline
function block(id: u32): usize {
  return <usize>load<u32>(record(id), Stretch.BLOCK);
}

@inline
function recordOf(k: u64): u32 {
  return (<u32>(k >> 3)) & 511;
}

@inline
function queued(ring: i32, i: u32): u32 {
  return load<u32>(s + <usize>ring + ((<usize>(i & (n - 1))) << 2));
}

@inline
function key(ring: i32, i: u32, size: u32): u64 {
  return load<u64>(s + <usize>ring + ((<usize>(i & (size - 1))) << 3));
}

@inline
function sinceOf(id: u32): u64 {
  return origin + <u64>load<u32>(record(id), Stretch.SINCE) + 1;
}

// A block for each record in flight.
function giveBlocks(): void {
  for (let id: u32 = 0; id < n; id++) {
    const r = record(id);
    if (load<u32>(r, Stretch.BUSY) == Stretch.IDLE) continue;
    const q = <usize>load<u32>(tm, Scheduler.FREE_BLOCK);
    store<u32>(tm, load<u32>(q, Process.LINK), Scheduler.FREE_BLOCK);
    store<u32>(r, <u32>q, Stretch.BLOCK);
  }
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

// It has been accepted: `fetch`, `enter`.
function begun(id: u32): usize {
  const r = record(id);
  const q = block(id);
  const row = load<u32>(r, Stretch.ROW);
  const w = (<usize>row) << 2;
  const requester = load<u32>(r, Stretch.KEY);
  store<u64>(q, load<u64>(r, Stretch.VA), Request.IOVA);
  store<u32>(q, load<u32>(column(Column.STREAM) + w), Request.SID);
  store<u32>(q, load<u32>(column(Column.SUBSTREAM) + w), Request.SSID);
  store<u32>(q, load<u32>(r, Stretch.FLAGS), Request.FLAGS);
  store<u32>(q, load<u32>(r, Stretch.SIZE), Request.SIZE);
  store<u32>(q, requester >> 1, Request.REQUESTER);
  store<u32>(q, DEFAULT_ATTRIBUTES, Request.ATTRS);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  store<u64>(q, origin + <u64>load<u32>(r, Stretch.ACCEPTED), Request.ACCEPTED);
  store<i32>(q, -1, Machine.STALL_SLOT);
  store<u32>(q, load<u32>(r, Stretch.STREAM), Machine.STREAM);
  store<u32>(q, <u32>cacheAt(CacheIndex.TBU), Machine.MICRO);
  store<u32>(q, State.BEGIN, Machine.STATE);
  store<u32>(q, load<u32>(tm, Timing.PARALLEL) ? 2 : 1, Machine.TIMED);
  store<u32>(q, kind, Process.DEST);
  store<u32>(q, row, Process.ROW);
  store<u32>(q, Process.HELD_SHORT | Process.HELD_ACTIVE, Process.HELD);
  store<u64>(q, 0, Process.SINCE);
  store<u32>(q, <u32>(tm + Tbu.FIRST), Process.TBU);
  store<u32>(q, load<u32>(r, Stretch.BEATS), Process.BEATS);
  store<u32>(q, requester & 1, Process.ORDER_KEY);
  return q;
}

// It has passed the port: short.ts `startsShort`.
function short(id: u32): usize {
  const q = begun(id);
  store<u32>(q, generation(), Machine.GENERATION);
  return q;
}

// The micro TLB had nothing: short.ts `longWay`.
function missed(id: u32): usize {
  const q = short(id);
  store<u32>(q, Process.HELD_ACTIVE, Process.HELD);
  identify(q, load<u32>(q, Request.FLAGS));
  store<u32>(q, State.MAIN, Machine.STATE);
  return q;
}

// The main TLB had it, and the micro TLB is to be filled: tbu.ts `tbuLookup`.
function filling(id: u32): usize {
  const q = missed(id);
  const r = record(id);
  store<u32>(q, answerFrom(q, r + Stretch.IMAGE, HitPlace.MAIN), Machine.STATE);
  keepImage(q, r);
  return q;
}

// It has hit: short.ts `afterMicro`. One that hit the main TLB has nothing left to do that another has not.
function hit(id: u32): usize {
  const q = short(id);
  const r = record(id);
  const status = load<u32>(r, Stretch.STATUS);
  store<u64>(q, 0, Request.STATUS); // Status.OK, and no event in Request.EVENT
  store<u64>(q, load<u64>(r, Stretch.PA), Request.PA);
  store<u32>(q, (status >> 16) & 0xff, Request.LOG2);
  store<u32>(q, status >> 24, Request.HIT);
  store<u32>(q, State.FORWARD, Machine.STATE);
  keepImage(q, r);
  return q;
}

function keepImage(q: usize, r: usize): void {
  copy16(q + Machine.DENIED_IMAGE, r + Stretch.IMAGE, Entry.BYTES);
  store<u64>(q, keyOf(load<u32>(r, Stretch.OWNER)), Machine.SPACE);
}

// Those that have passed the port and not their order point join their requesters' orders, in the order of rows; of these, who waits.
function joinOrders(): void {
  if (!load<u32>(tm, Timing.ORDERED)) return;
  for (let i = load<u32>(s, Stretch.BEHIND); i != load<u32>(s, Stretch.BEHIND_END); i++) {
    const word = queued(Stretch.behindRing(n), i);
    if (!word) continue;
    const id = word - 1;
    const q = load<u32>(record(id), Stretch.BUSY) == Stretch.WAITS ? hit(id) : block(id);
    joinOrder(q);
    if (load<u32>(record(id), Stretch.BUSY) != Stretch.WAITS) continue;
    store<u32>(q, Pc.ORDER, Process.PC);
    store<u32>(q, load<u32>(q, Process.HELD) | Process.HELD_WAITS, Process.HELD);
    store<u64>(q, sinceOf(id), Process.SINCE);
  }
  // Those behind have been looked up, and so come before all that have not.
  for (let i = load<u32>(s, Stretch.MICRO_FIRST); i != load<u32>(s, Stretch.MICRO_END); i++)
    joinOrder(block(recordOf(key(Stretch.microRing(n), i, n))));
  for (let i = load<u32>(s, Stretch.MICRO_WAIT); i != load<u32>(s, Stretch.MICRO_WAIT_END); i++) {
    const word = queued(Stretch.microQueue(n), i);
    if (!(word & Stretch.FILLS)) joinOrder(block(word));
  }
}

// The last key of a ring, 0 when it is empty.
@inline
function lastOf(ring: i32, first: u32, end: u32, size: u32): u64 {
  return first == end ? 0 : key(ring, end - 1, size);
}

// Events into the wheel, the last of all first: of one tick, what is put last comes first.
function putEvents(): void {
  let offer = load<u64>(s, Stretch.OFFER);
  let port = load<u64>(s, Stretch.PORT);
  let memory = load<u64>(s, Stretch.MEMORY);
  if (offer == NEVER) offer = 0;
  if (port == NEVER) port = 0;
  if (memory == NEVER) memory = 0;
  let micro = load<u32>(s, Stretch.MICRO_END);
  let main = load<u32>(s, Stretch.MAIN_END);
  let answer = load<u32>(s, Stretch.ANSWER_END);
  const micro0 = load<u32>(s, Stretch.MICRO_FIRST);
  const main0 = load<u32>(s, Stretch.MAIN_FIRST);
  const answer0 = load<u32>(s, Stretch.ANSWER_FIRST);
  let answers: u32 = 0;
  while (true) {
    const m = lastOf(Stretch.microRing(n), micro0, micro, n);
    const l = lastOf(Stretch.mainRing(n), main0, main, n);
    const a = lastOf(Stretch.ANSWER_RING, answer0, answer, Stretch.ANSWERS);
    const k = max(max(max(m, l), max(a, offer)), max(port, memory));
    if (!k) break;
    const at = origin + (k >> TICK);
    if (k == a) {
      answer--;
      answers++;
      schedule(at, PC_RESPONSE, 0);
    } else if (k == m) {
      micro--;
      schedule(at, Pc.MICRO_END, <u32>block(recordOf(k)));
    } else if (k == l) {
      main--;
      schedule(at, Pc.MAIN_END, <u32>block(recordOf(k)));
    } else if (k == offer) {
      offer = 0;
      schedule(at, PC_OFFER, 0);
    } else if (k == port) {
      port = 0;
      schedule(at, Pc.PORT_END, <u32>block(recordOf(k)));
    } else {
      memory = 0;
      schedule(at, Pc.FORWARD_END, <u32>block(recordOf(k)));
    }
  }
  store<u32>(tm, answers, Scheduler.ANSWERS);
}
