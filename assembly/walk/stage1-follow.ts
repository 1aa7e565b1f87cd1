// The short cut of plain Table descriptors of stage 1.
import * as Request from '../abi/request';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import { cfg, half } from '../request/machine';
import * as State from '../request/state';
import { levelShift, stride } from '../arch/geometry';
import * as Pte from '../arch/pte';
import { bits, maskOf, pow2 } from '../memory/bits';
import { busFault, read64 } from '../memory/bus';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { descriptorAt } from './descriptor';
import { fillStage1Table, hasWalkCache } from './fill';
import { HIER_PXN, HIER_UXN } from './permission';
import { tracing } from '../request/trace';

// Permissions for all levels below.
@inline
function hierarchical(): u64 {
  return maskOf(Pte.APTable) | maskOf(Pte.UXNTable) | maskOf(Pte.PXNTable);
}

/**
 * The same as State.S1_ADDRESS, State.S1_READ, State.S1_EVALUATE and State.S1_NEXT for Table descriptors of the plain kind (no stage 2,
 * little-endian, 48-bit format, no HAFT), state kept in locals: what most walks of an untimed run consist of. Everything else,
 * and the descriptor that ends it, is left to those steps.
 */
export function stage1Follow(q: usize): u32 {
  const c = cfg(q);
  const h = half(q);
  const flags = load<u32>(c, Config.FLAGS);
  if (
    flags & (Config.FLAG_S2 | Config.FLAG_S1_HAFT) ||
    load<u8>(h, Half.FORMAT) != Half.FORMAT_48 ||
    tracing() ||
    counting()
  )
    return State.S1_ADDRESS;
  if (load<u32>(h, Half.FLAGS) & Half.FLAG_BIG_ENDIAN) return State.S1_ADDRESS;
  const va = load<u64>(q, Request.IOVA);
  const g = <i32>load<u8>(h, Half.GRANULE);
  const ips = <u64>load<u32>(c, Config.IPS);
  const inTable = pow2(stride(g)) - 1;
  const address = maskOf(Pte.Address_4K) & ~(pow2(g) - 1);
  const hierarchy = !(load<u32>(h, Half.FLAGS) & Half.FLAG_HAD);
  let level = load<i32>(q, Machine.S1_LEVEL);
  let table = load<u64>(q, Machine.S1_TABLE);
  let hier = load<u32>(q, Machine.HIER);
  let fresh = load<u32>(q, Machine.TABLE_FRESH);
  let reads = load<u32>(q, Request.READS_S1);
  let pa = descriptorAt(h, table, level, va);
  let desc: u64 = 0;
  let next = State.S1_EVALUATE;
  while (true) {
    if (fresh && hasWalkCache(level - 1)) {
      store<u64>(q, table, Machine.S1_TABLE);
      store<u64>(q, pa, Machine.S1_PA);
      store<u32>(q, hier, Machine.HIER);
      store<u32>(q, 1, Machine.TABLE_PA);
      fillStage1Table(q, level - 1);
      store<u32>(q, 0, Machine.TABLE_PA);
    }
    fresh = 0;
    desc = read64(pa);
    if (busFault) {
      next = State.S1_READ;
      break;
    }
    reads++;
    countRead(0, level);
    if (level == 3 || bits(desc, Pte.Type) != Pte.TYPE_TABLE || (desc & address) >> ips) break;
    if (hierarchy && desc & hierarchical()) {
      hier |= <u32>bits(desc, Pte.APTable);
      if (bits(desc, Pte.UXNTable)) hier |= HIER_UXN;
      if (bits(desc, Pte.PXNTable)) hier |= HIER_PXN;
    }
    table = desc & address;
    level++;
    fresh = 1;
    pa = table | (((va >> (<u64>levelShift(g, level))) & inTable) << Pte.BYTES_LOG2);
  }
  store<u64>(q, table, Machine.S1_TABLE);
  store<u64>(q, table, Machine.TABLE_IPA);
  store<u64>(q, pa, Machine.S1_PA);
  store<u64>(q, pa, Machine.S1_IPA);
  store<u64>(q, pa, Machine.S2_PA);
  store<u64>(q, desc, Machine.S1_DESC);
  store<i32>(q, level, Machine.S1_LEVEL);
  store<u32>(q, hier, Machine.HIER);
  store<u32>(q, 0, Machine.TABLE_FRESH);
  store<u32>(q, 0, Machine.TABLE_PA);
  store<u32>(q, reads, Request.READS_S1);
  return next;
}
