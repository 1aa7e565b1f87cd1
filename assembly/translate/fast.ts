// The short cut of hits in a stream-tagged micro TLB, which needs neither configuration nor state machine: the same look-up,
// replacement and statistics as the machine's State.MICRO step. A memo line holds what such a hit comes to until the TLB changes.
import { pow2 } from '../memory/bits';
import { base, region } from '../memory/base';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as HitMemo from '../abi/hit-memo';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { counting } from '../state/pmu';
import { payload, touch } from '../tlb/array';
import { streamMix } from '../tlb/index-mix';
import { plruUse, setState, wayMasks } from '../tlb/replace';
import { find, fillAbsent, fillFrom } from '../tlb/lookup';
import { answeredBy, entryAccess, e0pdEntry } from '../walk/hit';
import { accessKind } from './begin';
import { memoAt, memoKey, streamMemo } from './streams';

/** Transactions that may take the short cut carry no other flag; a read-modify-write takes the long way. */
export const FAST_FLAGS: u32 = Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED | Flag.SSV;

/** Forgets every line: they hold addresses, which a restored snapshot may not bring along. */
export function clearHitMemo(): void {
  memory.fill(region(base + Header.HITS), 0, HitMemo.LINES * HitMemo.BYTES);
}

// The access map of Entry.LEVELS when the STE overrides nothing.
const UNSHAPED: u32 = 0o76543210;

const MISS: u32 = 0;
const IN_MICRO: u32 = 1;
const IN_MAIN: u32 = 2;

@inline
function add(at: usize): void {
  store<u64>(at, load<u64>(at) + 1);
}

/**
 * The memo line of a hit that serves the access, statistics kept and the micro TLB filled if it was the main TLB that hit;
 * 0: the machine has to run. HitMemo.STATUS of the line is for hits in the micro TLB; `fastStatus` tells what this one was.
 */
@inline
export function fastHit(lines: usize, sid: u32, ssid: u32, va: u64, flags: u32): usize {
  const substream = flags & Flag.SSV ? (ssid & 0xfffff) | 0x80000000 : 0;
  const page = va >> 12;
  const line = lineOf(lines, sid, page);
  const key = memoKey(sid, substream);
  hitLevel = IN_MICRO;
  if (load<u64>(line, HitMemo.PAGE) != page || load<u64>(line, HitMemo.STREAM) != key || !current(line)) {
    hitLevel = refresh(line, sid, substream, va, accessKind(flags));
    if (hitLevel != IN_MICRO) return hitLevel == MISS ? 0 : line;
  }
  if (!((load<u32>(line, HitMemo.ALLOWED) >> accessKind(flags)) & 1)) return 0;
  use(line, <usize>load<u32>(line, HitMemo.CACHE));
  accountMicroHit(<usize>load<u32>(line, HitMemo.RECORD), lineHit(line));
  return line;
}

/** What a hit of this line in the micro TLB counts as: HitPlace.MICRO, or HitPlace.NONE for a bypass. */
@inline
export function lineHit(line: usize): u32 {
  return load<u32>(line, HitMemo.STATUS) >> 24;
}

@inline
function lineOf(lines: usize, sid: u32, page: u64): usize {
  return (
    lines + <usize>((((<u32>page) ^ (<u32>(page >> 8)) ^ (sid * 29)) & (HitMemo.LINES - 1)) * HitMemo.BYTES)
  );
}

// The micro TLB's own part of a hit.
@inline
function use(line: usize, c: usize): void {
  const tree = <usize>load<u32>(line, HitMemo.TREE);
  if (tree) plruUse(tree, <usize>load<u32>(line, HitMemo.MASKS));
  else touch(c, load<u32>(line, HitMemo.INDEX));
  add(c + Cache.HITS);
}

/** The stream's statistics of a hit in its micro TLB, which counts as `hit`. */
@inline
export function accountMicroHit(record: usize, hit: u32): void {
  add(record + StreamRecord.OUTCOME);
  add(record + StreamRecord.HIT + ((<usize>hit) << 3));
}

/**
 * The look-up in micro TLB c alone, for a driver that times it: the memo line of a hit that serves the access; 0: the machine
 * has to look it up. The stream's statistics are kept when the transaction ends.
 */
@inline
export function microHit(c: usize, sid: u32, substream: u32, va: u64, flags: u32): usize {
  const page = va >> 12;
  const line = lineOf(region(base + Header.HITS), sid, page);
  if (
    load<u64>(line, HitMemo.PAGE) != page ||
    load<u64>(line, HitMemo.STREAM) != memoKey(sid, substream) ||
    load<u32>(line, HitMemo.CACHE) != <u32>c ||
    load<u32>(line, HitMemo.VERSION) != load<u32>(c, Cache.VERSION) ||
    !((load<u32>(line, HitMemo.ALLOWED) >> accessKind(flags)) & 1)
  )
    return 0;
  use(line, c);
  return line;
}

/** As `microHit`, when the memo knows nothing: looks in the micro TLB itself; `microMissed` tells whether it held nothing. */
export function microFind(c: usize, sid: u32, substream: u32, va: u64, flags: u32): usize {
  const m = streamMemo(sid, substream);
  microMissed = false;
  if (load<u32>(m, StreamMemo.MICRO) != <u32>c) return 0;
  const i = find(c, va, load<u32>(m, StreamMemo.CONTEXT), 0, <u64>streamMix(c, sid, substream));
  microMissed = i < 0;
  if (i < 0 || !((passing(payload(c, i)) >> accessKind(flags)) & 1)) return 0;
  const line = lineOf(region(base + Header.HITS), sid, va >> 12);
  makeLine(line, m, c, i, va);
  use(line, c);
  return line;
}

