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
import { counting } from '../state/pmu';
import { contextGeneration, intern, streamKey } from '../tlb/context';
import { entryOf, ownerAt } from '../tlb/array';
import { lookup } from '../tlb/lookup';
import { entryAccess, e0pdEntry } from '../tlb/passing';
import { overriddenAccess, packedOverrides } from '../config/overrides';
import {
  internContexts,
  fillContext,
  fillStream,
  fillsNothing,
  makeBypassImage,
  makeImage,
  ownerOf,
} from '../walk/fill';
import { answeredBy, takeHit, useEntry, needed, awaitsUpdate, HIT_USED, HIT_MISS } from '../walk/hit';
import { succeeds } from '../walk/update';
import { countTlb } from '../request/count';
import { tracing, traceLookup } from '../request/trace';

@inline
function indexOf(c: usize): u32 {
  return <u32>(c - base - Layout.CACHES) / Cache.BYTES;
}

// The index mix of a stream-tagged cache.
@inline
export function streamMix(sid: u32, substream: u32): u32 {
  return sid ^ (substream & 0xfffff);
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
    const taken = takeHit(q, e, load<u32>(q, Machine.ACCESS), hit);
    return taken == HIT_USED ? succeeds(q, afterHit(q, hit)) : taken == HIT_MISS ? past : State.FAULT;
  }
  const va = load<u64>(q, Request.IOVA);
  const e = lookup(
    c,
    va,
    streamContext(q),
    0,
    <u64>streamMix(load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM)),
  );
  if (tracing()) traceLookup(Step.LOOKUP, indexOf(c), va, e != 0, e ? load<u64>(e, Entry.PA) : 0);
  if (counting()) countTlb(q, c, e, hit == HitPlace.MICRO);
  if (!e) return past;
  const access = entryAccess(e, load<u32>(q, Machine.RAW_ACCESS));
  const need = needed(access, load<u32>(q, Request.FLAGS));
  const perm = load<u32>(e, Entry.PERM);
  if (awaitsUpdate(perm, need)) return past; // §3.13.3: the walk makes it
  if ((perm & (perm >> 8) & need) != need || e0pdEntry(e, access)) {
    // Refused, or nearly: how, and what the device sees, is in the configuration.
    copy16(q + Machine.DENIED_IMAGE, e, Entry.BYTES);
    store<u32>(q, hit, Machine.DENIED);
    return past == State.MAIN ? State.LINK_DOWN : past;
  }
  useEntry(q, e);
  store<u32>(q, access, Machine.ACCESS);
  store<u32>(q, answeredBy(e, hit), Request.HIT);
  // The same kind of entry serves the micro TLB as it is.
  if (hit == HitPlace.MAIN) {
    copy16(q + Machine.DENIED_IMAGE, e, Entry.BYTES);
    store<u32>(q, <u32>load<u16>(ownerAt(c, entryOf(c, e))), Machine.OWNER);
  }
  return afterHit(q, hit);
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
  internContexts(cfg);
  const s1 = (load<u32>(cfg, Config.FLAGS) & Config.FLAG_S1) != 0;
  const e = s1
    ? lookup(c, va, load<u32>(cfg, Config.CONTEXT), load<u32>(cfg, Config.GLOBAL), load<u64>(cfg, Config.MIX))
    : lookup(c, va, load<u32>(cfg, Config.IPA), 0, load<u64>(cfg, Config.IPA_MIX));
  if (tracing()) traceLookup(Step.LOOKUP, indexOf(c), va, e != 0, e ? load<u64>(e, Entry.PA) : 0);
  return e;
}

/** The main TLB's part of `tbuFill`, for a driver that times the two apart. */
export function tbuFillMain(q: usize): void {
  const want = load<u32>(q, Machine.FILL);
  const main = <usize>load<u32>(q, Machine.MAIN);
  if (!fillsNothing(q) && want & Machine.FILL_MAIN && load<u32>(main, Cache.ENTRIES)) fillTbu(q, main, false);
  store<u32>(q, want | Machine.FILL_MAIN_DONE, Machine.FILL);
}

/** The answer into main and micro TLB, as Machine.FILL says. */
export function tbuFill(q: usize): u32 {
  const want = load<u32>(q, Machine.FILL);
  if (!fillsNothing(q)) {
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
    if (!shaped && !load<u32>(q, Machine.BYPASS)) fillContext(q, indexOf(c), makeImage(q));
    return;
  }
  const mix = streamMix(load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM));
  if (shaped) {
    // Numbers were recycled since the hit: whose entry it was is not known any more.
    if (load<u32>(q, Machine.CONTEXT_GEN) != contextGeneration()) return;
    fillStream(
      q,
      indexOf(c),
      load<u32>(q, Machine.CONTEXT),
      mix,
      q + Machine.DENIED_IMAGE,
      load<u32>(q, Machine.OWNER),
    );
    return;
  }
  const bypass = load<u32>(q, Machine.BYPASS) != 0;
  const image = bypass ? makeBypassImage(q) : makeImage(q);
  shape(q, image);
  // The numbers first: giving one may recycle others, and the first of the two with them.
  const cfg = <usize>load<u32>(q, Machine.CFG);
  let context: u32 = 0;
  do {
    if (!bypass) internContexts(cfg);
    context = streamContext(q);
  } while (!bypass && load<u32>(cfg, Config.CONTEXT_GEN) != contextGeneration());
  fillStream(q, indexOf(c), context, mix, image, bypass ? 0 : ownerOf(cfg));
}

// What a hit must know without the configuration: the access kinds after overrides, E0PD, attribute overrides.
function shape(q: usize, image: usize): void {
  const cfg = <usize>load<u32>(q, Machine.CFG);
  const flags = load<u32>(cfg, Config.FLAGS);
  if (flags & Config.FLAG_S1 && load<u32>(<usize>load<u32>(q, Machine.HALF), Half.FLAGS) & Half.FLAG_E0PD) {
    store<u32>(image, load<u32>(image, Entry.FLAGS) | Entry.FLAG_E0PD, Entry.FLAGS);
  }
  let levels = load<u32>(image, Entry.LEVELS) & 0xff;
  for (let raw: u32 = 0; raw < 8; raw++) {
    const access = flags & Config.FLAG_OVERRIDES ? overriddenAccess(cfg + Config.STE, raw) : raw;
    levels |= access << (8 + 3 * raw);
  }
  store<u32>(image, levels, Entry.LEVELS);
  store<u32>(image, load<u32>(image, Entry.ATTR) | packedOverrides(cfg + Config.STE), Entry.ATTR);
}
