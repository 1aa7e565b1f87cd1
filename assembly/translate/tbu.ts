// The TLBs of a TBU. Tag kind `stream` needs no configuration first and holds permissions as the STE's overrides shape them;
// tag kind `context` looks up the address space, so the configuration comes before it.
import { copy16 } from '../memory/copy';
import {
  C_ENTRIES,
  C_TAG_KIND,
  TAG_STREAM,
  TAG_CONTEXT,
  Q_IOVA,
  Q_SID,
  Q_HIT,
  HIT_MICRO,
  HIT_MAIN,
  E_PA,
  E_PERM,
  E_ATTR,
  ENTRY_BYTES,
  EF_E0PD,
  E_LEVELS,
  STEP_LOOKUP,
  CACHES,
  CACHE_BYTES,
} from '../abi';
import { base } from '../memory/base';
import { counting } from '../state/pmu';
import {
  CF_FLAGS,
  CF_STE,
  CF_CONTEXT,
  CF_GLOBAL,
  CF_IPA,
  CF_MIX,
  CF_IPA_MIX,
  CFF_S1,
  CFF_OVERRIDES,
  HF_FLAGS,
  HFF_E0PD,
} from '../tlb/config-fields';
import { contextGeneration, intern, streamKey } from '../tlb/context';
import { lookup } from '../tlb/lookup';
import { overriddenAccess, packedOverrides } from '../config/overrides';
import {
  internContexts,
  fillContext,
  fillStream,
  fillsNothing,
  makeBypassImage,
  makeImage,
} from '../walk/fill';
import {
  takeHit,
  useEntry,
  needed,
  awaitsUpdate,
  entryAccess,
  e0pdEntry,
  HIT_USED,
  HIT_MISS,
} from '../walk/hit';
import { Q_FLAGS } from '../abi';
import { countTlb } from '../walk/count';
import { tracing, traceLookup } from '../walk/trace';
import * as M from '../walk/request';
import * as S from '../walk/states';

@inline
function indexOf(c: usize): u32 {
  return <u32>(c - base - CACHES) / CACHE_BYTES;
}

// The index mix of a stream-tagged cache.
@inline
export function streamMix(sid: u32, substream: u32): u32 {
  return sid ^ (substream & 0xfffff);
}

export function microLookup(q: usize): u32 {
  const c = <usize>load<u32>(q, M.M_MICRO);
  if (!load<u32>(c, C_ENTRIES)) return S.S_MAIN;
  return tbuLookup(q, c, HIT_MICRO, S.S_MICRO, S.S_MAIN);
}

export function mainLookup(q: usize): u32 {
  const c = <usize>load<u32>(q, M.M_MAIN);
  const past = load<u32>(q, M.M_CONFIGURED) ? S.S_TCU_LOOKUP : S.S_LINK_DOWN;
  if (!load<u32>(c, C_ENTRIES)) return past;
  return tbuLookup(q, c, HIT_MAIN, S.S_MAIN, past);
}

function tbuLookup(q: usize, c: usize, hit: u32, self: u32, past: u32): u32 {
  if (load<u32>(c, C_TAG_KIND) == TAG_CONTEXT) {
    if (!load<u32>(q, M.M_CONFIGURED)) {
      store<u32>(q, self, M.M_AFTER_CONFIG);
      return S.S_LINK_DOWN;
    }
    const e = contextLookup(q, c);
    if (counting()) countTlb(q, c, e, hit == HIT_MICRO);
    if (!e) return past;
    const taken = takeHit(q, e, load<u32>(q, M.M_ACCESS), hit);
    return taken == HIT_USED ? afterHit(q, hit) : taken == HIT_MISS ? past : S.S_FAULT;
  }
  const va = load<u64>(q, Q_IOVA);
  const e = lookup(
    c,
    va,
    streamContext(q),
    0,
    <u64>streamMix(load<u32>(q, Q_SID), load<u32>(q, M.M_SUBSTREAM)),
  );
  if (tracing()) traceLookup(STEP_LOOKUP, indexOf(c), va, e != 0, e ? load<u64>(e, E_PA) : 0);
  if (counting()) countTlb(q, c, e, hit == HIT_MICRO);
  if (!e) return past;
  const access = entryAccess(e, load<u32>(q, M.M_RAW_ACCESS));
  const need = needed(access, load<u32>(q, Q_FLAGS));
  const perm = load<u32>(e, E_PERM);
  if (awaitsUpdate(perm, need)) return past;
  if ((perm & (perm >> 8) & need) != need || e0pdEntry(e, access)) {
    // Refused, or nearly: how, and what the device sees, is in the configuration.
    copy16(q + M.M_DENIED_IMAGE, e, ENTRY_BYTES);
    store<u32>(q, hit, M.M_DENIED);
    return past == S.S_MAIN ? S.S_LINK_DOWN : past;
  }
  useEntry(q, e);
  store<u32>(q, access, M.M_ACCESS);
  store<u32>(q, hit, Q_HIT);
  // The same kind of entry serves the micro TLB as it is.
  if (hit == HIT_MAIN) copy16(q + M.M_DENIED_IMAGE, e, ENTRY_BYTES);
  return afterHit(q, hit);
}