export let microMissed: bool = false;

// Where the last `fastHit` found its entry.
let hitLevel: u32 = 0;

/** The batch's status word of the last `fastHit`. */
@inline
export function fastStatus(line: usize): u32 {
  const status = load<u32>(line, HitMemo.STATUS);
  if (hitLevel == IN_MICRO || lineHit(line) == HitPlace.NONE) return status;
  return status + ((HitPlace.MAIN - HitPlace.MICRO) << 24);
}

@inline
function current(line: usize): bool {
  return load<u32>(line, HitMemo.VERSION) == load<u32>(<usize>load<u32>(line, HitMemo.CACHE), Cache.VERSION);
}

// Access kinds, as they come, that pass entry e without a look at the configuration or a hardware update.
function passing(e: usize): u32 {
  const perm = load<u32>(e, Entry.PERM);
  const passes = perm & (perm >> 8) & ~(perm >> 16);
  if (!(load<u64>(e, Entry.PA) & Entry.FLAG_E0PD) && load<u32>(e, Entry.LEVELS) >> 8 == UNSHAPED)
    return passes & 0xff;
  let allowed: u32 = 0;
  for (let raw: u32 = 0; raw < 8; raw++) {
    const access = entryAccess(e, raw);
    if ((passes >> access) & 1 && !e0pdEntry(e, access)) allowed |= 1 << raw;
  }
  return allowed;
}

// Makes the line anew from the micro TLB, or fills that from the main TLB first.
function refresh(line: usize, sid: u32, substream: u32, va: u64, access: u32): u32 {
  let m = memoAt(sid, substream);
  if (load<u64>(m, StreamMemo.KEY) != memoKey(sid, substream)) m = streamMemo(sid, substream);
  const c = <usize>load<u32>(m, StreamMemo.MICRO);
  if (!load<u32>(c, Cache.ENTRIES) || load<u32>(c, Cache.TAG_KIND) != Cache.TAG_STREAM) return MISS;
  if (load<u32>(base, Header.TRACE_MASK) || counting()) return MISS; // the machine traces and counts
  const context = load<u32>(m, StreamMemo.CONTEXT);
  const mix = streamMix(c, sid, substream);
  let i = find(c, va, context, 0, <u64>mix);
  let level = IN_MICRO;
  if (i < 0) {
    const main = <usize>load<u32>(m, StreamMemo.MAIN);
    if (!load<u32>(main, Cache.ENTRIES) || load<u32>(main, Cache.TAG_KIND) != Cache.TAG_STREAM) return MISS;
    const j = find(main, va, context, 0, <u64>streamMix(main, sid, substream));
    if (j < 0 || !((passing(payload(main, j)) >> access) & 1)) return MISS;
    add(c + Cache.MISSES);
    add(main + Cache.HITS);
    touch(main, j);
    const from = payload(main, j);
    const size = load<u32>(from, Entry.SPANS) & 0xff;
    const e = fillAbsent(c, va, size, context, mix);
    fillFrom(c, e, from);
    i = <i32>(<u32>(e - payload(c, 0)) / Entry.BYTES);
    const record = <usize>load<u32>(m, StreamMemo.STREAM);
    add(record + StreamRecord.OUTCOME);
    add(record + StreamRecord.HIT + ((<usize>answeredBy(e, HitPlace.MAIN)) << 3));
    level = IN_MAIN;
  }
  makeLine(line, m, c, i, va);
  return level;
}

function makeLine(line: usize, m: usize, c: usize, i: u32, va: u64): void {
  const e = payload(c, i);
  const span = load<u32>(e, Entry.SPANS) & 0xff;
  const inside = pow2(span) - 1;
  store<u32>(line, load<u32>(c, Cache.VERSION), HitMemo.VERSION);
  store<u32>(line, <u32>c, HitMemo.CACHE);
  store<u64>(line, va >> 12, HitMemo.PAGE);
  store<u64>(line, load<u64>(m, StreamMemo.KEY), HitMemo.STREAM);
  store<u64>(
    line,
    ((load<u64>(e, Entry.PA) & 0x00fffffffffff000 & ~inside) | (va & inside)) & ~0xfff,
    HitMemo.PA,
  );
  store<u32>(line, passing(e), HitMemo.ALLOWED);
  store<u32>(line, (span << 16) | (answeredBy(e, HitPlace.MICRO) << 24), HitMemo.STATUS);
  store<u32>(line, load<u32>(m, StreamMemo.STREAM), HitMemo.RECORD);
  store<u32>(line, i, HitMemo.INDEX);
  const set = i / load<u32>(c, Cache.ROW);
  const plru = load<u32>(c, Cache.POLICY) == Cache.POLICY_PLRU;
  store<u32>(line, plru ? <u32>setState(c, set) : 0, HitMemo.TREE);
  store<u32>(line, plru ? <u32>wayMasks(c, i - set * load<u32>(c, Cache.ROW)) : 0, HitMemo.MASKS);
}

/** Output address of a hit. */
@inline
export function hitAddress(line: usize, va: u64): u64 {
  return load<u64>(line, HitMemo.PA) | (va & 0xfff);
}
