// Reset, and the statistics' reset. Identification registers, header constants, window and cache descriptors stay: the
// host wrote them.
import { base, cacheAt, region } from '../memory/base';
import { reg32, setReg32 } from '../state/regs';
import { resetPmcg } from './pmcg';
import { clearAllCaches } from '../tlb/array';
import { clearContexts } from '../tlb/context';
import {
  COUNTERS,
  COUNTERS_BYTES,
  C_HITS,
  C_LATENCY,
  H_CACHES,
  H_MORE_WORK,
  H_NOTIFY_COUNT,
  H_RESUMED_COUNT,
  H_STALLS,
  H_STALL_CAP,
  H_STALL_COUNT,
  H_STALL_NEXT,
  H_STREAMS,
  H_STREAM_COUNT,
  H_SYNC_COUNT,
  H_TRACE_COUNT,
  REGS,
  REGS_BYTES,
  SR_OUTCOME,
  STALL_BYTES,
  STREAM_BYTES,
} from '../abi';
import { R_CR0, R_GBPA, R_IDR6, R_MPAMIDR, GBPA_SHCFG } from '../arch/registers';
import { STE_SHCFG_INCOMING } from '../arch/ste';

/** Everything that the architecture leaves UNKNOWN becomes 0; bypassing traffic keeps its shareability. */
function resetRegisters(): void {
  const mpamidr = reg32(R_MPAMIDR);
  const idr6 = reg32(R_IDR6);
  memory.fill(base + REGS + R_CR0, 0, REGS_BYTES - R_CR0);
  setReg32(R_MPAMIDR, mpamidr);
  setReg32(R_IDR6, idr6);
  setReg32(R_GBPA, STE_SHCFG_INCOMING << ((GBPA_SHCFG >> 8) & 0x1f));
}

export function resetDevice(): void {
  resetRegisters();
  resetPmcg();
  clearAllCaches();
  clearContexts();
  memory.fill(region(base + H_STALLS), 0, <usize>load<u32>(base + H_STALL_CAP) * STALL_BYTES);
  store<u32>(base + H_STALL_COUNT, 0);
  store<u32>(base + H_STALL_NEXT, 0);
  store<u32>(base + H_RESUMED_COUNT, 0);
  store<u32>(base + H_NOTIFY_COUNT, 0);
  store<u32>(base + H_MORE_WORK, 0);
  store<u32>(base + H_TRACE_COUNT, 0);
  store<u32>(base + H_SYNC_COUNT, 0);
}

/** Counters of the device, of the caches and of the streams. */
export function resetStatistics(): void {
  memory.fill(base + COUNTERS, 0, COUNTERS_BYTES);
  const caches = <i32>load<u32>(base + H_CACHES);
  for (let i = 0; i < caches; i++) memory.fill(cacheAt(i) + C_HITS, 0, C_LATENCY - C_HITS);
  const streams = <i32>load<u32>(base + H_STREAM_COUNT);
  for (let i = 0; i < streams; i++) {
    memory.fill(
      region(base + H_STREAMS) + <usize>(i * STREAM_BYTES + SR_OUTCOME),
      0,
      STREAM_BYTES - SR_OUTCOME,
    );
  }
}
