// One translation (IHI 0070 §3.3.3, §3.4) as a state machine over its request block: every state is one look-up, memory access,
// fill or decision. `advance` does steps until the transaction is done or a step comes that the caller wants to time; with no
// stops it runs straight to the end.
import * as Why from '../abi/why';
import { cacheAt } from '../memory/base';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Atos from '../request/atos';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import * as Gatos from '../arch/gatos';
import * as EventRecord from '../arch/event-record';
import { counting } from '../state/pmu';
import { oasBits } from '../state/regs';
import * as CdTable from '../config/cd-table';
import * as Context from '../config/context';
import { readL1std, readSte } from '../config/stream-table';
import * as Count from '../request/count';
import { stage1Fault, bypassAddressSize } from '../request/fault';
import * as Stage1 from '../walk/stage1';
import * as Stage1Descriptor from '../walk/stage1-descriptor';
import { stage1Follow } from '../walk/stage1-follow';
import { stage1TableUpdate, stage1Update } from '../walk/stage1-update';
import * as Stage2 from '../walk/stage2';
import * as Stage2Descriptor from '../walk/stage2-descriptor';
import * as Fill from '../walk/fill';
import { commit, succeeds } from '../walk/update';
import * as Hit from '../walk/hit';
import * as Begin from './begin';
import * as Tbu from './tbu';
import { settle, forward } from './outcome';

/**
 * Runs request q from its state. `stops` has a bit for every state before which the caller wants to be asked; the result is
 * that state, or State.DONE.
 */
export function advance(q: usize, stops: u64): u32 {
  return continueFrom(q, step(q, load<u32>(q, Machine.STATE)), stops);
}

/** `advance` for a caller that has done the step at hand itself: it gave s. */
@inline
export function continueFrom(q: usize, s: u32, stops: u64): u32 {
  while (s != State.DONE && !((stops >> (<u64>s)) & 1)) s = step(q, s);
  store<u32>(q, s, Machine.STATE);
  return s;
}

/**
 * Runs request q to its end. The steps are those of `step`, tried in the order in which most transactions need them, which saves
 * the dispatch; whatever comes out of that order goes through `step`.
 */
export function runToEnd(q: usize): void {
  store<u32>(q, 0, Machine.TIMED);
  if (!SHORT_CUTS) {
    continueFrom(q, Begin.begin(q), 0);
    return;
  }
  let s = Begin.begin(q);
  while (s != State.DONE) {
    if (s == State.MICRO) s = Tbu.microLookup(q);
    if (s == State.MAIN) s = Tbu.mainLookup(q);
    if (s == State.LINK_DOWN) s = linkDown(q);
    if (s == State.CONFIG_LOOKUP) s = Context.configLookup(q);
    if (s == State.CONFIGURED) s = decide(q);
    if (s == State.TCU_LOOKUP) s = tcuLookup(q);
    if (s == State.WALK) s = walk(q);
    if (s == State.S1_PROBE) s = Stage1.stage1Probe(q);
    if (s == State.S1_ROOT) s = Stage1.stage1Root(q);
    if (s == State.S1_ADDRESS) s = stage1Follow(q);
    if (s == State.S1_EVALUATE) s = Stage1Descriptor.stage1Evaluate(q);
    while (s == State.S1_ADDRESS) {
      s = Stage1.stage1Address(q);
      if (s == State.S2_BEGIN) s = runStage2(q);
      if (s == State.S1_READ) s = Stage1.stage1Read(q);
      if (s == State.S1_EVALUATE) s = Stage1Descriptor.stage1Evaluate(q);
      if (s == State.S1_NEXT) s = Stage1Descriptor.stage1Next(q);
    }
    if (s == State.S1_LEAF) s = Stage1Descriptor.stage1Leaf(q);
    if (s == State.S1_DONE) s = Stage1.stage1Done(q);
    if (s == State.S2_BEGIN) s = runStage2(q);
    if (s == State.COMBINE) s = combine(q);
    if (s == State.LINK_UP) s = linkUp(q);
    if (s == State.TBU_FILL) s = Tbu.tbuFill(q);
    if (s == State.FORWARD) s = forward(q);
    if (s != State.DONE) s = step(q, s);
  }
}

// Stage 2 in its usual order; gives the step after it, or whatever else came.
function runStage2(q: usize): u32 {
  let s = Stage2.stage2Begin(q);
  if (s == State.IPA_LOOKUP) s = Stage2.ipaLookup(q);
  if (s == State.S2_PROBE) s = Stage2.stage2Probe(q);
  while (s == State.S2_READ) {
    s = Stage2.stage2Read(q);
    if (s == State.S2_EVALUATE) s = Stage2Descriptor.stage2Evaluate(q);
    if (s == State.S2_NEXT) s = Stage2Descriptor.stage2Next(q);
  }
  if (s == State.S2_LEAF) s = Stage2Descriptor.stage2Leaf(q);
  if (s == State.S2_DONE) s = Stage2.stage2Done(q);
  return s;
}

