// A stretch of plain hits in time, without wheel and request blocks. It takes rows of a batch, in open and closed loops, from where
// nothing is under way, as long as they carry no other flags than FAST_FLAGS and hit the micro or the main TLB of the only TBU; the
// first row that is anything else ends it, and what is in flight then is handed over to the machine (hand-over.ts).
//
// What happens is what pipeline.ts lets happen, event for event: an offer (stretch-source.ts), a row through the port (stretch-port.ts),
// an answer of the micro or the main TLB (stretch-tlbs.ts), a row that has gone to memory (stretch-memory.ts), an answer at its device.
// Events of a kind come in the order in which they were made, because each takes as long as the one before: a ring holds them, and what
// comes next is the least of six keys (stretch-clock.ts). Whom a token that comes back wakes goes on in the same tick, before anything
// else (semaphore.ts): it is done at the end of the event that gave it back. test/equal holds all of it equal with the machine,
// statistics and replacement too.
import * as CacheIndex from '../abi/cache-index';
import * as Stretch from '../abi/stretch';
import { cacheAt } from '../memory/base';
import { PC_OFFER } from './accept';
import { handOver } from './hand-over';
import * as Period from './period';
import { tm } from './region';
import * as Repeat from './repeat';
import * as Scheduler from './scheduler';
import * as StretchAnswers from './stretch-answers';
import * as StretchBegin from './stretch-begin';
import * as StretchClock from './stretch-clock';
import * as StretchMemory from './stretch-memory';
import * as StretchOrder from './stretch-order';
import * as StretchPort from './stretch-port';
import * as StretchRecord from './stretch-record';
import * as StretchSlots from './stretch-slots';
import * as StretchSource from './stretch-source';
import * as StretchTlbs from './stretch-tlbs';
import * as Wheel from './wheel';

/** Rows after which a stretch is looked at for a pattern, and after one was looked for in vain; rows of a pattern at most. */
const FIRST_LOOK: u32 = 128;
const MOST_PATIENCE: u32 = 8192;
const MOST_PERIOD_ROWS: u32 = 300;
/** Idle moments at most at which no stretch is tried, after those that took no row. */
const MOST_SKIPPED: u32 = 15;

let skip: u32 = 0;
let skipped: u32 = 0;

let clock: u64 = 0;
/** More rows come after those of the source. */
let more: bool = false;

// Patterns (repeat.ts): when to look next, and of the moment that was saved its row and what is quickly compared; 0: none was
let lookAt: u32 = 0;
let patience: u32 = 0;
let saved: u64 = 0;
let savedRow: u32 = 0;

/** Other rows become the source. */
export function tryStretch(): void {
  skip = 0;
  skipped = 0;
}

/**
 * Rows of the source from where nothing is under way, as `still` says. True: the wheel and the source stand as if the machine had
 * done them; false: nothing has changed.
 */
export function stretch(follow: bool): bool {
  if (skip) {
    skip--;
    return false;
  }
  if (!StretchBegin.takes(cacheAt(CacheIndex.TBU), cacheAt(CacheIndex.TBU + 1))) return false;
  const now = load<u64>(tm, Scheduler.NOW);
  StretchClock.begin(now);
  const offerAt = load<u64>(tm, Scheduler.OFFER);
  if (offerAt > StretchClock.origin && offerAt - StretchClock.origin >= Period.MOST_TICKS) return false;
  clock = now - StretchClock.origin;
  more = follow;
  const first = Wheel.takeOnly() - StretchClock.origin;
  StretchRecord.begin();
  StretchSource.begin();
  StretchSlots.begin(first);
  StretchPort.begin();
  StretchTlbs.begin();
  StretchOrder.begin();
  StretchMemory.begin(StretchSource.loop);
  StretchAnswers.begin();
  const firstRow = StretchSource.row;
  lookAt = firstRow + FIRST_LOOK;
  patience = FIRST_LOOK;
  saved = 0;
  savedRow = firstRow;
  while (run()) {
    save();
    look();
    StretchTlbs.goOn();
    StretchAnswers.goOn();
  }
  save();
  finish(first, firstRow);
  return true;
}

@inline
function least(a: u64, b: u64): u64 {
  return a < b ? a : b;
}

