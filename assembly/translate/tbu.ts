// The TLBs of a TBU. Tag kind `stream` needs no configuration first and holds permissions as the STE's overrides shape them;
// tag kind `context` looks up the address space, so the configuration comes before it.
import { copy16 } from '../memory/copy';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as HitPlace from '../abi/hit-place';
import * as Layout from '../abi/layout';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { base } from '../memory/base';
import { bits32, in32 } from '../memory/bits';
import { counting } from '../state/pmu';
import { entryOf, ownerAt } from '../tlb/array';
import { contextGeneration, intern, keyOf, streamKey } from '../tlb/context';
import { contextMix, ipaMix, streamMix } from '../tlb/index-mix';
import { lookup, lookupAgain } from '../tlb/lookup';
import { UNSHAPED, accessMap, e0pdEntry, entryAccess } from '../tlb/passing';
import { overriddenAccess, packedOverrides } from '../config/overrides';
import * as Fill from '../walk/fill';
import * as Hit from '../walk/hit';
import { succeeds } from '../walk/update';
import { countTlb } from '../request/count';
import { tracing, traceLookup } from '../request/trace';

@inline
function indexOf(c: usize): u32 {
  return <u32>(c - base - Layout.CACHES) / Cache.BYTES;
}

export function microLookup(q: usize): u32 {
  const c = <usize>load<u32>(q, Machine.MICRO);
  if (!load<u32>(c, Cache.ENTRIES)) return State.MAIN;
  return tbuLookup(q, c, HitPlace.MICRO, State.MICRO, State.MAIN);
}

export function mainLookup(q: usize): u32 {
  const c = <usize>load<u32>(q, Machine.MAIN);
  const past = load<u32>(q, Machine.CONFIGURED) ? State.TCU_LOOKUP : State.LINK_DOWN;
  if (!load<u32>(c, Cache.ENTRIES)) return past;
  return tbuLookup(q, c, HitPlace.MAIN, State.MAIN, past);
}

function tbuLookup(q: usize, c: usize, hit: u32, self: u32, past: u32): u32 {
  if (load<u32>(c, Cache.TAG_KIND) == Cache.TAG_CONTEXT) {
    if (!load<u32>(q, Machine.CONFIGURED)) {
      store<u32>(q, self, Machine.AFTER_CONFIG);
      return State.LINK_DOWN;
    }
    const e = contextLookup(q, c);
    if (counting()) countTlb(q, c, e, hit == HitPlace.MICRO);
    if (!e) return past;
    const taken = Hit.takeHit(q, e, load<u32>(q, Machine.ACCESS), hit);
    return taken == Hit.HIT_USED ? succeeds(q, afterHit(q, hit)) : taken == Hit.HIT_MISS ? past : State.FAULT;
  }
  const va = load<u64>(q, Request.IOVA);
  const mix = <u64>streamMix(c, load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM));
  const shares = sharing(q);
  const e = shares ? lookupAgain(c, va, streamContext(q), 0, mix) : lookup(c, va, streamContext(q), 0, mix);
  if (tracing()) traceLookup(Step.LOOKUP, indexOf(c), va, e != 0, e ? load<u64>(e, Entry.PA) : 0);
  if (!shares && counting()) countTlb(q, c, e, hit == HitPlace.MICRO);
  if (!e) return past;
  const access = entryAccess(e, load<u32>(q, Machine.RAW_ACCESS));
  const need = Hit.needed(access, load<u32>(q, Request.FLAGS));
  const perm = load<u32>(e, Entry.PERM);
  if (Hit.awaitsUpdate(perm, need)) return past; // §3.13.3: the walk makes it
  if (
    (bits32(perm, Entry.PERM_STAGE1) & bits32(perm, Entry.PERM_STAGE2) & need) != need ||
    e0pdEntry(e, access)
  ) {
    // Refused, or nearly: how, and what the device sees, is in the configuration.
    keepEntry(q, c, e);
    store<u32>(q, hit, Machine.DENIED);
    return past == State.MAIN ? State.LINK_DOWN : past;
  }
  const next = answerFrom(q, e, hit);
  store<u32>(q, Hit.answeredBy(e, shares ? HitPlace.MERGED : hit), Request.HIT);
  if (shares) noteMerged(q);
  // The same kind of entry serves the micro TLB as it is; and an invalidation may name it until the transaction has left.
  if (hit == HitPlace.MAIN || load<u32>(q, Machine.TIMED)) keepEntry(q, c, e);
  return next;
}