function step(q: usize, s: u32): u32 {
  switch (s) {
    case State.BEGIN:
      return Begin.begin(q);
    case State.MICRO:
      return Tbu.microLookup(q);
    case State.MAIN:
      return Tbu.mainLookup(q);
    case State.LINK_DOWN:
      return linkDown(q);
    case State.CONFIG_LOOKUP:
      return Context.configLookup(q);
    case State.L1STD_READ:
      return readL1std(q);
    case State.STE_READ:
      return readSte(q);
    case State.SUBSTREAM:
      return Context.selectSubstream(q);
    case State.L1CD_ADDRESS:
      return CdTable.structureAddress(q, State.L1CD_READ);
    case State.L1CD_READ:
      return CdTable.readL1cd(q);
    case State.CD_ADDRESS:
      return CdTable.structureAddress(q, State.CD_READ);
    case State.CD_READ:
      return CdTable.readCd(q);
    case State.CONFIG_FILL:
      return Context.configFill(q);
    case State.CONFIGURED:
      return decide(q);
    case State.TCU_LOOKUP:
      return tcuLookup(q);
    case State.WALK:
      return walk(q);
    case State.S1_PROBE:
      return Stage1.stage1Probe(q);
    case State.S1_ROOT:
      return Stage1.stage1Root(q);
    case State.S1_ADDRESS:
      return Stage1.stage1Address(q);
    case State.S1_READ:
      return Stage1.stage1Read(q);
    case State.S1_EVALUATE:
      return Stage1Descriptor.stage1Evaluate(q);
    case State.S1_LEAF:
      return Stage1Descriptor.stage1Leaf(q);
    case State.S1_UPDATE:
      return stage1Update(q);
    case State.S1_TABLE_UPDATE:
      return stage1TableUpdate(q);
    case State.S1_NEXT:
      return Stage1Descriptor.stage1Next(q);
    case State.S1_DONE:
      return Stage1.stage1Done(q);
    case State.S1_REWALK:
      return Stage1.stage1Begin(q);
    case State.S2_BEGIN:
      return Stage2.stage2Begin(q);
    case State.IPA_LOOKUP:
      return Stage2.ipaLookup(q);
    case State.S2_PROBE:
      return Stage2.stage2Probe(q);
    case State.S2_READ:
      return Stage2.stage2Read(q);
    case State.S2_EVALUATE:
      return Stage2Descriptor.stage2Evaluate(q);
    case State.S2_LEAF:
      return Stage2Descriptor.stage2Leaf(q);
    case State.S2_UPDATE:
      return Stage2.stage2Update(q);
    case State.S2_TABLE_UPDATE:
      return Stage2.stage2TableUpdate(q);
    case State.S2_NEXT:
      return Stage2Descriptor.stage2Next(q);
    case State.S2_DONE:
      return Stage2.stage2Done(q);
    case State.COMBINE:
      return combine(q);
    case State.LINK_UP:
      return linkUp(q);
    case State.TBU_FILL:
      return Tbu.tbuFill(q);
    case State.COMMIT:
      return commit(q);
    case State.RESTART:
      return restart(q);
    case State.FAULT:
      return settle(q);
    case State.FORWARD:
      return forward(q);
  }
  return State.DONE;
}

// The tables changed under a speculative read when all was decided.
function restart(q: usize): u32 {
  Begin.clearResult(q);
  store<u32>(q, 0, Machine.CONFIGURED);
  return State.CONFIG_LOOKUP;
}

/** The request reaches the TCU. */
@inline
function linkDown(q: usize): u32 {
  if (counting()) Count.countRequest(q);
  return State.CONFIG_LOOKUP;
}

@inline
function flagsOf(q: usize): u32 {
  return load<u32>(<usize>load<u32>(q, Machine.CFG), Config.FLAGS);
}

/** The configuration is at hand: bypass, E0PD, a refused TLB hit, or on with the look-ups. */
function decide(q: usize): u32 {
  const next = Context.configured(q);
  if (next != State.DONE) return next;
  const kind = load<u32>(q, Request.KIND);
  if (kind == Request.KIND_PREFETCH_CONFIG) {
    store<u32>(q, Status.OK, Request.STATUS);
    return State.DONE;
  }
  // Behind its CD fetch a prefetch updates as a speculative read does (§4.2.2).
  if (kind == Request.KIND_PREFETCH && load<u32>(q, Machine.DEFER) == Machine.DEFER_NOT)
    store<u32>(q, Machine.DEFER_TO_END, Machine.DEFER);
  const flags = flagsOf(q);
  const va = load<u64>(q, Request.IOVA);
  if (!(flags & Config.FLAG_S1)) {
    // Stage 1 bypass: the input may not exceed OAS, or IAS on the way to stage 2, which without VMSAv8-32 are the same (§3.4).
    if (va >> (<u64>oasBits())) return bypassAddressSize(q, Event.F_ADDR_SIZE);
    if (!(flags & Config.FLAG_S2)) {
      Begin.bypass(q, va);
      // The TCU's TLB is asked all the same, and holds no bypass (gem5: SMMUTranslationProcess::main).
      return load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES) ? State.TCU_LOOKUP : State.LINK_UP;
    }
  } else {
    Stage1.selectHalf(q);
    if (Stage1.e0pdFaults(q)) return stage1Fault(q, Event.F_TRANSLATION, false, Why.E0PD); // §5.4 E0PD0
  }
  const denied = load<u32>(q, Machine.DENIED);
  if (denied) {
    const e = q + Machine.DENIED_IMAGE;
    const taken = Hit.takeHit(q, e, load<u32>(q, Machine.ACCESS), denied);
    if (taken == Hit.HIT_FAULT) return State.FAULT;
    if (taken == Hit.HIT_USED) return succeeds(q, State.FORWARD);
  }
  const after = load<u32>(q, Machine.AFTER_CONFIG);
  return after ? after : State.TCU_LOOKUP;
}

