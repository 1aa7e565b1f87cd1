// From STE and SubstreamID to the CD, through stage 2 when nested, and the configuration's place in its cache
// (IHI 0070 §3.3.2, §3.4.3, §5.3).
import * as Why from '../abi/why';
import { clear16, copy16 } from '../memory/copy';
import { cacheAt, generation } from '../memory/base';
import { bits, field } from '../memory/bits';
import { read64, readInto, busFault } from '../memory/bus';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as StreamRecord from '../abi/stream-record';
import * as TableAccess from '../abi/table-access';
import * as Access from '../request/access';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import { beginStage2 } from '../request/machine';
import * as State from '../request/state';
import * as Cd from '../arch/cd';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import * as Idr1 from '../arch/idr1';
import * as L1cd from '../arch/l1cd';
import * as Ste from '../arch/ste';
import { countConfigAccess, countConfigLookup, countConfigMiss } from '../request/count';
import { configError, badSubstream, streamDisabled, silentAbort, fetchFault } from '../request/fault';
import { seenAt, seenWords } from '../walk/deferred';
import { fillsNothing } from '../walk/fill';
import { makePlan } from '../walk/plan';
import { tracing, traceRead, traceMore, traceLookup } from '../request/trace';
import { findConfig, placeConfig } from '../tlb/config-cache';
import { configOvertaken } from '../tlb/selection';
import { countConfigRead } from '../state/counters';
import { counting } from '../state/pmu';
import { oasBits } from '../state/regs';
import { id1 } from './identity';
import { applyOverrides, packedOverrides } from './overrides';
import { findSte } from './stream-table';
import { steIllegal, decodeSte, contextPointer } from './ste';
import { cdIllegal, decodeCd } from './cd';

const STAGE_2: u32 = 2;

/** The stages that an ATOS request asks for (GATOS_ADDR.TYPE: bit 0 stage 1, bit 1 stage 2); 0 for anything else. */
@inline
function atosStages(q: usize): u32 {
  return load<u32>(q, Request.KIND) == Request.KIND_ATOS ? load<u32>(q, Request.ATOS) & 3 : 0;
}

/** What a cached configuration cannot decide: overrides, and the stages that ATOS asks for (INV_STAGE before all else). */
export function configured(q: usize): u32 {
  const c = <usize>load<u32>(q, Machine.CFG);
  store<u32>(q, 1, Machine.CONFIGURED);
  const asked = atosStages(q);
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_ABORT) return silentAbort(q, Why.STE_ABORTS); // no event (§5.2 Config)
  applyOverrides(q, c);
  if (asked & ~((<u32>field(c + Config.STE, Ste.Config)) & 3)) return silentAbort(q, Why.ATOS_STAGE); // §9.1.4
  return State.DONE;
}

/** Configuration cache, else the tables. */
export function configLookup(q: usize): u32 {
  const c = cacheAt(CacheIndex.CONFIG);
  const record = <usize>load<u32>(q, Machine.STREAM);
  if (load<u32>(c, Cache.ENTRIES)) {
    const e = findConfig(c, load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM));
    if (tracing()) traceLookup(Step.LOOKUP, CacheIndex.CONFIG, <u64>load<u32>(q, Request.SID), e != 0, 0);
    if (counting()) countConfigLookup(q, e != 0);
    if (e) {
      store<u64>(record, load<u64>(record, StreamRecord.CONFIG_HITS) + 1, StreamRecord.CONFIG_HITS);
      // While other transactions may run in between, the entry may be replaced: take a copy.
      if (load<u32>(q, Machine.TIMED)) {
        copy16(q + Machine.CONFIG, e, Entry.CONFIG_BYTES);
        store<u32>(q, <u32>(q + Machine.CONFIG), Machine.CFG);
      } else {
        store<u32>(q, <u32>e, Machine.CFG);
      }
      return State.CONFIGURED;
    }
    store<u64>(record, load<u64>(record, StreamRecord.CONFIG_MISSES) + 1, StreamRecord.CONFIG_MISSES);
  }
  if (counting()) countConfigMiss(q);
  return findSte(q);
}

