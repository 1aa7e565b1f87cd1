// The short cut of plain Table descriptors of stage 1.
import { Q_IOVA, Q_READS_S1 } from '../abi';
import { PTE_APTable, PTE_PXNTable, PTE_UXNTable, levelShift } from '../arch/descriptors';
import { bits, pow2 } from '../memory/bits';
import { busFault, read64 } from '../memory/bus';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import {
  CFF_S1_HAFT,
  CFF_S2,
  CF_FLAGS,
  CF_IPS,
  FORMAT_48,
  HFF_BIG_ENDIAN,
  HFF_HAD,
  HF_FLAGS,
  HF_FORMAT,
  HF_GRANULE,
} from '../tlb/config-fields';
import { descriptorAt } from './descriptor';
import { fillStage1Table, hasWalkCache } from './fill';
import { HIER_PXN, HIER_UXN } from './permission';
import { tracing } from './trace';
import { cfg, half } from './request';
import * as M from './request';
import * as S from './states';

/**
 * The same as S_S1_ADDRESS, S_S1_READ, S_S1_EVALUATE and S_S1_NEXT for Table descriptors of the plain kind (no stage 2,
 * little-endian, 48-bit format, no HAFT), state kept in locals: what most walks of an untimed run consist of. Everything else,
 * and the descriptor that ends it, is left to those steps.
 */
export function stage1Follow(q: usize): u32 {
  const c = cfg(q);
  const h = half(q);
  const flags = load<u32>(c, CF_FLAGS);
  if (flags & (CFF_S2 | CFF_S1_HAFT) || load<u8>(h, HF_FORMAT) != FORMAT_48 || tracing() || counting())
    return S.S_S1_ADDRESS;
  if (load<u32>(h, HF_FLAGS) & HFF_BIG_ENDIAN) return S.S_S1_ADDRESS;
  const va = load<u64>(q, Q_IOVA);
  const g = <i32>load<u8>(h, HF_GRANULE);
  const ips = <u64>load<u32>(c, CF_IPS);
  const inTable = pow2(g - 3) - 1;
  const address: u64 = 0x0000ffffffffffff & ~(pow2(g) - 1);
  const hierarchy = !(load<u32>(h, HF_FLAGS) & HFF_HAD);
  let level = load<i32>(q, M.M_S1_LEVEL);
  let table = load<u64>(q, M.M_S1_TABLE);
  let hier = load<u32>(q, M.M_HIER);
  let fresh = load<u32>(q, M.M_TABLE_FRESH);
  let reads = load<u32>(q, Q_READS_S1);
  let pa = descriptorAt(h, table, level, va);
  let desc: u64 = 0;
  let next = S.S_S1_EVALUATE;
  while (true) {
    if (fresh && hasWalkCache(level - 1)) {
      store<u64>(q, table, M.M_S1_TABLE);
      store<u64>(q, pa, M.M_S1_PA);
      store<u32>(q, hier, M.M_HIER);
      store<u32>(q, 1, M.M_TABLE_PA);
      fillStage1Table(q, level - 1);
      store<u32>(q, 0, M.M_TABLE_PA);
    }
    fresh = 0;
    desc = read64(pa);
    if (busFault) {
      next = S.S_S1_READ;
      break;
    }
    reads++;
    countRead(0, level);
    if (level == 3 || (desc & 3) != 3 || (desc & address) >> ips) break;
    if (hierarchy && desc >> 59) {
      hier |= <u32>bits(desc, PTE_APTable);
      if (bits(desc, PTE_UXNTable)) hier |= HIER_UXN;
      if (bits(desc, PTE_PXNTable)) hier |= HIER_PXN;
    }
    table = desc & address;
    level++;
    fresh = 1;
    pa = table | (((va >> (<u64>levelShift(g, level))) & inTable) << 3);
  }
  store<u64>(q, table, M.M_S1_TABLE);
  store<u64>(q, table, M.M_TABLE_IPA);
  store<u64>(q, pa, M.M_S1_PA);
  store<u64>(q, pa, M.M_S1_IPA);
  store<u64>(q, pa, M.M_S2_PA);
  store<u64>(q, desc, M.M_S1_DESC);
  store<i32>(q, level, M.M_S1_LEVEL);
  store<u32>(q, hier, M.M_HIER);
  store<u32>(q, 0, M.M_TABLE_FRESH);
  store<u32>(q, 0, M.M_TABLE_PA);
  store<u32>(q, reads, Q_READS_S1);
  return next;
}