function tcuLookup(q: usize): u32 {
  const c = cacheAt(CacheIndex.TCU);
  if (load<u32>(q, Machine.BYPASS)) {
    if (load<u32>(q, Request.KIND) != Request.KIND_ATOS)
      store<u64>(c, load<u64>(c, Cache.MISSES) + 1, Cache.MISSES);
    return State.LINK_UP;
  }
  if (counting()) Count.countTbuMiss(q);
  if (!load<u32>(c, Cache.ENTRIES) || load<u32>(q, Request.KIND) == Request.KIND_ATOS) return State.WALK;
  const e = Tbu.contextLookup(q, c);
  if (!e) return State.WALK;
  const taken = Hit.takeHit(q, e, load<u32>(q, Machine.ACCESS), HitPlace.TCU);
  if (taken == Hit.HIT_MISS) return State.WALK;
  if (taken == Hit.HIT_FAULT) return State.FAULT;
  return succeeds(q, State.LINK_UP);
}

function walk(q: usize): u32 {
  if (load<u32>(q, Request.KIND) != Request.KIND_ATOS)
    store<u32>(q, Machine.FILL_WALK | Machine.FILL_TCU, Machine.FILL);
  const flags = flagsOf(q);
  if (flags & Config.FLAG_S1 && !Atos.asksFor(q, Gatos.TYPE_S2)) return Stage1.stage1Begin(q);
  const va = load<u64>(q, Request.IOVA);
  store<u64>(q, va, Machine.IPA);
  // An ATOS request for stage 1 of a stream whose S1DSS sends it past stage 1 gets its address back (§9.1).
  if (Atos.asksFor(q, Gatos.TYPE_S1)) return Begin.bypass(q, va);
  return Machine.beginStage2(q, va, EventRecord.CLASS_IN, load<u32>(q, Machine.ACCESS), State.COMBINE);
}

/** The combined answer into the TCU's caches that are asked for, each once; a driver that times them apart asks for one. */
export function fillAnswer(q: usize, which: u32): void {
  if (load<u32>(q, Machine.S2_ATTR) & AttributeWord.S2 && !load<u32>(q, Request.HIT)) {
    store<u32>(
      q,
      load<u32>(q, Machine.LEVELS) | Fill.stage2Levels(load<i32>(q, Machine.S2_DONE_LEVEL)),
      Machine.LEVELS,
    );
  }
  Hit.finishPermissions(q);
  const fill = load<u32>(q, Machine.FILL) & which;
  if (!fill || Fill.fillsNothing(q)) return;
  store<u32>(q, load<u32>(q, Machine.FILL) & ~which, Machine.FILL);
  const inWalkCache =
    (fill & Machine.FILL_WALK) != 0 &&
    (flagsOf(q) & Config.FLAG_S1) != 0 &&
    Fill.hasWalkCache(load<i32>(q, Machine.S1_LEVEL));
  const inTcu = (fill & Machine.FILL_TCU) != 0 && load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES) != 0;
  if (!inWalkCache && !inTcu) return;
  const image = Fill.makeImage(q);
  if (inWalkCache) Fill.fillStage1Leaf(q, image);
  if (inTcu) Fill.fillContext(q, CacheIndex.TCU, image);
}

/** Both stages are through: one answer, into the TCU's caches. */
function combine(q: usize): u32 {
  // What a speculative read holds back comes before its fills (§3.14).
  if (load<u32>(q, Machine.DEFERRED)) return succeeds(q, State.COMBINE);
  fillAnswer(q, Machine.FILL_WALK | Machine.FILL_TCU);
  if (!load<u32>(q, Request.HIT)) {
    store<u32>(
      q,
      load<u32>(q, Request.READS_S1) + load<u32>(q, Request.READS_S2) ? HitPlace.WALK : HitPlace.WALK_CACHE,
      Request.HIT,
    );
  }
  return State.LINK_UP;
}

function linkUp(q: usize): u32 {
  store<u32>(q, Machine.FILL_MAIN | Machine.FILL_MICRO, Machine.FILL);
  return load<u32>(q, Request.KIND) == Request.KIND_TRANSACTION ? State.TBU_FILL : State.FORWARD;
}