/** STE validity and the choice of a CD. */
export function selectSubstream(q: usize): u32 {
  const ste = q + Machine.STE;
  if (!field(ste, Ste.V)) return configError(q, Event.C_BAD_STE, Why.STE_INVALID); // §7.3.5
  const config = <u32>field(ste, Ste.Config);
  const c = q + Machine.CONFIG;
  store<u32>(q, <u32>c, Machine.CFG);
  clear16(c, Entry.CONFIG_BYTES);
  store<u32>(c, load<u32>(q, Request.SID), Config.STREAM);
  store<u32>(c, load<u32>(q, Machine.SUBSTREAM), Config.SUBSTREAM);
  store<i32>(c, -1, Config.CD_INDEX);
  if (!(config & Ste.CONFIG_BIT_ENABLED)) {
    if (atosStages(q)) return silentAbort(q, Why.ATOS_STAGE); // INV_STAGE (§9.1.4)
    store<u32>(c, Config.FLAG_ABORT, Config.FLAGS);
    return State.CONFIG_FILL;
  }
  if (steIllegal(ste)) return configError(q, Event.C_BAD_STE, Why.STE_ILLEGAL); // §5.2.2
  decodeSte(c, ste);
  applyOverrides(q, c);
  const asked = atosStages(q);
  if (asked & ~(config & 3)) return silentAbort(q, Why.ATOS_STAGE); // INV_STAGE (§9.1.4)
  if (asked == STAGE_2) {
    // Stage 2 alone: no CD is looked up, and what was decoded is not a configuration to keep.
    store<u32>(c, load<u32>(c, Config.FLAGS) & ~Config.FLAG_S1, Config.FLAGS);
    finishMix(c);
    return State.CONFIGURED;
  }

  const ssv = (load<u32>(q, Request.FLAGS) & Flag.SSV) != 0;
  // A SubstreamID without stage 1 (§7.3.9).
  if (!(config & Ste.CONFIG_BIT_S1)) return ssv ? badSubstream(q, Why.SSID_NO_STAGE1) : State.CONFIG_FILL;
  const ssid = load<u32>(q, Machine.SUBSTREAM) & 0xfffff;
  const cdMax = id1(Idr1.SSIDSIZE) ? <u32>field(ste, Ste.S1CDMax) : 0;
  const dss = field(ste, Ste.S1DSS);
  let index: u32 = 0;
  if (ssv) {
    if (cdMax == 0 || ssid >> cdMax) return badSubstream(q, Why.SSID_RANGE); // §5.2 S1CDMax, §7.3.9
    if (dss == Ste.S1DSS_SUBSTREAM0 && ssid == 0) return streamDisabled(q, Why.SSID_ZERO); // §5.2 S1DSS
    index = ssid;
  } else if (cdMax != 0) {
    // S1DSS: no SubstreamID where substreams are enabled bypasses stage 1, uses CD 0 or terminates (§5.2 S1DSS, §3.9).
    if (dss == Ste.S1DSS_BYPASS) {
      store<u32>(c, (load<u32>(c, Config.FLAGS) & ~Config.FLAG_S1) | Config.FLAG_S1DSS_BYPASS, Config.FLAGS);
      return State.CONFIG_FILL;
    }
    if (dss != Ste.S1DSS_SUBSTREAM0) return streamDisabled(q, Why.NO_SSID);
  }
  store<i32>(c, <i32>index, Config.CD_INDEX);
  return cdTable(q, index, cdMax);
}

// Where the L1CD or the CD is (§3.3.2). Bits of the pointer below the table's size are RES0 and count as 0 (§5.2 S1ContextPtr).
function cdTable(q: usize, index: u32, cdMax: u32): u32 {
  const ste = q + Machine.STE;
  const table = contextPointer(ste);
  const fmt = cdMax == 0 ? 0 : field(ste, Ste.S1Fmt);
  if (fmt == Ste.S1FMT_4K_L2 || fmt == Ste.S1FMT_64K_L2) {
    const leaf: u32 = fmt == Ste.S1FMT_4K_L2 ? 6 : 10;
    const low = max<u32>(6, cdMax > leaf ? cdMax - leaf + 3 : 0);
    store<u64>(q, ((table >> (<u64>low)) << (<u64>low)) + ((<u64>(index >> leaf)) << 3), Machine.CD_ADDR);
    return State.L1CD_ADDRESS;
  }
  const low = cdMax + 6;
  store<u64>(q, ((table >> (<u64>low)) << (<u64>low)) + ((<u64>index) << 6), Machine.CD_ADDR);
  return State.CD_ADDRESS;
}

