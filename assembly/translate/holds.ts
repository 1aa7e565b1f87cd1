// What a request under way has in hand of caches and tables, held against an invalidation (IHI 0070 §3.21.1, §3.21.3): the TLB entry
// that it hit, the configuration, the descriptors of its walk so far, the answer that it waits with. What it has not looked up yet
// does not count.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import { cfg, half } from '../request/machine';
import * as State from '../request/state';
import * as Substream from '../request/substream';
import * as EventRecord from '../arch/event-record';
import { contiguousLog2, levelShift } from '../arch/geometry';
import * as Pte from '../arch/pte';
import * as S2pte from '../arch/s2pte';
import { bits, bits32 } from '../memory/bits';
import {
  namesCd,
  namesConfig,
  namesEntry,
  namesSpace,
  namesStreamEntry,
  ofConfiguration,
  pageTag,
} from '../tlb/selection';
import { asidKey, ipaKey } from '../tlb/context';
import { spansOf, stage2Levels } from '../walk/fill';

/** The invalidation s names something that q has in hand. */
export function holdsNamed(q: usize, s: usize): bool {
  if (stateOf(q) == State.BEGIN) return false;
  if (load<u32>(q, Machine.DENIED) && hitHoldsNamed(q, s)) return true;
  if (hitTbu(q)) return hitHoldsNamed(q, s);
  if (ofConfiguration(s)) return configurationNamed(q, s);
  return (load<u32>(q, Machine.DEFERRED) && updatesNamed(q, s)) || translationNamed(q, s);
}

// Updates that a speculative read holds back (walk/deferred.ts) are written at its end, to descriptors that its walk has left behind:
// whatever is invalidated of its address space may be what led to them.
function updatesNamed(q: usize, s: usize): bool {
  const flags = load<u32>(cfg(q), Config.FLAGS);
  if (flags & Config.FLAG_S2 && namesSpace(s, spaceOf(q, true), false)) return true;
  return (flags & Config.FLAG_S1) != 0 && namesSpace(s, spaceOf(q, false), false);
}

// Key of the address space, or of the IPA space, of the configuration at hand.
function spaceOf(q: usize, byIpa: bool): u64 {
  const c = cfg(q);
  const vmid = load<u32>(c, Config.VMID);
  return byIpa ? ipaKey(vmid) : asidKey(load<u32>(c, Config.WORLD), vmid, load<u32>(c, Config.ASID));
}

/** As `holdsNamed`, for one that hit a TLB tagged by stream: the entry stands at Machine.DENIED_IMAGE. */
export function hitHoldsNamed(q: usize, s: usize): bool {
  const e = q + Machine.DENIED_IMAGE;
  if (ofConfiguration(s)) return namesStreamEntry(s, e);
  return namesEntry(s, pageTag(load<u64>(q, Request.IOVA)), e, load<u64>(q, Machine.SPACE));
}

@inline
function stateOf(q: usize): u32 {
  return load<u32>(q, Machine.STATE);
}

// q hit a TLB of its TBU that is tagged by stream.
function hitTbu(q: usize): bool {
  // Without a configuration nothing else gets so far, but for what GBPA lets pass.
  if (!load<u32>(q, Machine.CONFIGURED)) {
    const state = stateOf(q);
    return (state == State.TBU_FILL || state == State.FORWARD) && !load<u32>(q, Machine.BYPASS);
  }
  const hit = load<u32>(q, Request.HIT);
  if (hit != HitPlace.MICRO && hit != HitPlace.MAIN) return false;
  const c = <usize>(hit == HitPlace.MICRO ? load<u32>(q, Machine.MICRO) : load<u32>(q, Machine.MAIN));
  return load<u32>(c, Cache.TAG_KIND) == Cache.TAG_STREAM;
}

function configurationNamed(q: usize, s: usize): bool {
  if (load<u32>(q, Machine.CONFIGURED)) return namesConfig(s, cfg(q));
  const state = stateOf(q);
  const fetching =
    (state > State.CONFIG_LOOKUP && state < State.CONFIGURED) ||
    state == State.L1CD_ADDRESS ||
    state == State.FAULT ||
    inStage2(q);
  if (!fetching) return false;
  const substream = load<u32>(q, Machine.SUBSTREAM);
  return namesCd(s, load<u32>(q, Request.SID), <i32>Substream.id(substream));
}

