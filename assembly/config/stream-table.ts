// From StreamID to STE: linear and 2-level stream tables (IHI 0070 §3.3.1, §5.1, §6.3.24, §6.3.25).
import * as Why from '../abi/why';
import { address, bits, bits32 } from '../memory/bits';
import { read64, readInto, busFault } from '../memory/bus';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as TableAccess from '../abi/table-access';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import * as Idr0 from '../arch/idr0';
import * as Idr1 from '../arch/idr1';
import * as L1std from '../arch/l1std';
import * as Register from '../arch/register';
import * as Ste from '../arch/ste';
import * as Strtab from '../arch/strtab';
import { countConfigRead } from '../state/counters';
import { counting } from '../state/pmu';
import { reg32, reg64, oasBits } from '../state/regs';
import { countConfigAccess } from '../request/count';
import { configError, fetchFault } from '../request/fault';
import { tracing, traceRead, traceMore } from '../request/trace';

// Clears bits [n - 1:0]; n may exceed the word.
@inline
function alignDown(at: u64, n: u32): u64 {
  return n >= 64 ? 0 : (at >> (<u64>n)) << (<u64>n);
}

/** SPLIT: 6, 8 or 10; any other value acts as 6 (§6.3.25). */
@inline
function split(cfg: u32): u32 {
  const s = bits32(cfg, Strtab.BASE_CFG_SPLIT);
  return s == Strtab.SPLIT_16K || s == Strtab.SPLIT_64K ? s : Strtab.SPLIT_4K;
}

/** Range check, then the address of the L1STD or of the STE. */
export function findSte(q: usize): u32 {
  const sid = load<u32>(q, Request.SID);
  const cfg = reg32(Register.STRTAB_BASE_CFG);
  const size = bits32(cfg, Strtab.BASE_CFG_LOG2SIZE);
  const effective = min(size, bits32(reg32(Register.IDR1), Idr1.SIDSIZE));
  if (effective < 32 && sid >> effective) return configError(q, Event.C_BAD_STREAMID, Why.STREAM_RANGE); // §3.3.1, §7.3.3
  const table = address(reg64(Register.STRTAB_BASE), Strtab.BASE_ADDR);
  const twoLevel =
    bits32(cfg, Strtab.BASE_CFG_FMT) == Strtab.FMT_2LVL && bits32(reg32(Register.IDR0), Idr0.ST_LEVEL) != 0;
  // The base is aligned by the literal LOG2SIZE, the StreamID is cut by the effective one.
  if (!twoLevel) {
    store<u64>(q, alignDown(table, size + Ste.BYTES_LOG2) + ((<u64>sid) << Ste.BYTES_LOG2), Machine.STE_ADDR);
    return State.STE_READ;
  }
  const s = split(cfg);
  const l1 = size > s ? alignDown(table, size - s + L1std.BYTES_LOG2) : table;
  store<u64>(q, l1 + ((<u64>(sid >> s)) << L1std.BYTES_LOG2), Machine.STE_ADDR);
  return State.L1STD_READ;
}

@inline
function beyondOas(pa: u64): bool {
  return pa >> (<u64>oasBits()) != 0;
}

export function readL1std(q: usize): u32 {
  const pa = load<u64>(q, Machine.STE_ADDR);
  if (beyondOas(pa)) return fetchFault(q, Event.F_STE_FETCH, pa, Why.ABOVE_OAS); // §3.4.3
  store<u32>(q, load<u32>(q, Request.READS_STE) + 1, Request.READS_STE);
  countConfigRead(TableAccess.L1STD);
  const desc = read64(pa);
  const failed = busFault;
  if (counting()) countConfigAccess(q);
  if (tracing()) traceMore(traceRead(Step.L1STD, 0, 0, pa, desc), 0, 0, failed ? 0 : 1);
  if (failed) return fetchFault(q, Event.F_STE_FETCH, pa, Why.EXTERNAL_ABORT); // §7.3.4
  const s = split(reg32(Register.STRTAB_BASE_CFG));
  // Span 0 is invalid, n holds 2^(n - 1) STEs; more than SPLIT allows, reserved ones, and a StreamID beyond are out of range (§5.1).
  const span = <u32>bits(desc, L1std.Span);
  if (span == 0 || span > <u32>L1std.SPAN_MAX || span > s + 1)
    return configError(q, Event.C_BAD_STREAMID, Why.STREAM_SPAN);
  const index = load<u32>(q, Request.SID) & ((1 << s) - 1);
  if (index >= (<u32>1) << (span - 1)) return configError(q, Event.C_BAD_STREAMID, Why.STREAM_INDEX);
  store<u64>(
    q,
    alignDown(address(desc, L1std.L2Ptr), Ste.BYTES_LOG2 + span - 1) + ((<u64>index) << Ste.BYTES_LOG2),
    Machine.STE_ADDR,
  );
  return State.STE_READ;
}

export function readSte(q: usize): u32 {
  const pa = load<u64>(q, Machine.STE_ADDR);
  if (beyondOas(pa)) return fetchFault(q, Event.F_STE_FETCH, pa, Why.ABOVE_OAS); // §3.4.3
  store<u32>(q, load<u32>(q, Request.READS_STE) + 1, Request.READS_STE);
  countConfigRead(TableAccess.STE);
  const ok = readInto(pa, q + Machine.STE, Ste.BYTES);
  if (counting()) countConfigAccess(q);
  if (tracing()) traceMore(traceRead(Step.STE, 0, 0, pa, load<u64>(q, Machine.STE)), 0, 0, ok ? 1 : 0);
  return ok ? State.SUBSTREAM : fetchFault(q, Event.F_STE_FETCH, pa, Why.EXTERNAL_ABORT); // §7.3.4
}
