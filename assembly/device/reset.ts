// Reset, and the statistics' reset. Identification registers, header constants, window and cache descriptors stay: the
// host wrote them.
import { base, cacheAt, region } from '../memory/base';
import { in32 } from '../memory/bits';
import { reg32, setReg32 } from '../state/regs';
import { resetPmcg } from './pmcg';
import { clearAllCaches } from '../tlb/array';
import { clearContexts } from '../tlb/context';
import * as Cache from '../abi/cache';
import * as DeviceCounters from '../abi/device-counters';
import * as Header from '../abi/header';
import * as Layout from '../abi/layout';
import * as StallRecord from '../abi/stall-record';
import * as StreamRecord from '../abi/stream-record';
import * as Gbpa from '../arch/gbpa';
import * as Register from '../arch/register';
import * as Ste from '../arch/ste';

/** Everything that the architecture leaves UNKNOWN becomes 0; bypassing traffic keeps its shareability. */
function resetRegisters(): void {
  const mpamidr = reg32(Register.MPAMIDR);
  const idr6 = reg32(Register.IDR6);
  memory.fill(base + Layout.REGS + Register.CR0, 0, Layout.REGS_BYTES - Register.CR0);
  setReg32(Register.MPAMIDR, mpamidr);
  setReg32(Register.IDR6, idr6);
  setReg32(Register.GBPA, in32(Gbpa.SHCFG, Ste.SHCFG_INCOMING));
}

export function resetDevice(): void {
  resetRegisters();
  resetPmcg();
  clearAllCaches();
  clearContexts();
  memory.fill(region(base + Header.STALLS), 0, <usize>load<u32>(base + Header.STALL_CAP) * StallRecord.BYTES);
  store<u32>(base + Header.STALL_COUNT, 0);
  store<u32>(base + Header.STALL_NEXT, 0);
  store<u32>(base + Header.RESUMED_COUNT, 0);
  store<u32>(base + Header.NOTIFY_COUNT, 0);
  store<u32>(base + Header.MORE_WORK, 0);
  store<u32>(base + Header.TRACE_COUNT, 0);
  store<u32>(base + Header.SYNC_COUNT, 0);
}

/** Counters of the device, of the caches and of the streams. */
export function resetStatistics(): void {
  memory.fill(base + Layout.COUNTERS, 0, DeviceCounters.BYTES);
  const caches = <i32>load<u32>(base + Header.CACHES);
  for (let i = 0; i < caches; i++) {
    memory.fill(cacheAt(i) + Cache.HITS, 0, Cache.LATENCY - Cache.HITS);
    store<u64>(cacheAt(i), 0, Cache.INSERTIONS);
    store<u64>(cacheAt(i), 0, Cache.MERGED);
  }
  const streams = <i32>load<u32>(base + Header.STREAM_COUNT);
  for (let i = 0; i < streams; i++) {
    memory.fill(
      region(base + Header.STREAMS) + <usize>(i * StreamRecord.BYTES + StreamRecord.OUTCOME),
      0,
      StreamRecord.BYTES - StreamRecord.OUTCOME,
    );
  }
}
