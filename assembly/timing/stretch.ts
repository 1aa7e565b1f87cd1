// A stretch of plain hits in time, without wheel and request blocks. It takes rows of a batch, in open and closed loops, from where
// nothing is under way, as long as they carry no other flags than FAST_FLAGS and hit the micro or the main TLB of the only TBU; the
// first row that is anything else ends it, and what is in flight then is handed over to the machine (hand-over.ts).
//
// What happens is what pipeline.ts lets happen, event for event: an offer (source.ts `offer`), a row through the port (passage.ts
// `portEnd`), out of the micro TLB (`microEnd`), out of the main TLB (miss.ts `mainEnd`, fills.ts `micro`), gone to memory
// (`forwardEnd`), an answer at its device (source.ts `answered`). Events of a kind come in the order in which they were made, because
// each takes as long as the one before: a ring holds them, and what comes next is the least of six keys. A key is the tick, then a
// stamp that falls with each event made, so that of one tick the latest made comes first (wheel.ts). Whom a token that comes back
// wakes goes on in the same tick, before anything else (semaphore.ts): it is done at the end of the event that gave it back.
// test/equal holds all of it equal with the machine, statistics and replacement too.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Column from '../abi/column';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Histogram from '../abi/histogram';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as StreamTimes from '../abi/stream-times';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Base from '../memory/base';
import { add } from '../memory/sum';
import { ownerAt, payload, touch } from '../tlb/array';
import { contextGeneration } from '../tlb/context';
import { streamMix } from '../tlb/index-mix';
import * as Lookup from '../tlb/lookup';
import { quietHit } from '../tlb/quiet';
import * as Fast from '../translate/fast';
import * as Streams from '../translate/streams';
import { PC_OFFER } from './accept';
import { handOver } from './hand-over';
import * as Period from './period';
import { tm } from './region';
import * as Repeat from './repeat';
import * as Scheduler from './scheduler';
import { paceLoop } from './source';
import * as StretchBegin from './stretch-begin';
import { keep } from './stretch-record';
import { addTo } from './tally';
import * as Tbu from './tbu';
import * as Wheel from './wheel';

const NEVER: u64 = Wheel.NEVER;

const OFFER: u64 = Stretch.KIND_OFFER;
const PORT: u64 = Stretch.KIND_PORT;
const MICRO: u64 = Stretch.KIND_MICRO;
const MAIN: u64 = Stretch.KIND_MAIN;
const FORWARD: u64 = Stretch.KIND_FORWARD;
const ANSWER: u64 = Stretch.KIND_ANSWER;
const STAMP: u64 = 1 << 12;
const TICK: u64 = Stretch.KEY_TICK;
/** Stamps that are left when a stretch ends for want of them: more than one event makes. */
const LAST_STAMPS: u64 = STAMP << 12;
/** Rows after which a stretch is looked at for a pattern, and after one was looked for in vain; rows of a pattern at most. */
const FIRST_LOOK: u32 = 128;
const MOST_PATIENCE: u32 = 8192;
const MOST_PERIOD_ROWS: u32 = 300;
/** Idle moments at most at which no stretch is tried, after those that took no row. */
const MOST_SKIPPED: u32 = 15;

let skip: u32 = 0;
let skipped: u32 = 0;