/** The address in Machine.CD_ADDR through stage 2, if there is one, on the way to `next`. */
export function structureAddress(q: usize, next: u32): u32 {
  const at = load<u64>(q, Machine.CD_ADDR);
  if (load<u32>(q + Machine.CONFIG, Config.FLAGS) & Config.FLAG_S2) {
    return beginStage2(q, at, EventRecord.CLASS_CD, Access.PRIVILEGED, next);
  }
  store<u64>(q, at, Machine.S2_PA);
  return next;
}

export function readL1cd(q: usize): u32 {
  const pa = load<u64>(q, Machine.S2_PA);
  store<u32>(q, load<u32>(q, Request.READS_CD) + 1, Request.READS_CD);
  countConfigRead(TableAccess.L1CD);
  const desc = seenAt(q, pa, read64(pa));
  const failed = busFault;
  if (counting()) countConfigAccess(q);
  if (tracing())
    traceMore(
      traceRead(Step.L1CD, 0, 0, pa, desc),
      EventRecord.CLASS_CD,
      load<u64>(q, Machine.CD_ADDR),
      failed ? 0 : 1,
    );
  if (failed) return fetchFault(q, Event.F_CD_FETCH, pa, Why.EXTERNAL_ABORT); // §7.3.10
  if (!bits(desc, L1cd.V)) return badSubstream(q, Why.L1CD_INVALID); // §5.3 V
  const wide = field(q + Machine.STE, Ste.S1Fmt) == Ste.S1FMT_64K_L2;
  let table = bits(desc, L1cd.L2Ptr) << 12;
  if (wide) table &= ~0xffff;
  // Beyond OAS (or IAS when nested) it is no CD table: C_BAD_SUBSTREAMID (§3.4.3).
  if (table >> (<u64>oasBits())) return badSubstream(q, Why.L1CD_ADDRESS);
  const index = load<u32>(q + Machine.CONFIG, Config.CD_INDEX) & (wide ? 1023 : 63);
  store<u64>(q, table + ((<u64>index) << 6), Machine.CD_ADDR);
  return State.CD_ADDRESS;
}

export function readCd(q: usize): u32 {
  const pa = load<u64>(q, Machine.S2_PA);
  store<u32>(q, load<u32>(q, Request.READS_CD) + 1, Request.READS_CD);
  countConfigRead(TableAccess.CD);
  const cd = q + Machine.CD;
  const ok = readInto(pa, cd, Cd.BYTES);
  if (load<u32>(q, Machine.DEFERRED)) seenWords(q, pa, cd, Cd.BYTES);
  if (counting()) countConfigAccess(q);
  if (tracing())
    traceMore(
      traceRead(Step.CD, 0, 0, pa, load<u64>(cd)),
      EventRecord.CLASS_CD,
      load<u64>(q, Machine.CD_ADDR),
      ok ? 1 : 0,
    );
  if (!ok) return fetchFault(q, Event.F_CD_FETCH, pa, Why.EXTERNAL_ABORT); // §7.3.10
  const c = q + Machine.CONFIG;
  if (cdIllegal(c, cd)) return configError(q, Event.C_BAD_CD, Why.CD_ILLEGAL); // §5.4.2
  decodeCd(c, cd);
  return State.CONFIG_FILL;
}

// What the index functions add of the context, see tlb/lookup `find`.
function finishMix(c: usize): void {
  const vmid = load<u32>(c, Config.VMID);
  store<u64>(c, (<u64>(load<u32>(c, Config.ASID) ^ vmid)) | ((<u64>vmid) << 32), Config.MIX);
  store<u64>(c, <u64>vmid, Config.IPA_MIX);
}

/** The configuration is complete: cached, unless an invalidation that names it overtook it. */
export function configFill(q: usize): u32 {
  const c = q + Machine.CONFIG;
  finishMix(c);
  makePlan(c, packedOverrides(c + Config.STE));
  // Numbers given while the CD was fetched through stage 2 knew no ASID yet.
  store<u32>(c, 0, Config.CONTEXT);
  const cache = cacheAt(CacheIndex.CONFIG);
  const since = load<u32>(q, Machine.GENERATION);
  if (
    load<u32>(cache, Cache.ENTRIES) &&
    !fillsNothing(q) &&
    (since == generation() || !configOvertaken(since, c))
  ) {
    copy16(
      placeConfig(cache, load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM)),
      c,
      Entry.CONFIG_BYTES,
    );
    if (tracing()) traceLookup(Step.FILL, CacheIndex.CONFIG, <u64>load<u32>(q, Request.SID), true, 0);
  }
  return State.CONFIGURED;
}
