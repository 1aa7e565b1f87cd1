// Geometry of the circular queues (IHI 0070 §3.5.1): an index and a wrap bit just above it, whose place follows LOG2SIZE.
import { reg64, truncateToOas } from '../state/regs';
import { address, bits } from '../memory/bits';
import * as Cmdq from '../arch/cmdq';
import { QUEUE_ALIGN_BYTES_LOG2 } from '../arch/queues';

/** log2 of the entries in use: the register reads back what was written, but counts at most as IDR1 says. */
export function queueLog2(baseRegister: i32, max: u32): u32 {
  return <u32>min<u64>(bits(reg64(baseRegister), Cmdq.BASE_LOG2SIZE), max);
}

/** The bits of an index register that mean something: index and wrap bit. */
@inline
export function indexMask(log2: u32): u32 {
  return ((<u32>2) << log2) - 1;
}

/** Entries between consumer and producer; above 2^log2 the indices are inconsistent. */
@inline
export function fill(prod: u32, cons: u32, log2: u32): u32 {
  return (prod - cons) & indexMask(log2);
}

/** Physical address of the queue's first entry: the base is aligned to the queue's size, at least 32 bytes. */
export function queueStart(baseRegister: i32, log2: u32, entryLog2: u32): u64 {
  const align = <u64>max<u32>(log2 + entryLog2, QUEUE_ALIGN_BYTES_LOG2);
  return truncateToOas(address(reg64(baseRegister), Cmdq.BASE_ADDR) & ~(((<u64>1) << align) - 1));
}

/** That of the entry that `index` points at. */
@inline
export function entryAddress(start: u64, log2: u32, entryLog2: u32, index: u32): u64 {
  return start + ((<u64>(index & (((<u32>1) << log2) - 1))) << (<u64>entryLog2));
}