/** q takes its answer from the entry at e of a stream-tagged TLB, which lets it pass; the step that follows. */
export function answerFrom(q: usize, e: usize, hit: u32): u32 {
  Hit.useEntry(q, e);
  store<u32>(q, entryAccess(e, load<u32>(q, Machine.RAW_ACCESS)), Machine.ACCESS);
  store<u32>(q, Hit.answeredBy(e, hit), Request.HIT);
  return afterHit(q, hit);
}

/** q keeps the entry at e, of cache c. */
export function keepEntry(q: usize, c: usize, e: usize): void {
  copy16(q + Machine.DENIED_IMAGE, e, Entry.BYTES);
  store<u64>(q, keyOf(load<u16>(ownerAt(c, entryOf(c, e)))), Machine.SPACE);
}

/** q shares the answer that another one got for its page: a look-up that is none, of TLBs in which it has missed already. */
@inline
export function shareAnswer(q: usize): void {
  store<u32>(q, Machine.FILL_SHARED, Machine.FILL);
}

@inline
function sharing(q: usize): bool {
  return load<u32>(q, Machine.FILL) == Machine.FILL_SHARED;
}

// Its misses are none: it looked up, and was answered by neither TLB nor TCU.
function noteMerged(q: usize): void {
  countMerged(<usize>load<u32>(q, Machine.MICRO));
  countMerged(<usize>load<u32>(q, Machine.MAIN));
}

// One tagged by address space has not been asked: the configuration came first.
function countMerged(c: usize): void {
  if (!load<u32>(c, Cache.ENTRIES) || load<u32>(c, Cache.TAG_KIND) != Cache.TAG_STREAM) return;
  store<u64>(c, load<u64>(c, Cache.MISSES) - 1, Cache.MISSES);
  store<u64>(c, load<u64>(c, Cache.MERGED) + 1, Cache.MERGED);
}

@inline
function afterHit(q: usize, hit: u32): u32 {
  if (hit == HitPlace.MICRO) return State.FORWARD;
  store<u32>(q, Machine.FILL_MICRO, Machine.FILL);
  return State.TBU_FILL;
}

/** Number of this stream's context, given again when numbers were recycled meanwhile. */
@inline
function streamContext(q: usize): u32 {
  if (load<u32>(q, Machine.CONTEXT_GEN) != contextGeneration()) {
    store<u32>(
      q,
      intern(streamKey(load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM))),
      Machine.CONTEXT,
    );
    store<u32>(q, contextGeneration(), Machine.CONTEXT_GEN);
  }
  return load<u32>(q, Machine.CONTEXT);
}

/** Looks up a context-tagged cache for the configuration at hand. */
export function contextLookup(q: usize, c: usize): usize {
  const cfg = <usize>load<u32>(q, Machine.CFG);
  const va = load<u64>(q, Request.IOVA);
  Fill.internContexts(cfg);
  const s1 = (load<u32>(cfg, Config.FLAGS) & Config.FLAG_S1) != 0;
  const context = s1 ? load<u32>(cfg, Config.CONTEXT) : load<u32>(cfg, Config.IPA);
  const global = s1 ? load<u32>(cfg, Config.GLOBAL) : 0;
  const mix = s1 ? contextMix(c, cfg) : ipaMix(c, cfg);
  const e = lookup(c, va, context, global, mix);
  if (tracing()) traceLookup(Step.LOOKUP, indexOf(c), va, e != 0, e ? load<u64>(e, Entry.PA) : 0);
  return e;
}

/** The main TLB's part of `tbuFill`, for a driver that times the two apart. */
export function tbuFillMain(q: usize): void {
  const want = load<u32>(q, Machine.FILL);
  const main = <usize>load<u32>(q, Machine.MAIN);
  if (!Fill.fillsNothing(q) && want & Machine.FILL_MAIN && load<u32>(main, Cache.ENTRIES))
    fillTbu(q, main, false);
  store<u32>(q, want | Machine.FILL_MAIN_DONE, Machine.FILL);
}

