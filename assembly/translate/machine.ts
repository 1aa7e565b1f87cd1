// One translation as a state machine over its request block (design rule 4): every state is one look-up, memory access, fill
// or decision. `advance` does steps until the transaction is done or a step comes that the caller wants to time; with no
// stops it runs straight to the end.
import { cacheAt } from '../memory/base';
import {
  C_ENTRIES,
  CACHE_TCU,
  Q_IOVA,
  Q_KIND,
  Q_ATOS,
  Q_HIT,
  Q_READS_S1,
  Q_READS_S2,
  KIND_TRANSACTION,
  KIND_ATOS,
  KIND_PREFETCH_CONFIG,
  HIT_TCU,
  HIT_WALK,
  HIT_WALK_CACHE,
  Q_STATUS,
  STATUS_OK,
} from '../abi';
import { EV_F_TRANSLATION, EV_F_ADDR_SIZE, EVT_CLASS_IN } from '../arch/events';
import { CF_FLAGS, CFF_S1, CFF_S2 } from '../tlb/config-fields';
import { counting } from '../state/pmu';
import { oasBits } from '../state/regs';
import {
  configLookup,
  selectSubstream,
  structureAddress,
  readL1cd,
  readCd,
  configFill,
  configured,
} from '../config/context';
import { readL1std, readSte } from '../config/stream-table';
import { countRequest, countTbuMiss } from '../walk/count';
import { stage1Fault, bypassAddressSize } from '../walk/fault';
import {
  selectHalf,
  e0pdFaults,
  stage1Begin,
  stage1Probe,
  stage1Root,
  stage1Address,
  stage1Read,
  stage1Evaluate,
  stage1Leaf,
  stage1Next,
  stage1Done,
} from '../walk/stage1';
import { stage1Follow } from '../walk/stage1-follow';
import { stage1TableUpdate, stage1Update } from '../walk/stage1-update';
import {
  beginStage2,
  stage2Begin,
  ipaLookup,
  stage2Probe,
  stage2Read,
  stage2Evaluate,
  stage2Leaf,
  stage2Update,
  stage2TableUpdate,
  stage2Next,
  stage2Done,
} from '../walk/stage2';
import { makeImage, fillStage1Leaf, fillContext, fillsNothing, hasWalkCache } from '../walk/fill';
import { takeHit, finishPermissions, HIT_USED, HIT_MISS, HIT_FAULT } from '../walk/hit';
import { begin, bypass, clearResult } from './begin';
import { microLookup, mainLookup, contextLookup, tbuFill } from './tbu';
import { settle, forward } from './outcome';
import * as M from '../walk/request';
import * as S from '../walk/states';

/**
 * Runs request q from its state. `stops` has a bit for every state before which the caller wants to be asked; the result is
 * that state, or S_DONE.
 */
export function advance(q: usize, stops: u64): u32 {
  return continueFrom(q, step(q, load<u32>(q, M.M_STATE)), stops);
}

/** `advance` for a caller that has done the step at hand itself: it gave s. */
@inline
export function continueFrom(q: usize, s: u32, stops: u64): u32 {
  while (s != S.S_DONE && !((stops >> (<u64>s)) & 1)) s = step(q, s);
  store<u32>(q, s, M.M_STATE);
  return s;
}

/**
 * Runs request q to its end. The steps are those of `step`, tried in the order in which most transactions need them, which saves
 * the dispatch; whatever comes out of that order goes through `step`.
 */
export function runToEnd(q: usize): void {
  store<u32>(q, 0, M.M_TIMED);
  let s = begin(q);
  while (s != S.S_DONE) {
    if (s == S.S_MICRO) s = microLookup(q);
    if (s == S.S_MAIN) s = mainLookup(q);
    if (s == S.S_LINK_DOWN) s = linkDown(q);
    if (s == S.S_CONFIG_LOOKUP) s = configLookup(q);
    if (s == S.S_CONFIGURED) s = decide(q);
    if (s == S.S_TCU_LOOKUP) s = tcuLookup(q);
    if (s == S.S_WALK) s = walk(q);
    if (s == S.S_S1_PROBE) s = stage1Probe(q);
    if (s == S.S_S1_ROOT) s = stage1Root(q);
    if (s == S.S_S1_ADDRESS) s = stage1Follow(q);
    if (s == S.S_S1_EVALUATE) s = stage1Evaluate(q);
    while (s == S.S_S1_ADDRESS) {
      s = stage1Address(q);
      if (s == S.S_S2_BEGIN) s = runStage2(q);
      if (s == S.S_S1_READ) s = stage1Read(q);
      if (s == S.S_S1_EVALUATE) s = stage1Evaluate(q);
      if (s == S.S_S1_NEXT) s = stage1Next(q);
    }
    if (s == S.S_S1_LEAF) s = stage1Leaf(q);
    if (s == S.S_S1_DONE) s = stage1Done(q);
    if (s == S.S_S2_BEGIN) s = runStage2(q);
    if (s == S.S_COMBINE) s = combine(q);
    if (s == S.S_LINK_UP) s = linkUp(q);
    if (s == S.S_TBU_FILL) s = tbuFill(q);
    if (s == S.S_FORWARD) s = forward(q);
    if (s != S.S_DONE) s = step(q, s);
  }
}