function translationNamed(q: usize, s: usize): bool {
  // While the configuration is fetched only stage 2 of its addresses counts.
  if (!load<u32>(q, Machine.CONFIGURED))
    return inStage2(q) && (load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2) != 0 && stage2Named(q, s);
  const flags = load<u32>(cfg(q), Config.FLAGS);
  if (flags & Config.FLAG_S1 && stage1Named(q, s)) return true;
  if (!(flags & Config.FLAG_S2)) return false;
  if (inStage2(q)) return stage2Named(q, s);
  // A combined entry that was hit is named by its input address alone, except of a stream without stage 1.
  if (!answered(q) || (flags & Config.FLAG_S1 && (hitCombined(q) || !walkedStage2(q)))) return false;
  return leafNamed(
    q,
    s,
    true,
    load<u64>(q, Machine.IPA),
    load<u32>(q, Machine.S2_SPAN),
    levelOfStage2(q),
    false,
  );
}

@inline
function hitCombined(q: usize): bool {
  const hit = load<u32>(q, Request.HIT);
  return hit == HitPlace.MICRO || hit == HitPlace.MAIN || hit == HitPlace.TCU || hit == HitPlace.MERGED;
}

// Stage 2 was the last to be asked, for the output of stage 1.
@inline
function walkedStage2(q: usize): bool {
  return (
    load<u32>(q, Machine.S2_RETURN) == State.COMBINE &&
    load<u64>(q, Machine.S2_IPA) == load<u64>(q, Machine.IPA)
  );
}

@inline
function levelOfStage2(q: usize): i32 {
  const level = bits32(load<u32>(q, Machine.LEVELS), Entry.LEVELS_STAGE2);
  return level ? <i32>level - 1 : load<i32>(q, Machine.S2_DONE_LEVEL);
}

// All of the translation is in hand.
function answered(q: usize): bool {
  const state = stateOf(q);
  return (
    state == State.COMBINE ||
    state == State.COMMIT ||
    state == State.LINK_UP ||
    state == State.TBU_FILL ||
    state == State.FORWARD
  );
}

// Stage 2 is at work, or an access that it has translated is under way, or it has faulted.
function inStage2(q: usize): bool {
  const state = stateOf(q);
  if (state == State.FAULT) return load<u32>(q, Machine.FAULT_STAGE) == 2;
  if (state == State.S1_READ) return !load<u32>(q, Machine.TABLE_PA);
  return (
    (state >= State.S2_BEGIN && state <= State.S2_DONE) ||
    state == State.S1_UPDATE ||
    state == State.S1_TABLE_UPDATE ||
    state == State.L1CD_READ ||
    state == State.CD_READ
  );
}