// Events, one after the other. True: a look is due (`look`); false: the stretch ends.
function run(): bool {
  while (true) {
    const k = least(
      least(least(StretchTlbs.nextMicro, StretchMemory.next), least(StretchPort.next, StretchSlots.next)),
      least(StretchAnswers.next, StretchTlbs.nextMain),
    );
    if (k == StretchClock.NEVER || !StretchClock.hasStamps()) return false;
    const now = StretchClock.tickOf(k);
    const kind = StretchClock.kindOf(k);
    const id = StretchClock.recordOf(k);
    if (kind == Stretch.KIND_FORWARD) {
      if (!StretchMemory.forwarded(now, StretchRecord.record(id))) return false;
      clock = now;
    } else if (kind == Stretch.KIND_MICRO) {
      const how = StretchTlbs.microAnswers(now, id, StretchRecord.record(id));
      if (how == StretchTlbs.UNUSUAL) return false;
      if (how == StretchTlbs.MISSED) StretchSource.noteUnlike();
      clock = now;
    } else if (kind == Stretch.KIND_PORT) {
      StretchPort.passed(now, id);
      clock = now;
    } else if (kind == Stretch.KIND_OFFER) {
      clock = now;
      StretchSource.offer(now);
      if (StretchSource.again || (more && StretchSource.row == StretchSource.end)) return false;
      if (StretchSource.row >= lookAt && looks(now)) return true;
    } else if (kind == Stretch.KIND_MAIN) {
      if (StretchTlbs.mainAnswers(now, id, StretchRecord.record(id)) == StretchTlbs.UNUSUAL) return false;
      clock = now;
    } else {
      StretchSource.answered(now);
      clock = now;
    }
  }
}

// Rows have come up to where a look is due: whether this is a moment to be saved, or one that seems to be as that was.
function looks(now: u64): bool {
  const row = StretchSource.row;
  const alike = row - StretchSource.unlike;
  if (StretchRecord.flying || alike < StretchSlots.used + 1 || StretchOrder.first != StretchOrder.end) {
    saved = 0;
    lookAt = row + patience;
    return false;
  }
  const quick =
    1 |
    ((StretchClock.off(StretchPort.next, now) << 50) ^
      (StretchClock.off(StretchTlbs.nextMicro, now) << 40) ^
      (StretchClock.off(StretchMemory.next, now) << 30) ^
      (StretchClock.off(StretchSlots.next, now) << 20) ^
      (StretchClock.off(StretchAnswers.next, now) << 8) ^
      (<u64>((StretchSlots.used << 16) | (StretchMemory.end - StretchMemory.first))));
  if (saved && alike >= row - savedRow && row - savedRow <= MOST_PERIOD_ROWS) return saved == quick;
  if (saved) {
    losePatience();
    return false;
  }
  saved = quick;
  savedRow = row;
  return true;
}

// No pattern: the next look comes later.
function losePatience(): void {
  saved = 0;
  patience = min(2 * patience, MOST_PATIENCE);
  lookAt = StretchSource.row + patience;
}

// Saves the moment at hand, or skips what repeats what came since the one that was saved (repeat.ts).
function look(): void {
  const s = StretchRecord.scratch;
  if (savedRow == StretchSource.row) {
    if (!Repeat.save(s)) saved = 0;
    return;
  }
  const late = !StretchSource.loop && StretchSource.early < savedRow;
  if (!Repeat.repeat(s, StretchSource.end, StretchSource.alike, late)) return losePatience();
  const ticks = Repeat.ticks;
  clock += ticks;
  StretchSource.repeat(ticks, Repeat.rows);
  StretchSlots.repeat(s, ticks, Repeat.periods);
  StretchPort.repeat(ticks);
  StretchMemory.repeat(s, ticks, Repeat.periods, Repeat.rows, Repeat.latencies, Repeat.bytes);
  saved = 0;
  patience = FIRST_LOOK;
  lookAt = StretchSource.row + patience;
}

// Where it stands, for hand-over.ts and repeat.ts.
function save(): void {
  const s = StretchRecord.scratch;
  store<u64>(s, StretchClock.origin, Stretch.ORIGIN);
  store<u64>(s, clock, Stretch.CLOCK);
  StretchSource.save(s);
  StretchSlots.save(s);
  StretchPort.save(s);
  StretchTlbs.save(s);
  StretchOrder.save(s);
  StretchMemory.save(s);
  StretchAnswers.save(s);
}

// What the machine would have left; `first`: the tick of the first offer, of row `firstRow`.
function finish(first: u64, firstRow: u32): void {
  const taken = StretchSource.row - firstRow;
  const now = StretchClock.origin + clock;
  store<u64>(tm, now, Scheduler.NOW);
  StretchSource.handBack();
  StretchSlots.handBack(taken != 0, first);
  StretchOrder.handBack();
  StretchMemory.handBack();
  StretchTlbs.handBack();
  // What is in flight
  if (
    StretchSlots.used ||
    StretchAnswers.next != StretchClock.NEVER ||
    StretchSlots.next != StretchClock.NEVER
  ) {
    StretchTlbs.giveTokens();
    handOver(StretchRecord.scratch, StretchSource.loop ? Scheduler.SOURCE_LOOP : Scheduler.SOURCE_OPEN);
  }
  if (StretchSource.again) {
    store<u32>(tm, 1, Scheduler.OFFER_SET);
    Wheel.schedule(now, PC_OFFER, 0);
  }
  skipped = taken > 8 ? 0 : min(2 * skipped + 1, MOST_SKIPPED);
  skip = skipped;
}