// Stage 2 in its usual order; gives the step after it, or whatever else came.
function runStage2(q: usize): u32 {
  let s = stage2Begin(q);
  if (s == S.S_IPA_LOOKUP) s = ipaLookup(q);
  if (s == S.S_S2_PROBE) s = stage2Probe(q);
  while (s == S.S_S2_READ) {
    s = stage2Read(q);
    if (s == S.S_S2_EVALUATE) s = stage2Evaluate(q);
    if (s == S.S_S2_NEXT) s = stage2Next(q);
  }
  if (s == S.S_S2_LEAF) s = stage2Leaf(q);
  if (s == S.S_S2_DONE) s = stage2Done(q);
  return s;
}

function step(q: usize, s: u32): u32 {
  switch (s) {
    case S.S_BEGIN:
      return begin(q);
    case S.S_MICRO:
      return microLookup(q);
    case S.S_MAIN:
      return mainLookup(q);
    case S.S_LINK_DOWN:
      return linkDown(q);
    case S.S_CONFIG_LOOKUP:
      return configLookup(q);
    case S.S_L1STD_READ:
      return readL1std(q);
    case S.S_STE_READ:
      return readSte(q);
    case S.S_SUBSTREAM:
      return selectSubstream(q);
    case S.S_L1CD_ADDRESS:
      return structureAddress(q, S.S_L1CD_READ);
    case S.S_L1CD_READ:
      return readL1cd(q);
    case S.S_CD_ADDRESS:
      return structureAddress(q, S.S_CD_READ);
    case S.S_CD_READ:
      return readCd(q);
    case S.S_CONFIG_FILL:
      return configFill(q);
    case S.S_CONFIGURED:
      return decide(q);
    case S.S_TCU_LOOKUP:
      return tcuLookup(q);
    case S.S_WALK:
      return walk(q);
    case S.S_S1_PROBE:
      return stage1Probe(q);
    case S.S_S1_ROOT:
      return stage1Root(q);
    case S.S_S1_ADDRESS:
      return stage1Address(q);
    case S.S_S1_READ:
      return stage1Read(q);
    case S.S_S1_EVALUATE:
      return stage1Evaluate(q);
    case S.S_S1_LEAF:
      return stage1Leaf(q);
    case S.S_S1_UPDATE:
      return stage1Update(q);
    case S.S_S1_TABLE_UPDATE:
      return stage1TableUpdate(q);
    case S.S_S1_NEXT:
      return stage1Next(q);
    case S.S_S1_DONE:
      return stage1Done(q);
    case S.S_S1_REWALK:
      return stage1Begin(q);
    case S.S_S2_BEGIN:
      return stage2Begin(q);
    case S.S_IPA_LOOKUP:
      return ipaLookup(q);
    case S.S_S2_PROBE:
      return stage2Probe(q);
    case S.S_S2_READ:
      return stage2Read(q);
    case S.S_S2_EVALUATE:
      return stage2Evaluate(q);
    case S.S_S2_LEAF:
      return stage2Leaf(q);
    case S.S_S2_UPDATE:
      return stage2Update(q);
    case S.S_S2_TABLE_UPDATE:
      return stage2TableUpdate(q);
    case S.S_S2_NEXT:
      return stage2Next(q);
    case S.S_S2_DONE:
      return stage2Done(q);
    case S.S_COMBINE:
      return combine(q);
    case S.S_LINK_UP:
      return linkUp(q);
    case S.S_TBU_FILL:
      return tbuFill(q);
    case S.S_FAULT:
      return settle(q);
    case S.S_FORWARD:
      return forward(q);
  }
  return S.S_DONE;
}

/** The request reaches the TCU. */
@inline
function linkDown(q: usize): u32 {
  if (counting()) countRequest(q);
  return S.S_CONFIG_LOOKUP;
}

@inline
function flagsOf(q: usize): u32 {
  return load<u32>(<usize>load<u32>(q, M.M_CFG), CF_FLAGS);
}