@inline
function afterHit(q: usize, hit: u32): u32 {
  if (hit == HIT_MICRO) return S.S_FORWARD;
  store<u32>(q, M.FILL_MICRO, M.M_FILL);
  return S.S_TBU_FILL;
}

/** Number of this stream's context, given again when numbers were recycled meanwhile. */
@inline
function streamContext(q: usize): u32 {
  if (load<u32>(q, M.M_CONTEXT_GEN) != contextGeneration()) {
    store<u32>(q, intern(streamKey(load<u32>(q, Q_SID), load<u32>(q, M.M_SUBSTREAM))), M.M_CONTEXT);
    store<u32>(q, contextGeneration(), M.M_CONTEXT_GEN);
  }
  return load<u32>(q, M.M_CONTEXT);
}

/** Looks up a context-tagged cache for the configuration at hand. */
export function contextLookup(q: usize, c: usize): usize {
  const cfg = <usize>load<u32>(q, M.M_CFG);
  const va = load<u64>(q, Q_IOVA);
  internContexts(cfg);
  const s1 = (load<u32>(cfg, CF_FLAGS) & CFF_S1) != 0;
  const e = s1
    ? lookup(c, va, load<u32>(cfg, CF_CONTEXT), load<u32>(cfg, CF_GLOBAL), load<u64>(cfg, CF_MIX))
    : lookup(c, va, load<u32>(cfg, CF_IPA), 0, load<u64>(cfg, CF_IPA_MIX));
  if (tracing()) traceLookup(STEP_LOOKUP, indexOf(c), va, e != 0, e ? load<u64>(e, E_PA) : 0);
  return e;
}

/** The main TLB's part of `tbuFill`, for a driver that times the two apart. */
export function tbuFillMain(q: usize): void {
  const want = load<u32>(q, M.M_FILL);
  const main = <usize>load<u32>(q, M.M_MAIN);
  if (!fillsNothing(q) && want & M.FILL_MAIN && load<u32>(main, C_ENTRIES)) fillTbu(q, main, false);
  store<u32>(q, want | M.FILL_MAIN_DONE, M.M_FILL);
}

/** The answer into main and micro TLB, as M_FILL says. */
export function tbuFill(q: usize): u32 {
  const want = load<u32>(q, M.M_FILL);
  if (!fillsNothing(q)) {
    const main = <usize>load<u32>(q, M.M_MAIN);
    const micro = <usize>load<u32>(q, M.M_MICRO);
    if (want & M.FILL_MAIN && !(want & M.FILL_MAIN_DONE) && load<u32>(main, C_ENTRIES))
      fillTbu(q, main, false);
    if (load<u32>(micro, C_ENTRIES)) {
      const fromMain = !(want & M.FILL_MAIN) && load<u32>(main, C_TAG_KIND) == TAG_STREAM;
      fillTbu(q, micro, fromMain);
    }
  }
  return S.S_FORWARD;
}

// shaped: the entry stands at M_DENIED_IMAGE as a stream-tagged cache held it.
function fillTbu(q: usize, c: usize, shaped: bool): void {
  if (load<u32>(c, C_TAG_KIND) == TAG_CONTEXT) {
    // A bypass belongs to a stream, not to an address space.
    if (!shaped && !load<u32>(q, M.M_BYPASS)) fillContext(q, indexOf(c), makeImage(q));
    return;
  }
  let image = q + M.M_DENIED_IMAGE;
  if (!shaped) {
    image = load<u32>(q, M.M_BYPASS) ? makeBypassImage(q) : makeImage(q);
    shape(q, image);
  }
  // The number first: giving it may recycle others.
  const context = streamContext(q);
  fillStream(q, indexOf(c), context, streamMix(load<u32>(q, Q_SID), load<u32>(q, M.M_SUBSTREAM)), image);
}

// What a hit must know without the configuration: the access kinds after overrides, E0PD, attribute overrides.
function shape(q: usize, image: usize): void {
  const cfg = <usize>load<u32>(q, M.M_CFG);
  const flags = load<u32>(cfg, CF_FLAGS);
  if (flags & CFF_S1 && load<u32>(<usize>load<u32>(q, M.M_HALF), HF_FLAGS) & HFF_E0PD) {
    store<u64>(image, load<u64>(image, E_PA) | EF_E0PD, E_PA);
  }
  let levels = load<u32>(image, E_LEVELS) & 0xff;
  for (let raw: u32 = 0; raw < 8; raw++) {
    const access = flags & CFF_OVERRIDES ? overriddenAccess(cfg + CF_STE, raw) : raw;
    levels |= access << (8 + 3 * raw);
  }
  store<u32>(image, levels, E_LEVELS);
  store<u32>(image, load<u32>(image, E_ATTR) | packedOverrides(cfg + CF_STE), E_ATTR);
}
