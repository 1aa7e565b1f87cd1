// From STE and SubstreamID to the CD, through stage 2 when nested, and the configuration's place in its cache
// (IHI 0070 §3.3.2, §3.4.3, §5.3).
import * as Why from '../abi/why';
import { clear16, copy16 } from '../memory/copy';
import { cacheAt, generation } from '../memory/base';
import { field } from '../memory/bits';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as StreamRecord from '../abi/stream-record';
import * as Atos from '../request/atos';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Substream from '../request/substream';
import * as Event from '../arch/event';
import * as Gatos from '../arch/gatos';
import * as Idr1 from '../arch/idr1';
import * as Ste from '../arch/ste';
import * as Count from '../request/count';
import * as Fault from '../request/fault';
import { fillsNothing } from '../walk/fill';
import { makePlan } from '../walk/plan';
import * as Trace from '../request/trace';
import { findConfig, placeConfig } from '../tlb/config-cache';
import { noteMixes } from '../tlb/index-mix';
import { configOvertaken } from '../tlb/selection';
import { counting } from '../state/pmu';
import { id1 } from './identity';
import { applyOverrides, packedOverrides } from './overrides';
import { findSte } from './stream-table';
import { steIllegal, decodeSte } from './ste';
import { cdTable } from './cd-table';

// The stages that STE.Config enables, as Atos.stages has them.
@inline
function stagesOf(config: u32): u32 {
  return config & (Ste.CONFIG_BIT_S1 | Ste.CONFIG_BIT_S2);
}

/** What a cached configuration cannot decide: overrides, and the stages that ATOS asks for (INV_STAGE before all else). */
export function configured(q: usize): u32 {
  const c = <usize>load<u32>(q, Machine.CFG);
  store<u32>(q, 1, Machine.CONFIGURED);
  const asked = Atos.stages(q);
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_ABORT) return Fault.silentAbort(q, Why.STE_ABORTS); // no event (§5.2 Config)
  applyOverrides(q, c);
  if (asked & ~stagesOf(<u32>field(c + Config.STE, Ste.Config))) return Fault.silentAbort(q, Why.ATOS_STAGE); // §9.1.4
  return State.DONE;
}

/** Configuration cache, else the tables. */
export function configLookup(q: usize): u32 {
  const c = cacheAt(CacheIndex.CONFIG);
  const record = <usize>load<u32>(q, Machine.STREAM);
  if (load<u32>(c, Cache.ENTRIES)) {
    const e = findConfig(c, load<u32>(q, Request.SID), load<u32>(q, Machine.SUBSTREAM));
    if (Trace.tracing())
      Trace.traceLookup(Step.LOOKUP, CacheIndex.CONFIG, <u64>load<u32>(q, Request.SID), e != 0, 0);
    if (e && Trace.tracing()) Trace.traceHeld(e);
    if (counting()) Count.countConfigLookup(q, e != 0);
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
  if (counting()) Count.countConfigMiss(q);
  return findSte(q);
}

/** STE validity and the choice of a CD. */
export function selectSubstream(q: usize): u32 {
  const ste = q + Machine.STE;
  if (!field(ste, Ste.V)) return Fault.configError(q, Event.C_BAD_STE, Why.STE_INVALID); // §7.3.5
  const config = <u32>field(ste, Ste.Config);
  const c = q + Machine.CONFIG;
  store<u32>(q, <u32>c, Machine.CFG);
  clear16(c, Entry.CONFIG_BYTES);
  store<u32>(c, load<u32>(q, Request.SID), Config.STREAM);
  store<u32>(c, load<u32>(q, Machine.SUBSTREAM), Config.SUBSTREAM);
  store<i32>(c, -1, Config.CD_INDEX);
  if (!(config & Ste.CONFIG_BIT_ENABLED)) {
    if (Atos.stages(q)) return Fault.silentAbort(q, Why.ATOS_STAGE); // INV_STAGE (§9.1.4)
    store<u32>(c, Config.FLAG_ABORT, Config.FLAGS);
    copy16(c + Config.STE, ste, 32);
    return State.CONFIG_FILL;
  }
  if (steIllegal(ste)) return Fault.configError(q, Event.C_BAD_STE, Why.STE_ILLEGAL); // §5.2.2
  decodeSte(c, ste);
  noteMixes(c); // stage 2 may have to find the CD; with the ASID once more
  applyOverrides(q, c);
  const asked = Atos.stages(q);
  if (asked & ~stagesOf(config)) return Fault.silentAbort(q, Why.ATOS_STAGE); // INV_STAGE (§9.1.4)
  if (asked == Gatos.TYPE_S2) {
    // Stage 2 alone: no CD is looked up, and what was decoded is not a configuration to keep.
    store<u32>(c, load<u32>(c, Config.FLAGS) & ~Config.FLAG_S1, Config.FLAGS);
    noteMixes(c);
    return State.CONFIGURED;
  }

  const ssv = (load<u32>(q, Request.FLAGS) & Flag.SSV) != 0;
  // A SubstreamID without stage 1 (§7.3.9).
  if (!(config & Ste.CONFIG_BIT_S1))
    return ssv ? Fault.badSubstream(q, Why.SSID_NO_STAGE1) : State.CONFIG_FILL;
  const ssid = Substream.id(load<u32>(q, Machine.SUBSTREAM));
  const cdMax = id1(Idr1.SSIDSIZE) ? <u32>field(ste, Ste.S1CDMax) : 0;
  const dss = field(ste, Ste.S1DSS);
  let index: u32 = 0;
  if (ssv) {
    if (cdMax == 0 || ssid >> cdMax) return Fault.badSubstream(q, Why.SSID_RANGE); // §5.2 S1CDMax, §7.3.9
    if (dss == Ste.S1DSS_SUBSTREAM0 && ssid == 0) return Fault.streamDisabled(q, Why.SSID_ZERO); // §5.2 S1DSS
    index = ssid;
  } else if (cdMax != 0) {
    // S1DSS: no SubstreamID where substreams are enabled bypasses stage 1, uses CD 0 or terminates (§5.2 S1DSS, §3.9).
    if (dss == Ste.S1DSS_BYPASS) {
      store<u32>(c, (load<u32>(c, Config.FLAGS) & ~Config.FLAG_S1) | Config.FLAG_S1DSS_BYPASS, Config.FLAGS);
      return State.CONFIG_FILL;
    }
    if (dss != Ste.S1DSS_SUBSTREAM0) return Fault.streamDisabled(q, Why.NO_SSID);
  }
  store<i32>(c, <i32>index, Config.CD_INDEX);
  return cdTable(q, index, cdMax);
}

/** The configuration is complete: cached, unless an invalidation that names it overtook it. */
export function configFill(q: usize): u32 {
  const c = q + Machine.CONFIG;
  noteMixes(c);
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
    if (Trace.tracing())
      Trace.traceLookup(Step.FILL, CacheIndex.CONFIG, <u64>load<u32>(q, Request.SID), true, 0);
  }
  return State.CONFIGURED;
}