/** The configuration is at hand: bypass, E0PD, a refused TLB hit, or on with the look-ups. */
function decide(q: usize): u32 {
  const next = configured(q);
  if (next != S.S_DONE) return next;
  const kind = load<u32>(q, Q_KIND);
  if (kind == KIND_PREFETCH_CONFIG) {
    store<u32>(q, STATUS_OK, Q_STATUS);
    return S.S_DONE;
  }
  const flags = flagsOf(q);
  const va = load<u64>(q, Q_IOVA);
  if (!(flags & CFF_S1)) {
    // Stage 1 bypass: the input may not exceed OAS, or IAS on the way to stage 2, which without VMSAv8-32 are the same (§3.4).
    if (va >> (<u64>oasBits())) return bypassAddressSize(q, EV_F_ADDR_SIZE);
    if (!(flags & CFF_S2)) {
      bypass(q, va);
      return S.S_LINK_UP;
    }
  } else {
    selectHalf(q);
    if (e0pdFaults(q)) return stage1Fault(q, EV_F_TRANSLATION, false);
  }
  const denied = load<u32>(q, M.M_DENIED);
  if (denied) {
    const e = q + M.M_DENIED_IMAGE;
    const taken = takeHit(q, e, load<u32>(q, M.M_ACCESS), denied);
    if (taken == HIT_FAULT) return S.S_FAULT;
    if (taken == HIT_USED) return S.S_FORWARD;
  }
  const after = load<u32>(q, M.M_AFTER_CONFIG);
  return after ? after : S.S_TCU_LOOKUP;
}

function tcuLookup(q: usize): u32 {
  if (counting()) countTbuMiss(q);
  const c = cacheAt(CACHE_TCU);
  if (!load<u32>(c, C_ENTRIES) || load<u32>(q, Q_KIND) == KIND_ATOS) return S.S_WALK;
  const e = contextLookup(q, c);
  if (!e) return S.S_WALK;
  const taken = takeHit(q, e, load<u32>(q, M.M_ACCESS), HIT_TCU);
  if (taken == HIT_MISS) return S.S_WALK;
  if (taken == HIT_FAULT) return S.S_FAULT;
  return S.S_LINK_UP;
}

function walk(q: usize): u32 {
  if (load<u32>(q, Q_KIND) != KIND_ATOS) store<u32>(q, M.FILL_WALK | M.FILL_TCU, M.M_FILL);
  const flags = flagsOf(q);
  const stage2Alone = load<u32>(q, Q_KIND) == KIND_ATOS && (load<u32>(q, Q_ATOS) & 3) == 2;
  if (flags & CFF_S1 && !stage2Alone) return stage1Begin(q);
  const va = load<u64>(q, Q_IOVA);
  store<u64>(q, va, M.M_IPA);
  // An ATOS request for stage 1 of a stream whose S1DSS sends it past stage 1 gets its address back (§9.1).
  if (load<u32>(q, Q_KIND) == KIND_ATOS && (load<u32>(q, Q_ATOS) & 3) == 1) return bypass(q, va);
  return beginStage2(q, va, EVT_CLASS_IN, load<u32>(q, M.M_ACCESS), S.S_COMBINE);
}

/** The combined answer into the TCU's caches that are asked for, each once; a driver that times them apart asks for one. */
export function fillAnswer(q: usize, which: u32): void {
  if (load<u32>(q, M.M_S2_ATTR) & M.AT_S2 && !load<u32>(q, Q_HIT)) {
    store<u32>(q, load<u32>(q, M.M_LEVELS) | ((<u32>(load<i32>(q, M.M_S2_DONE_LEVEL) + 1)) << 4), M.M_LEVELS);
  }
  finishPermissions(q);
  const fill = load<u32>(q, M.M_FILL) & which;
  if (!fill || fillsNothing(q)) return;
  store<u32>(q, load<u32>(q, M.M_FILL) & ~which, M.M_FILL);
  const inWalkCache =
    (fill & M.FILL_WALK) != 0 && (flagsOf(q) & CFF_S1) != 0 && hasWalkCache(load<i32>(q, M.M_S1_LEVEL));
  const inTcu = (fill & M.FILL_TCU) != 0 && load<u32>(cacheAt(CACHE_TCU), C_ENTRIES) != 0;
  if (!inWalkCache && !inTcu) return;
  const image = makeImage(q);
  if (inWalkCache) fillStage1Leaf(q, image);
  if (inTcu) fillContext(q, CACHE_TCU, image);
}

/** Both stages are through: one answer, into the TCU's caches. */
function combine(q: usize): u32 {
  // A speculative read that will succeed goes through again, now with its hardware updates.
  if (load<u32>(q, M.M_DRY) && load<u32>(q, M.M_SKIPPED) && load<u32>(q, Q_KIND) == KIND_TRANSACTION) {
    store<u32>(q, 0, M.M_DRY);
    store<u32>(q, 0, M.M_SKIPPED);
    clearResult(q);
    store<u32>(q, 0, M.M_CONFIGURED);
    return S.S_CONFIG_LOOKUP;
  }
  fillAnswer(q, M.FILL_WALK | M.FILL_TCU);
  if (!load<u32>(q, Q_HIT)) {
    store<u32>(q, load<u32>(q, Q_READS_S1) + load<u32>(q, Q_READS_S2) ? HIT_WALK : HIT_WALK_CACHE, Q_HIT);
  }
  return S.S_LINK_UP;
}

function linkUp(q: usize): u32 {
  store<u32>(q, M.FILL_MAIN | M.FILL_MICRO, M.M_FILL);
  return load<u32>(q, Q_KIND) == KIND_TRANSACTION ? S.S_TBU_FILL : S.S_FORWARD;
}