/** Other rows become the source. */
export function tryStretch(): void {
  skip = 0;
  skipped = 0;
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

@inline
function beats(size: u32, log2: u32): u32 {
  return (size + (1 << log2) - 1) >> log2;
}

// How far off an event is.
@inline
function off(k: u64, now: u64): u64 {
  return k == NEVER ? 0 : (k >> TICK) - now;
}

@inline
function least(a: u64, b: u64): u64 {
  return a < b ? a : b;
}

/** The entry's number in its cache, of the last `look` that gave one. */
let index: u32 = 0;

/** There is no entry. */
const ABSENT: usize = 0;
/** There is one that needs the machine. */
const UNUSUAL: usize = 1;

// What cache c has for an access: an entry that lets it pass, ABSENT or UNUSUAL. Nothing changes.
function look(c: usize, context: u32, mix: u32, va: u64, flags: u32): usize {
  const i = Lookup.find(c, va, context, 0, <u64>mix);
  if (i < 0) return ABSENT;
  const e = payload(c, i);
  if (!Fast.passes(e, flags)) return UNUSUAL;
  index = <u32>i;
  return e;
}

@inline
function mixOf(c: usize, row: u32): u32 {
  if (load<u32>(c, Cache.SETS) == 1) return 0;
  const w = (<usize>row) << 2;
  const flags = load<u32>(column(Column.FLAGS) + w);
  const substream = Streams.substreamOf(flags, load<u32>(column(Column.SUBSTREAM) + w));
  return streamMix(c, load<u32>(column(Column.STREAM) + w), substream);
}

// The micro TLB is filled with the entry that the record keeps: fills.ts `micro`, tbu.ts `tbuFill`.
function fillMicro(c: usize, r: usize): void {
  const image = r + Stretch.IMAGE;
  const size = load<u32>(image, Entry.SPANS) & 0xff;
  const va = load<u64>(r, Stretch.VA);
  const i = Lookup.fill(c, va, size, load<u32>(r, Stretch.CONTEXT), mixOf(c, load<u32>(r, Stretch.ROW)));
  Lookup.fillReady(c, i, image, load<u32>(r, Stretch.OWNER));
}

/**
 * Rows of the source from where nothing is under way, as `still` says. True: the wheel and the source stand as if the machine had
 * done them; false: nothing has changed.
 */
export function stretch(more: bool): bool {
  if (skip) {
    skip--;
    return false;
  }
  const c = Base.cacheAt(CacheIndex.TBU);
  const main = Base.cacheAt(CacheIndex.TBU + 1);
  if (!StretchBegin.takes(c, main)) return false;

  // The configuration
  const n = load<u32>(Base.base, Header.STRETCH_RECORDS);
  const hasMain = StretchBegin.takesMain(main);
  const tcu = <u64>load<u32>(tm, Timing.TCU_TICKS);
  const tbu = <u64>load<u32>(tm, Timing.TBU_TICKS);
  const byTcu = Period.reciprocal(tcu);
  const byTbu = Period.reciprocal(tbu);
  const portLog2 = <u32>ctz(load<u32>(tm, Timing.PORT_BYTES));
  const memLog2 = <u32>ctz(load<u32>(tm, Timing.MEM_BYTES));
  const dataLatency = <u64>load<u32>(tm, Timing.DATA_LATENCY);
  const response = <u64>load<u32>(tm, Timing.RESPONSE);
  const microLatency = <u64>load<u32>(c, Cache.LATENCY);
  const mainLatency = <u64>load<u32>(main, Cache.LATENCY);
  const slots = load<u32>(tm, Timing.TBU_SLOTS);
  const writeBeats = load<u32>(tm, Timing.WRITE_BEATS);
  const ordered = load<u32>(tm, Timing.ORDERED) != 0;
  const state = tm + Tbu.FIRST;
  const generation = contextGeneration();

  // Rows and columns
  const loop = load<u32>(tm, Scheduler.SOURCE) == Scheduler.SOURCE_LOOP;
  const limit = load<u32>(tm, Scheduler.LIMIT);
  const minGap = max<u64>(load<u32>(tm, Scheduler.MIN_GAP), 1);
  const requesters = load<u32>(tm, Scheduler.REQUESTERS);
  const end = load<u32>(tm, Scheduler.END);
  const iovas = column(Column.IOVA);
  const arrivals = column(Column.ARRIVAL);

  // Scratch
  const s = Base.region(Base.base + Header.STRETCH);
  const mask = n - 1;
  const answerRing = s + Stretch.ANSWER_RING;
  const microRing = s + <usize>Stretch.microRing(n);
  const mainRing = s + <usize>Stretch.mainRing(n);
  const microQueue = s + <usize>Stretch.microQueue(n);
  const mainQueue = s + <usize>Stretch.mainQueue(n);
  const memoryQueue = s + <usize>Stretch.memoryQueue(n);
  const behind = s + <usize>Stretch.behindRing(n);
  const records = s + <usize>Stretch.recordsAt(n);
  for (let r = records; r < records + <usize>(n * Stretch.BYTES); r += Stretch.BYTES)
    store<u32>(r, Stretch.IDLE, Stretch.BUSY);

  // Time
  const begin = load<u64>(tm, Scheduler.NOW);
  const origin = begin - (begin % (tcu * tbu));
  const originCycles = origin / tcu;
  let clock = begin - origin;
  let offerAt = load<u64>(tm, Scheduler.OFFER);
  if (offerAt > origin && offerAt - origin >= Period.MOST_TICKS) return false;
  const first = Wheel.takeOnly() - origin;

  // The source
  let row = load<u32>(tm, Scheduler.ROW);
  const firstRow = row;
  let turn = load<u32>(tm, Scheduler.TURN);
  let ready = true;
  let refused = false;
  let refusedBy: u32 = load<u32>(tm, Scheduler.REFUSED_BY);
  let refusedBeats: u32 = load<u32>(tm, Scheduler.REFUSED_BEATS);
  let loopAt = load<u64>(tm, Scheduler.LOOP);
  let lastArrival = load<u64>(tm, Scheduler.LAST_ARRIVAL);
  let lastAccept = load<u64>(tm, Scheduler.LAST_ACCEPT);
  let outstanding = load<u32>(tm, Scheduler.OUTSTANDING);
  let again = false; // the offer at hand goes on in the machine
  let pace = false; // so does the closed loop's pace

  // Events: the next of each kind, and rings of the others
  let stamp: u64 = 0xffffff * STAMP;
  let ko = (first << TICK) | stamp | OFFER;
  let kp = NEVER;
  let km = NEVER;
  let kn = NEVER;
  let kf = NEVER;
  let ka = NEVER;
  let microFirst: u32 = 0;
  let microEnd: u32 = 0;
  let mainFirst: u32 = 0;
  let mainEnd: u32 = 0;
  let answerFirst: u32 = 0;
  let answerEnd: u32 = 0;

  // Tokens, and who waits: for the port all that were accepted and have not begun
  let accepted: u32 = 0;
  let ported: u32 = 0;
  let microFree = load<u32>(state + Tbu.MICRO);
  let mainFree = load<u32>(state + Tbu.MAIN);
  let microWait: u32 = 0;
  let microWaitEnd: u32 = 0;
  let mainWait: u32 = 0;
  let mainWaitEnd: u32 = 0;
  let memoryWait: u32 = 0;
  let memoryWaitEnd: u32 = 0;
  let behindFirst: u32 = 0;
  let behindEnd: u32 = 0;

  // Slots and statistics
  let used: u32 = 0;
  let used2 = load<u32>(state, Tbu.BEATS);
  let slotChange = load<u64>(tm, Scheduler.SLOT_CHANGE) - origin; // modulo 2^64, as only differences count
  let slotSum: u64 = 0;
  let slotMax = <u32>load<u64>(tm + Timing.STATS, TimingCounters.SLOT_MAX);
  let refusals: u64 = 0;
  let stallOrder: u64 = 0;
  let stallMemory: u64 = 0;
  let done: u64 = 0;
  let latencySum: u64 = 0;
  let latencyMax: u64 = 0;
  let bytes: u64 = 0;
  let lastResponse: u64 = 0;
  let microHits: u64 = 0;
  let microMisses: u64 = 0;
  let mainHits: u64 = 0;

  // Patterns (repeat.ts): the row behind the last that is unlike the others, rows in flight that missed, and when to look next
  const alike: u64 = loop ? minGap : 0;
  let unlike: u32 = row;
  let flying: u32 = 0;
  let lookAt: u32 = row + FIRST_LOOK;
  let patience: u32 = FIRST_LOOK;
  let saved: u64 = 0; // what is quickly compared of the moment that was saved, 0: none was
  let savedRow: u32 = row;
  let early: u32 = row; // the last row that was due later than it could be accepted
  let looks = false;

  while (true) {
    while (true) {
      const k = least(least(least(km, kf), least(kp, ko)), least(ka, kn));
      if (k == NEVER || stamp < LAST_STAMPS) break;
      const now = k >> TICK;
      const kind = k & 7;
      const r = records + <usize>((k << 4) & (511 << 7));
      if (kind == FORWARD) {
        // passage.ts `forwardEnd`: it has left
        if (loop && answerEnd - answerFirst >= <u32>Stretch.ANSWERS - 2) break;
        clock = now;
        kf = NEVER;
        const since = load<u32>(r, Stretch.ACCEPTED);
        const size = <u64>load<u32>(r, Stretch.SIZE);
        const record = <usize>load<u32>(r, Stretch.STREAM);
        const status = load<u32>(r, Stretch.STATUS);
        const i = load<u32>(r, Stretch.ROW);
        store<u32>(r, Stretch.IDLE, Stretch.BUSY);
        flying -= load<u32>(r, Stretch.MISSED);
        // accept.ts `freeSlot`
        slotSum += <u64>used * (now - slotChange);
        slotChange = now;
        used--;
        if (load<u32>(r, Stretch.KEY) & 1) used2 -= load<u32>(r, Stretch.BEATS);
        if (refused && ko == NEVER) {
          stamp -= STAMP;
          ko = (Period.edge(now, 1, tbu, byTbu) << TICK) | stamp | OFFER;
        }
        // finish.ts, stream-tally.ts
        const at = Period.edge(Period.edge(now, dataLatency, tcu, byTcu), response, tbu, byTbu);
        const from = Period.cycles(<u64>since, tcu, byTcu);
        const to = Period.cycles(at, tcu, byTcu);
        const latency = to - from;
        done++;
        latencySum += latency;
        if (latency > latencyMax) latencyMax = latency;
        lastResponse = at;
        bytes += size;
        let bucket = <i32>latency;
        if (latency >= 2 << Histogram.SUB) bucket = Histogram.bucketOf(<i32>min<u64>(latency, 0xffffff));
        add(tm + Timing.HISTOGRAM + <usize>(bucket << 3), 1);
        add(record + StreamRecord.HIT + ((<usize>(status >> 24)) << 3), 1);
        const times =
          Base.region(Base.base + Header.STREAM_TIMES) +
          <usize>(
            ((<u32>(record - Base.region(Base.base + Header.STREAMS)) / StreamRecord.BYTES) *
              StreamTimes.BYTES)
          );
        add(times + StreamTimes.COUNT, 1);
        add(times + StreamTimes.LATENCY_SUM, latency);
        if (latency > load<u64>(times, StreamTimes.LATENCY_MAX))
          store<u64>(times, latency, StreamTimes.LATENCY_MAX);
        add(times + StreamTimes.FORWARDED_BYTES, size);
        const count = times + <usize>(StreamTimes.HISTOGRAM + (StreamTimes.bucketOf(bucket) << 2));
        store<u32>(count, load<u32>(count) + 1);
        const d = (<usize>i) << 3;
        store<u64>(column(Column.PA) + d, load<u64>(r, Stretch.PA));
        store<u32>(column(Column.STATUS) + ((<usize>i) << 2), status);
        store<u64>(column(Column.ACCEPTED) + d, originCycles + from);
        store<u64>(column(Column.TRANSLATED) + d, originCycles + Period.cycles(now, tcu, byTcu));
        store<u64>(column(Column.COMPLETION) + d, originCycles + to);
        if (loop) {
          stamp -= STAMP;
          const key = (at << TICK) | stamp | ANSWER;
          // Answers of one tick, when memory's clock is the faster one: the latest made comes first.
          if (ka == NEVER) ka = key;
          else {
            let last = answerEnd;
            while (last != answerFirst) {
              const before = load<u64>(answerRing + ((<usize>((last - 1) & (Stretch.ANSWERS - 1))) << 3));
              if (before < key) break;
              store<u64>(answerRing + ((<usize>(last & (Stretch.ANSWERS - 1))) << 3), before);
              last--;
            }
            let put = key;
            if (last == answerFirst && ka > key) {
              put = ka;
              ka = key;
            }
            store<u64>(answerRing + ((<usize>(last & (Stretch.ANSWERS - 1))) << 3), put);
            answerEnd++;
          }
        }
        // The port to memory goes to the first that waits.
        if (memoryWait != memoryWaitEnd) {
          const next = <u64>load<u32>(memoryQueue + ((<usize>(memoryWait & mask)) << 2));
          memoryWait++;
          const w = records + <usize>next * Stretch.BYTES;
          stallMemory += now - <u64>load<u32>(w, Stretch.SINCE);
          const length: u32 = load<u32>(w, Stretch.KEY) & 1 ? beats(load<u32>(w, Stretch.SIZE), memLog2) : 1;
          stamp -= STAMP;
          kf = (Period.edge(now, length, tcu, byTcu) << TICK) | stamp | (next << 3) | FORWARD;
        }
      } else if (kind == MICRO || kind == MAIN) {
        const va = load<u64>(r, Stretch.VA);
        const flags = load<u32>(r, Stretch.FLAGS);
        const context = load<u32>(r, Stretch.CONTEXT);
        const id = (k >> 3) & 511;
        let filling: usize = 0; // a record whose fill of the micro TLB is next
        let token = false; // a token of the micro TLB comes back
        if (kind == MICRO) {
          // passage.ts `microEnd`
          if (behindEnd - behindFirst >= n) break;
          let e = quietHit(c, context, va, flags);
          if (e) {
            // which has counted it, and told the policy
            keep(r, e, load<u16>(ownerAt(c, <u32>(e - payload(c, 0)) / Entry.BYTES)), va, HitPlace.MICRO);
          } else {
            e = look(c, context, mixOf(c, load<u32>(r, Stretch.ROW)), va, flags);
            if (e == UNUSUAL || (e == ABSENT && !hasMain)) break;
            if (e) {
              touch(c, index);
              microHits++;
              keep(r, e, load<u16>(ownerAt(c, index)), va, HitPlace.MICRO);
            }
          }
          clock = now;
          km = NEVER;
          if (microFirst != microEnd) {
            km = load<u64>(microRing + ((<usize>(microFirst & mask)) << 3));
            microFirst++;
          }
          token = true;
          if (e) {
            // hazard.ts `mayLeave`: not before one of its requester that came earlier and is still here
            let waits = false;
            if (behindFirst != behindEnd) {
              const key = load<u32>(r, Stretch.KEY);
              for (let b = behindFirst; b != behindEnd; b++) {
                const other = load<u32>(behind + ((<usize>(b & mask)) << 2));
                if (other && load<u32>(records + <usize>((other - 1) * Stretch.BYTES), Stretch.KEY) == key)
                  waits = true;
              }
            }
            store<u32>(r, <u32>now, Stretch.SINCE);
            if (waits) {
              store<u32>(r, Stretch.WAITS, Stretch.BUSY);
              store<u32>(behind + ((<usize>(behindEnd & mask)) << 2), <u32>id + 1);
              behindEnd++;
            } else if (kf == NEVER) {
              const length: u32 =
                load<u32>(r, Stretch.KEY) & 1 ? beats(load<u32>(r, Stretch.SIZE), memLog2) : 1;
              stamp -= STAMP;
              kf = (Period.edge(now, length, tcu, byTcu) << TICK) | stamp | (id << 3) | FORWARD;
            } else {
              store<u32>(memoryQueue + ((<usize>(memoryWaitEnd & mask)) << 2), <u32>id);
              memoryWaitEnd++;
            }
          } else {
            // miss.ts `main`
            microMisses++;
            store<u32>(r, 1, Stretch.MISSED);
            flying++;
            unlike = row;
            if (ordered) {
              store<u32>(behind + ((<usize>(behindEnd & mask)) << 2), <u32>id + 1);
              behindEnd++;
            }
            if (mainFree) {
              mainFree--;
              stamp -= STAMP;
              const key = (Period.edge(now, mainLatency, tbu, byTbu) << TICK) | stamp | (id << 3) | MAIN;
              if (kn == NEVER) kn = key;
              else {
                store<u64>(mainRing + ((<usize>(mainEnd & mask)) << 3), key);
                mainEnd++;
              }
            } else {
              store<u32>(mainQueue + ((<usize>(mainWaitEnd & mask)) << 2), <u32>id);
              mainWaitEnd++;
            }
          }
        } else {
          // miss.ts `mainEnd`
          const e = look(main, context, load<u32>(r, Stretch.MIX), va, flags);
          if (e <= UNUSUAL) break;
          clock = now;
          kn = NEVER;
          if (mainFirst != mainEnd) {
            kn = load<u64>(mainRing + ((<usize>(mainFirst & mask)) << 3));
            mainFirst++;
          }
          touch(main, index);
          mainHits++;
          keep(r, e, load<u16>(ownerAt(main, index)), va, HitPlace.MAIN);
          // fills.ts `micro`: a token has to be there, and goes back at once
          if (microFree) filling = r;
          else {
            store<u32>(microQueue + ((<usize>(microWaitEnd & mask)) << 2), (<u32>id) | Stretch.FILLS);
            microWaitEnd++;
          }
        }
        while (true) {
          if (filling) {
            fillMicro(c, filling);
            // passage.ts `order`: whoever is here has none of its requester before it, or waits for it
            let leaving = filling;
            filling = 0;
            let at = behindFirst;
            const key = load<u32>(leaving, Stretch.KEY);
            let own = <u32>((leaving - records) / Stretch.BYTES) + 1;
            let waits = false;
            if (ordered) {
              for (; ; at++) {
                const other = load<u32>(behind + ((<usize>(at & mask)) << 2));
                if (other == own) break;
                if (other && load<u32>(records + <usize>((other - 1) * Stretch.BYTES), Stretch.KEY) == key)
                  waits = true;
              }
            }
            if (waits) {
              store<u32>(leaving, Stretch.WAITS, Stretch.BUSY);
              store<u32>(leaving, <u32>now, Stretch.SINCE);
              leaving = 0;
            }
            while (leaving) {
              // hazard.ts `leaveOrder`: the next of its requester may go on, and does so when this one has
              let next: usize = 0;
              if (ordered) {
                store<u32>(behind + ((<usize>(at & mask)) << 2), 0);
                for (let b = at + 1; b != behindEnd; b++) {
                  const other = load<u32>(behind + ((<usize>(b & mask)) << 2));
                  if (!other) continue;
                  const w = records + <usize>((other - 1) * Stretch.BYTES);
                  if (load<u32>(w, Stretch.KEY) != key) continue;
                  if (load<u32>(w, Stretch.BUSY) == Stretch.WAITS) {
                    store<u32>(w, Stretch.FLIES, Stretch.BUSY);
                    stallOrder += now - <u64>load<u32>(w, Stretch.SINCE);
                    next = w;
                    at = b;
                  }
                  break;
                }
                while (behindFirst != behindEnd && !load<u32>(behind + ((<usize>(behindFirst & mask)) << 2)))
                  behindFirst++;
              }
              own = <u32>((leaving - records) / Stretch.BYTES);
              store<u32>(leaving, <u32>now, Stretch.SINCE);
              if (kf == NEVER) {
                const length: u32 =
                  load<u32>(leaving, Stretch.KEY) & 1 ? beats(load<u32>(leaving, Stretch.SIZE), memLog2) : 1;
                stamp -= STAMP;
                kf = (Period.edge(now, length, tcu, byTcu) << TICK) | stamp | ((<u64>own) << 3) | FORWARD;
              } else {
                store<u32>(memoryQueue + ((<usize>(memoryWaitEnd & mask)) << 2), own);
                memoryWaitEnd++;
              }
              leaving = next;
            }
          }
          if (!token) break;
          if (microWait == microWaitEnd) {
            microFree++;
            break;
          }
          const next = load<u32>(microQueue + ((<usize>(microWait & mask)) << 2));
          microWait++;
          const w = <u64>(next & (Stretch.FILLS - 1));
          if (next & Stretch.FILLS) {
            filling = records + <usize>w * Stretch.BYTES;
            continue;
          }
          stamp -= STAMP;
          const key = (Period.edge(now, microLatency, tbu, byTbu) << TICK) | stamp | (w << 3) | MICRO;
          if (km == NEVER) km = key;
          else {
            store<u64>(microRing + ((<usize>(microEnd & mask)) << 3), key);
            microEnd++;
          }
          break;
        }
        if (kind == MAIN) {
          if (mainWait != mainWaitEnd) {
            const next = <u64>load<u32>(mainQueue + ((<usize>(mainWait & mask)) << 2));
            mainWait++;
            stamp -= STAMP;
            const key = (Period.edge(now, mainLatency, tbu, byTbu) << TICK) | stamp | (next << 3) | MAIN;
            if (kn == NEVER) kn = key;
            else {
              store<u64>(mainRing + ((<usize>(mainEnd & mask)) << 3), key);
              mainEnd++;
            }
          } else mainFree++;
        }
      } else if (kind == PORT) {
        // passage.ts `portEnd`, then whoever waits for the port
        clock = now;
        kp = NEVER;
        const id = (k >> 3) & 511;
        if (microFree) {
          microFree--;
          stamp -= STAMP;
          const key = (Period.edge(now, microLatency, tbu, byTbu) << TICK) | stamp | (id << 3) | MICRO;
          if (km == NEVER) km = key;
          else {
            store<u64>(microRing + ((<usize>(microEnd & mask)) << 3), key);
            microEnd++;
          }
        } else {
          store<u32>(microQueue + ((<usize>(microWaitEnd & mask)) << 2), <u32>id);
          microWaitEnd++;
        }
        if (ported != accepted) {
          const next = <u64>(ported & mask);
          ported++;
          stamp -= STAMP;
          const length = load<u32>(records + <usize>next * Stretch.BYTES, Stretch.BEATS);
          kp = (Period.edge(now, length, tbu, byTbu) << TICK) | stamp | (next << 3) | PORT;
        }
      } else if (kind == OFFER) {
        // source.ts `offer`
        clock = now;
        ko = NEVER;
        while (row < end) {
          if (refused && ready) {
            if (
              refusedBy == 0
                ? used >= slots
                : used >= slots || (used2 != 0 && used2 + refusedBeats > writeBeats)
            )
              break;
          }
          const d = (<usize>row) << 3;
          const tick = origin + now;
          if (!ready) {
            if (loop) offerAt = loopAt;
            else {
              const arrival = load<u64>(arrivals + d);
              if (arrival > Period.MOST_TICKS << 24) {
                again = true;
                break;
              }
              offerAt = arrival == 0 ? lastArrival + tcu : max(arrival * tcu, lastArrival);
            }
            if (offerAt > tick && offerAt - origin >= Period.MOST_TICKS) {
              again = true;
              break;
            }
            ready = true;
            if (loop && outstanding >= limit) break;
            if (offerAt > tick) {
              stamp -= STAMP;
              ko = ((offerAt - origin) << TICK) | stamp | OFFER;
              break;
            }
          }
          if (loop && outstanding >= limit) break;
          const h = (<usize>row) << 1;
          const w = (<usize>row) << 2;
          // Whether there is room comes first, as there is no block then to read the row into.
          let length: u32 = 1;
          const m4 = s + <usize>Stretch.recordsAt(n) + <usize>((accepted & mask) * Stretch.BYTES);
          if (used < slots) {
            const flags = load<u32>(column(Column.FLAGS) + w);
            const sid = load<u32>(column(Column.STREAM) + w);
            let size = <u32>load<u16>(column(Column.SIZE) + h);
            const va = load<u64>(iovas + d);
            if (
              flags & ~Fast.FAST_FLAGS ||
              ((<u32>va) & 0xfff) + size > 4096 ||
              load<u32>(m4, Stretch.BUSY) != Stretch.IDLE
            ) {
              again = true;
              break;
            }
            const substream = Streams.substreamOf(flags, load<u32>(column(Column.SUBSTREAM) + w));
            let m = Streams.memoAt(sid, substream);
            if (!Streams.isLineOf(m, sid, substream)) {
              m = Streams.streamMemo(sid, substream);
              if (contextGeneration() != generation) {
                again = true;
                break;
              }
            }
            if (!size) size = Request.DEFAULT_SIZE;
            const write = flags & Flag.WRITE;
            if (write) length = beats(size, portLog2);
            const requester = requesters ? turn : <u32>load<u16>(column(Column.REQUESTER) + h);
            store<u64>(m4, va, Stretch.VA);
            store<u32>(m4, row, Stretch.ROW);
            store<u32>(m4, <u32>now, Stretch.ACCEPTED);
            store<u32>(m4, load<u32>(m, StreamMemo.STREAM), Stretch.STREAM);
            store<u32>(m4, load<u32>(m, StreamMemo.CONTEXT), Stretch.CONTEXT);
            store<u32>(m4, load<u32>(m, StreamMemo.MIX), Stretch.MIX);
            store<u32>(m4, (requester << 1) | write, Stretch.KEY);
            store<u32>(m4, flags, Stretch.FLAGS);
            store<u32>(m4, size, Stretch.SIZE);
            store<u32>(m4, length, Stretch.BEATS);
            if (write && writeBeats && used2 && used2 + length > writeBeats) {
              if (!refused) refusals++;
              refused = true;
              refusedBy = <u32>state;
              refusedBeats = length;
              break;
            }
            if (write) used2 += length;
          } else {
            if (!refused) refusals++;
            refused = true;
            refusedBy = 0;
            refusedBeats = 0;
            break;
          }
          // accept.ts `takeSlot`
          store<u32>(m4, Stretch.FLIES, Stretch.BUSY);
          store<u32>(m4, 0, Stretch.MISSED);
          slotSum += <u64>used * (now - slotChange);
          slotChange = now;
          used++;
          if (used > slotMax) slotMax = used;
          refused = false;
          ready = false;
          // `advanceSource`, `paceLoop`
          lastArrival = offerAt;
          row++;
          if (load<u64>(arrivals + d) > alike || load<u32>(m4, Stretch.KEY) & 1) unlike = row;
          if (loop) {
            turn = turn + 1 < requesters ? turn + 1 : 0;
            outstanding++;
            lastAccept = tick;
            const gap = row < end ? max(minGap, load<u64>(arrivals + d, 8)) : minGap;
            if (gap >= StretchBegin.MOST_CYCLES) pace = true;
            loopAt = origin + Period.edge(now, gap & (StretchBegin.MOST_CYCLES - 1), tcu, byTcu);
          }
          // passage.ts `port`
          if (kp == NEVER) {
            const id = <u64>(accepted & mask);
            ported = accepted + 1;
            stamp -= STAMP;
            kp = (Period.edge(now, length, tbu, byTbu) << TICK) | stamp | (id << 3) | PORT;
          }
          accepted++;
          if (pace && row < end) {
            again = true;
            break;
          }
        }
        if (again || (more && row == end)) break;
        if (row >= lookAt) {
          if (flying || row - unlike < used + 1 || behindFirst != behindEnd) {
            saved = 0;
            lookAt = row + patience;
          } else {
            const quick =
              (off(kp, now) << 50) ^
              (off(km, now) << 40) ^
              (off(kf, now) << 30) ^
              (off(ko, now) << 20) ^
              (off(ka, now) << 8) ^
              (<u64>((used << 16) | (memoryWaitEnd - memoryWait)));
            if (!saved || row - unlike < row - savedRow || row - savedRow > MOST_PERIOD_ROWS) {
              if (saved) {
                patience = min(2 * patience, MOST_PATIENCE);
                saved = 0;
                lookAt = row + patience;
              } else {
                saved = quick | 1;
                savedRow = row;
                looks = true;
                break;
              }
            } else if (saved == (quick | 1)) {
              looks = true;
              break;
            }
          }
        }
      } else {
        // source.ts `answered`
        clock = now;
        ka = NEVER;
        if (answerFirst != answerEnd) {
          ka = load<u64>(answerRing + ((<usize>(answerFirst & (Stretch.ANSWERS - 1))) << 3));
          answerFirst++;
        }
        outstanding--;
        if (row < end && ko == NEVER && !refused) {
          const next = origin + Period.edge(now, 1, tcu, byTcu);
          if (next > loopAt) {
            loopAt = next;
            ready = false;
          }
          if (!ready) offerAt = loopAt;
          ready = true;
          if (outstanding < limit) {
            stamp -= STAMP;
            ko = ((max(offerAt, origin + now) - origin) << TICK) | stamp | OFFER;
          }
        }
      }
    }
    // Where it stands
    // The heads go back to their rings.
    if (km != NEVER) store<u64>(microRing + ((<usize>(--microFirst & mask)) << 3), km);
    if (kn != NEVER) store<u64>(mainRing + ((<usize>(--mainFirst & mask)) << 3), kn);
    if (ka != NEVER) store<u64>(answerRing + ((<usize>(--answerFirst & (Stretch.ANSWERS - 1))) << 3), ka);
    store<u64>(s, origin, Stretch.ORIGIN);
    store<u64>(s, ko, Stretch.OFFER);
    store<u64>(s, kp, Stretch.PORT);
    store<u64>(s, kf, Stretch.MEMORY);
    store<u32>(s, ported, Stretch.PORT_FIRST);
    store<u32>(s, accepted, Stretch.PORT_END);
    store<u32>(s, microFirst, Stretch.MICRO_FIRST);
    store<u32>(s, microEnd, Stretch.MICRO_END);
    store<u32>(s, mainFirst, Stretch.MAIN_FIRST);
    store<u32>(s, mainEnd, Stretch.MAIN_END);
    store<u32>(s, answerFirst, Stretch.ANSWER_FIRST);
    store<u32>(s, answerEnd, Stretch.ANSWER_END);
    store<u32>(s, microWait, Stretch.MICRO_WAIT);
    store<u32>(s, microWaitEnd, Stretch.MICRO_WAIT_END);
    store<u32>(s, mainWait, Stretch.MAIN_WAIT);
    store<u32>(s, mainWaitEnd, Stretch.MAIN_WAIT_END);
    store<u32>(s, memoryWait, Stretch.MEMORY_WAIT);
    store<u32>(s, memoryWaitEnd, Stretch.MEMORY_WAIT_END);
    store<u32>(s, behindFirst, Stretch.BEHIND);
    store<u32>(s, behindEnd, Stretch.BEHIND_END);
    store<u64>(s, clock, Stretch.CLOCK);
    if (!looks) break;
    looks = false;
    store<u64>(s, slotChange, Stretch.SLOT_CHANGE);
    store<u64>(s, offerAt, Stretch.OFFER_AT);
    store<u64>(s, loopAt, Stretch.LOOP_AT);
    store<u64>(s, lastArrival, Stretch.LAST_ARRIVAL);
    store<u32>(s, ready ? 1 : 0, Stretch.READY);
    store<u32>(s, refused ? 1 : 0, Stretch.REFUSED);
    store<u32>(s, refusedBy, Stretch.REFUSED_BY);
    store<u32>(s, refusedBeats, Stretch.REFUSED_BEATS);
    store<u32>(s, used, Stretch.USED);
    store<u32>(s, used2, Stretch.BUFFERED);
    store<u32>(s, outstanding, Stretch.OUTSTANDING);
    store<u32>(s, microFree, Stretch.MICRO_FREE);
    store<u32>(s, row, Stretch.ROW_AT_HAND);
    store<u32>(s, turn, Stretch.TURN);
    store<u64>(s, refusals, Stretch.REFUSALS);
    store<u64>(s, stallMemory, Stretch.STALLS);
    store<u64>(s, slotSum, Stretch.SLOT_TICKS);
    store<u64>(s, done, Stretch.DONE);
    if (savedRow == row) {
      if (!Repeat.save(s)) saved = 0;
    } else if (Repeat.repeat(s, end, alike, !loop && early < savedRow)) {
      const later = Repeat.ticks;
      const skippedRows = Repeat.rows;
      const times = Repeat.periods;
      row += skippedRows;
      if (requesters) turn = (turn + skippedRows) % requesters;
      clock += later;
      slotChange += later;
      // In the open loop one arrives each cycle; where they do not fall behind, that is the same.
      const arrived = loop ? later : <u64>skippedRows * tcu;
      offerAt += arrived;
      lastArrival += arrived;
      loopAt += later;
      lastAccept += later;
      lastResponse += later;
      if (ko != NEVER) ko += later << TICK;
      if (kp != NEVER) kp += later << TICK;
      if (kf != NEVER) kf += later << TICK;
      refusals += times * (refusals - load<u64>(s, Stretch.SAVED_REFUSALS));
      stallMemory += times * (stallMemory - load<u64>(s, Stretch.SAVED_STALLS));
      slotSum += times * (slotSum - load<u64>(s, Stretch.SAVED_SLOT_TICKS));
      done += <u64>skippedRows;
      latencySum += Repeat.latencies;
      bytes += Repeat.bytes;
      saved = 0;
      patience = FIRST_LOOK;
      lookAt = row + patience;
    } else {
      saved = 0;
      patience = min(2 * patience, MOST_PATIENCE);
      lookAt = row + patience;
    }
    if (km != NEVER) km = load<u64>(microRing + ((<usize>(microFirst++ & mask)) << 3));
    if (kn != NEVER) kn = load<u64>(mainRing + ((<usize>(mainFirst++ & mask)) << 3));
    if (ka != NEVER) ka = load<u64>(answerRing + ((<usize>(answerFirst++ & (Stretch.ANSWERS - 1))) << 3));
  }

  // What the machine would have left
  store<u64>(tm, origin + clock, Scheduler.NOW);
  store<u32>(tm, row, Scheduler.ROW);
  if (row >= end) store<u32>(tm, Scheduler.SOURCE_NONE, Scheduler.SOURCE);
  store<u32>(tm, ready ? Scheduler.READY_ROW : Scheduler.READY_NO, Scheduler.ROW_READY);
  store<u64>(tm, offerAt, Scheduler.OFFER);
  store<u32>(tm, ko != NEVER ? 1 : 0, Scheduler.OFFER_SET);
  store<u32>(tm, refused ? 1 : 0, Scheduler.REFUSED);
  store<u32>(tm, refusedBy, Scheduler.REFUSED_BY);
  store<u32>(tm, refusedBeats, Scheduler.REFUSED_BEATS);
  store<u64>(tm, lastArrival, Scheduler.LAST_ARRIVAL);
  if (loop) {
    store<u32>(tm, turn, Scheduler.TURN);
    store<u32>(tm, outstanding, Scheduler.OUTSTANDING);
    store<u64>(tm, lastAccept, Scheduler.LAST_ACCEPT);
    store<u64>(tm, loopAt, Scheduler.LOOP);
    if (pace) paceLoop();
  }
  store<u32>(tm, used, Scheduler.SLOTS);
  store<u32>(tm, used, Scheduler.ACTIVE);
  store<u64>(tm, origin + slotChange, Scheduler.SLOT_CHANGE);
  store<u32>(state, used, Tbu.SLOTS);
  store<u32>(state, used2, Tbu.BEATS);
  const t = tm + Timing.STATS;
  const taken = row - firstRow;
  if (load<u64>(t, TimingCounters.FIRST_OFFER) == u64.MAX_VALUE && (taken || refusals))
    store<u64>(t, origin + first, TimingCounters.FIRST_OFFER);
  store<u64>(t, <u64>slotMax, TimingCounters.SLOT_MAX);
  addTo(TimingCounters.SLOT_CYCLES, slotSum);
  addTo(TimingCounters.REFUSED, refusals);
  addTo(TimingCounters.STALL_ORDER, stallOrder);
  addTo(TimingCounters.STALL_MEMORY, stallMemory);
  addTo(TimingCounters.TRANSACTIONS, done);
  addTo(TimingCounters.LATENCY_SUM, latencySum);
  addTo(TimingCounters.FORWARDED_BYTES, bytes);
  if (latencyMax > load<u64>(t, TimingCounters.LATENCY_MAX))
    store<u64>(t, latencyMax, TimingCounters.LATENCY_MAX);
  if (done) {
    const response = origin + lastResponse;
    if (response > load<u64>(t, TimingCounters.LAST_RESPONSE))
      store<u64>(t, response, TimingCounters.LAST_RESPONSE);
    if (response > load<u64>(tm, Scheduler.LAST_RESPONSE)) store<u64>(tm, response, Scheduler.LAST_RESPONSE);
  }
  add(c + Cache.HITS, microHits);
  add(c + Cache.MISSES, microMisses);
  add(main + Cache.HITS, mainHits);

  // What is in flight
  if (used || ka != NEVER || ko != NEVER) {
    store<u32>(state + Tbu.MICRO, microFree);
    store<u32>(state + Tbu.MAIN, mainFree);
    handOver(s, loop ? Scheduler.SOURCE_LOOP : Scheduler.SOURCE_OPEN);
  }
  if (again) {
    store<u32>(tm, 1, Scheduler.OFFER_SET);
    Wheel.schedule(origin + clock, PC_OFFER, 0);
  }
  skipped = taken > 8 ? 0 : min(2 * skipped + 1, MOST_SKIPPED);
  skip = skipped;
  return true;
}