/** The answer into main and micro TLB, as Machine.FILL says. */
export function tbuFill(q: usize): u32 {
  const want = load<u32>(q, Machine.FILL);
  if (!Fill.fillsNothing(q)) {
    const main = <usize>load<u32>(q, Machine.MAIN);
    const micro = <usize>load<u32>(q, Machine.MICRO);
    if (want & Machine.FILL_MAIN && !(want & Machine.FILL_MAIN_DONE) && load<u32>(main, Cache.ENTRIES))
      fillTbu(q, main, false);
    if (load<u32>(micro, Cache.ENTRIES)) {
      const fromMain = !(want & Machine.FILL_MAIN) && load<u32>(main, Cache.TAG_KIND) == Cache.TAG_STREAM;
      fillTbu(q, micro, fromMain);
    }
  }
  return State.FORWARD;
}

// shaped: the entry stands at Machine.DENIED_IMAGE as a stream-tagged cache held it.
function fillTbu(q: usize, c: usize, shaped: bool): void {
  if (load<u32>(c, Cache.TAG_KIND) == Cache.TAG_CONTEXT) {
    // A bypass belongs to a stream, not to an address space.
    if (!shaped && !load<u32>(q, Machine.BYPASS)) Fill.fillContext(q, indexOf(c), Fill.makeImage(q));
    return;
  }
  let image = q + Machine.DENIED_IMAGE;
  if (madeFor(q)) {
    image = q + Machine.IMAGE;
  } else if (!shaped) {
    image = load<u32>(q, Machine.BYPASS) ? Fill.makeBypassImage(q) : Fill.makeImage(q);
    shape(q, image);
  }
  // The numbers first: giving one may recycle others, and the one given before with them.
  let owner: u32;
  let context: u32;
  let given: u32;
  do {
    given = contextGeneration();
    owner = shaped ? keptOwner(q) : answerOwner(q);
    context = streamContext(q);
  } while (given != contextGeneration());
  const mix = streamMix(c, load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM));
  Fill.fillStream(q, indexOf(c), context, mix, image, owner);
}

// The main TLB's entry, which was made before this one, stands at Machine.IMAGE still.
@inline
function madeFor(q: usize): bool {
  const main = <usize>load<u32>(q, Machine.MAIN);
  return (
    (load<u32>(q, Machine.FILL) & Machine.FILL_MAIN_DONE) != 0 &&
    load<u32>(main, Cache.ENTRIES) != 0 &&
    load<u32>(main, Cache.TAG_KIND) == Cache.TAG_STREAM
  );
}

// Number of the address space that the entry at Machine.DENIED_IMAGE belongs to.
@inline
function keptOwner(q: usize): u32 {
  const space = load<u64>(q, Machine.SPACE);
  return space ? intern(space) : 0;
}

// The same of the answer of a walk, or of a bypass.
@inline
function answerOwner(q: usize): u32 {
  if (load<u32>(q, Machine.BYPASS)) return 0;
  const c = Machine.cfg(q);
  Fill.internContexts(c);
  return Fill.ownerOf(c);
}

// What a hit must know without the configuration: the access kinds after overrides, E0PD, attribute overrides.
function shape(q: usize, image: usize): void {
  const cfg = <usize>load<u32>(q, Machine.CFG);
  const flags = load<u32>(cfg, Config.FLAGS);
  if (flags & Config.FLAG_S1 && load<u32>(<usize>load<u32>(q, Machine.HALF), Half.FLAGS) & Half.FLAG_E0PD) {
    store<u32>(image, load<u32>(image, Entry.FLAGS) | Entry.FLAG_E0PD, Entry.FLAGS);
  }
  let map = in32(Entry.LEVELS_ACCESS, UNSHAPED);
  if (flags & Config.FLAG_OVERRIDES) {
    map = 0;
    for (let raw: u32 = 0; raw < 8; raw++) map |= accessMap(raw, overriddenAccess(cfg + Config.STE, raw));
  }
  store<u32>(image, bits32(load<u32>(image, Entry.LEVELS), Entry.LEVELS_BOTH) | map, Entry.LEVELS);
  store<u32>(image, load<u32>(image, Entry.ATTR) | packedOverrides(cfg + Config.STE), Entry.ATTR);
}