function stage1Named(q: usize, s: usize): bool {
  const state = stateOf(q);
  const va = load<u64>(q, Request.IOVA);
  const found = load<u32>(q, Machine.S1_SPAN);
  if (found) {
    const levels = bits32(load<u32>(q, Machine.LEVELS), Entry.LEVELS_STAGE1);
    const level = levels ? <i32>levels - 1 : load<i32>(q, Machine.S1_LEVEL);
    const global = (load<u32>(q, Machine.S1_FLAGS) & Entry.FLAG_GLOBAL) != 0;
    return leafNamed(q, s, false, va, found, level, global);
  }
  const walking = (state >= State.S1_ADDRESS && state <= State.S2_DONE) || state == State.FAULT;
  if (!walking) return false;
  const h = half(q);
  const g = <i32>load<u8>(h, Half.GRANULE);
  const level = load<i32>(q, Machine.S1_LEVEL);
  if (tablesNamed(q, s, false, va, g, <i32>load<i8>(h, Half.START), level)) return true;
  const coming =
    state == State.S1_ADDRESS ||
    state == State.S1_READ ||
    (inStage2(q) &&
      load<u32>(q, Machine.S2_CLASS) == EventRecord.CLASS_TT &&
      load<u32>(q, Machine.S2_RETURN) == State.S1_READ);
  if (coming) return false;
  const desc = load<u64>(q, Machine.S1_DESC);
  if (isTable(desc, level)) return tableNamed(q, s, false, va, g, level);
  let span = <u32>levelShift(g, level);
  const valid = bits(desc, Pte.Valid) != 0;
  if (valid && bits(desc, Pte.Contiguous)) span += <u32>contiguousLog2(g, level);
  const global =
    valid && !bits(desc, Pte.nG) && (load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0;
  return leafNamed(q, s, false, va, span, level, global);
}

// Of the stage 2 translation at hand, of Machine.S2_IPA.
function stage2Named(q: usize, s: usize): bool {
  const state = stateOf(q);
  const ipa = load<u64>(q, Machine.S2_IPA);
  if (state == State.S2_BEGIN || state == State.IPA_LOOKUP || state == State.S2_PROBE) return false;
  const h = cfg(q) + Config.STAGE2;
  const g = <i32>load<u8>(h, Half.GRANULE);
  const done = state < State.S2_BEGIN || state == State.S2_UPDATE || state == State.S2_DONE;
  if (done)
    return leafNamed(
      q,
      s,
      true,
      ipa,
      load<u32>(q, Machine.S2_SPAN),
      load<i32>(q, Machine.S2_DONE_LEVEL),
      false,
    );
  // What refused it may be a cached leaf.
  if (
    state == State.FAULT &&
    leafNamed(q, s, true, ipa, load<u32>(q, Machine.S2_SPAN), levelOfStage2(q), false)
  )
    return true;
  const level = load<i32>(q, Machine.S2_LEVEL);
  if (tablesNamed(q, s, true, ipa, g, <i32>load<i8>(h, Half.START), level)) return true;
  if (state == State.S2_READ) return false;
  const desc = load<u64>(q, Machine.S2_DESC);
  if (isTable(desc, level)) return tableNamed(q, s, true, ipa, g, level);
  let span = <u32>levelShift(g, level);
  if (bits(desc, Pte.Valid) && bits(desc, S2pte.Contiguous)) span += <u32>contiguousLog2(g, level);
  return leafNamed(q, s, true, ipa, span, level, false);
}

function isTable(desc: u64, level: i32): bool {
  return level < 3 && bits(desc, Pte.Type) == Pte.TYPE_TABLE;
}

// The Table descriptors of levels [start, level) on the way to `address`.
function tablesNamed(q: usize, s: usize, byIpa: bool, address: u64, g: i32, start: i32, level: i32): bool {
  for (let l = start; l < level; l++) if (tableNamed(q, s, byIpa, address, g, l)) return true;
  return false;
}

function tableNamed(q: usize, s: usize, byIpa: bool, address: u64, g: i32, level: i32): bool {
  return level < 3 && named(q, s, byIpa, address, <u32>levelShift(g, level), g, level, 0);
}

function leafNamed(q: usize, s: usize, byIpa: bool, address: u64, span: u32, level: i32, global: bool): bool {
  const h = byIpa ? cfg(q) + Config.STAGE2 : half(q);
  const g = <i32>load<u8>(h, Half.GRANULE);
  return named(
    q,
    s,
    byIpa,
    address,
    span,
    g,
    level,
    global ? Entry.FLAG_LEAF | Entry.FLAG_GLOBAL : Entry.FLAG_LEAF,
  );
}

// As the entry that a cache would hold of it. Machine.IMAGE is free between two steps.
function named(
  q: usize,
  s: usize,
  byIpa: bool,
  address: u64,
  span: u32,
  g: i32,
  level: i32,
  marks: u32,
): bool {
  const e = q + Machine.IMAGE;
  store<u32>(e, marks, Entry.FLAGS);
  store<u32>(e, spansOf(span, span, span, g), Entry.SPANS);
  store<u32>(e, byIpa ? stage2Levels(level) : <u32>(level + 1), Entry.LEVELS);
  return namesEntry(s, pageTag(address), e, spaceOf(q, byIpa));
}
