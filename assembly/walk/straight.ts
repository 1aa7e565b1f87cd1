// Walks of plain accesses in a straight line: for configurations with a plan, through tables in one dense window of memory, whose
// descriptors say nothing unusual. A walk reads and has no other effect; what it finds stands in the variables below, and who wants
// it makes the fills and counts when the last check has passed. False: something is unusual, and the machine finds out what.
// Stage 1: State.S1_ROOT to State.S1_DONE. Stage 2: State.S2_BEGIN to State.S2_DONE, for CLASS IN and TT. Checks that fail are
// those of stage1Begin, stage1Evaluate, stage1Leaf and their like in stage2.ts, and besides: another window, another format or byte
// order, hierarchical permissions, an access flag that is 0. test/equal/ holds them against the machine.
import * as Ahead from '../abi/ahead';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Entry from '../abi/entry';
import * as Half from '../request/half';
import * as Layout from '../abi/layout';
import { blockAllowed, contiguousLog2 } from '../arch/geometry';
import { base } from '../memory/base';
import { pow2 } from '../memory/bits';
import { memoBase, memoLimit, memoMem } from '../memory/bus';
import { checkAccess } from '../memory/check';
import { oasBits } from '../state/regs';
import { permissionIndex } from './plan';
import { isKnown, noteTablePage, rememberFor, tablePage } from './table-pages';
import { contiguousSpan } from './descriptor';

/** Output of stage 1, or the input without it; and of stage 2, or of stage 1 without it. */
export let ipa: u64 = 0;
export let pa: u64 = 0;
/** log2 of the leaf of each stage; 0: it does not take part. */
export let span1: u32 = 0;
export let span2: u32 = 0;
/** As Entry.PERM, Entry.ATTR, Entry.LEVELS; Entry.FLAG_GLOBAL and Entry.FLAG_TBI. */
export let perm1: u32 = 0;
export let perm2: u32 = 0;
export let attr1: u32 = 0;
export let attr2: u32 = 0;
export let level1: i32 = 0;
export let level2: i32 = 0;
export let marks: u32 = 0;
/** Level of the first descriptor of stage 1 that was read; 4: none was. The last was that of `level1`. */
export let from1: i32 = 4;
/** Descriptors of stage 2 read by level: eight bits for each from level -1 up. */
export let reads2: u64 = 0;

const TABLE: u64 = 3;
const HIERARCHICAL: u64 = 59;
const AF: u64 = 1 << 10;
const NG: u64 = 1 << 11;
const CONTIGUOUS: u64 = 1 << 52;
/** Address bits [47:0] of a descriptor; with 64 KiB tables of 52 bits it has [51:48] in HIGH_64K, which have to be 0 here. */
export const FORMAT_48: u64 = 0x0000ffffffffffff;
const HIGH_64K: u64 = 0xf000;
const READ_PRIVILEGED: u32 = 4;
const ODD_HALF: u64 = Half.FLAG_EPD | Half.FLAG_E0PD | Half.FLAG_BIG_ENDIAN;

/** Forgets what the last walk found. */
@inline
export function clearStraight(): void {
  span1 = 0;
  span2 = 0;
  perm1 = 0xff;
  perm2 = 0xff;
  attr1 = 0;
  attr2 = 0;
  level1 = -1;
  level2 = -1;
  marks = 0;
  from1 = 4;
  reads2 = 0;
}

/** The answer of a cached leaf of stage 1, in place of a walk. */
export function takeLeaf(e: usize, va: u64): void {
  const spans = load<u32>(e, Entry.SPANS);
  const inside = pow2(spans & 0xff) - 1;
  const perm = load<u32>(e, Entry.PERM);
  const attr = load<u32>(e, Entry.ATTR);
  pa = (load<u64>(e, Entry.PA) & 0x00fffffffffff000 & ~inside) | (va & inside);
  ipa = load<u64>(e, Entry.IPA) | (va & inside);
  span1 = (spans >> 8) & 0xff;
  span2 = (spans >> 16) & 0xff;
  perm1 = perm & 0xff;
  perm2 = (perm >> 8) & 0xff;
  attr1 = attr & 0x7ff;
  attr2 = attr & ~0x7ff;
  level1 = <i32>(load<u32>(e, Entry.LEVELS) & 15) - 1;
  level2 = <i32>((load<u32>(e, Entry.LEVELS) >> 4) & 15) - 1;
  marks = load<u32>(e, Entry.FLAGS) & (Entry.FLAG_GLOBAL | Entry.FLAG_TBI);
}

/** There is no stage 1: its output is the input. */
@inline
export function setInput(va: u64): void {
  ipa = va;
}

/** Where the table that a Table descriptor of `level` led to is kept for the fills. */
@inline
export function tableAt(level: i32): usize {
  return base + Layout.SCRATCH + ((<usize>(level + 1)) << 3);
}

/** The address format of a half, Half.IASIZE and what follows as one word, is one that walks here do not know. */
@inline
export function oddFormat(shape: u64): bool {
  const format = (<u32>(shape >> 24)) & 0xff;
  return format != Half.FORMAT_48 && format != Half.FORMAT_LPA;
}

/** Bits that have to be 0 in a descriptor of such a half. */
@inline
export function highBits(shape: u64): u64 {
  return ((<u32>(shape >> 24)) & 0xff) == Half.FORMAT_LPA ? HIGH_64K : 0;
}

/** The half of the address space that va belongs to, if its walks may go straight; 0: not. */
@inline
export function straightHalf(c: usize, va: u64): usize {
  const upper = (load<u32>(c, Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0 && ((va >> 55) & 1) != 0;
  const h = upper ? c + Config.HALF1 : c + Config.HALF0;
  const shape = load<u64>(h, Half.IASIZE);
  const iasize = shape & 0xff;
  if (oddFormat(shape) || (shape >> 32) & ODD_HALF) return 0;
  if (iasize == 0 || (<i64>va) >> iasize != (upper ? -1 : 0)) return 0;
  return h;
}

/** Stage 1 of va through half h from `level`, whose table is at `table`; its root when `level` is the first. */
export function straight1(c: usize, h: usize, va: u64, access: u32, level: i32, table: u64): bool {
  return stage1(false, c, h, va, access, level, table);
}

/** The same with each descriptor's address through stage 2, and then the output's. */
export function straightNested(c: usize, h: usize, va: u64, access: u32): bool {
  rememberFor(c);
  if (!stage1(true, c, h, va, access, <i32>load<i8>(h, Half.START), load<u64>(h, Half.TTB))) return false;
  return straight2(c, ipa, access);
}

@inline
function stage1(nested: bool, c: usize, h: usize, va: u64, access: u32, level: i32, table: u64): bool {
  const first = memoBase;
  const limit = memoLimit;
  const mem = memoMem;
  const g = <u64>load<u8>(h, Half.GRANULE);
  const stride = g - 3;
  const ips = <u64>load<u32>(c, Config.IPS);
  const address = FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = pow2(<u32>stride) - 1;
  const had = (load<u32>(h, Half.FLAGS) & Half.FLAG_HAD) != 0;
  const high = highBits(load<u64>(h, Half.IASIZE));
  let shift = g + stride * <u64>(3 - level);
  let index = (va & (pow2(load<u8>(h, Half.IASIZE)) - 1)) >> shift;
  if (level > <i32>load<i8>(h, Half.START)) index &= inTable;
  let at = table | (index << 3);
  let desc: u64;
  let kept = tableAt(level);
  from1 = level;
  for (;;) {
    let where = at;
    if (nested) {
      if (!throughStage2(c, at)) return false;
      where = pa;
    }
    const off = where - first;
    if (off >= limit) return false;
    if (CHECKING) checkAccess(mem + <usize>off, 8);
    desc = load<u64>(mem + <usize>off);
    if (level == 3 || (desc & TABLE) != TABLE) break;
    const next = desc & address;
    if ((desc >> HIERARCHICAL && !had) || next >> ips || desc & high) return false;
    store<u64>(kept, next);
    kept += 8;
    level++;
    shift -= stride;
    at = next | (((va >> shift) & inTable) << 3);
  }
  if ((desc & (1 | AF | high)) != (1 | AF)) return false;
  if (level == 3 ? !(desc & 2) : !blockAllowed(<u32>g, level, 0, oasBits() >= 52 ? 1 : 0)) return false;
  const inside = pow2(<u32>shift) - 1;
  const out = (desc & address & ~inside) | (va & inside);
  const perm = <u32>load<u8>(c + permissionIndex(desc), Config.PERMS1);
  if (out >> ips || !((perm >> access) & 1)) return false;
  let span = <u32>shift;
  const flags = load<u32>(c, Config.FLAGS);
  if (desc & CONTIGUOUS && !(flags & Config.FLAG_S1_HA))
    span = contiguousSpan(span, <u32>contiguousLog2(<u32>g, level), va, out, <u32>load<u8>(h, Half.IASIZE));
  const mair = (<u32>(load<u64>(c + Config.CD, 24) >> ((desc & 0x1c) << 1))) & 0xff;
  let found: u32 = load<u32>(h, Half.FLAGS) & Half.FLAG_TBI ? Entry.FLAG_TBI : 0;
  if (!(desc & NG) && flags & Config.FLAG_TWO_HALVES) found |= Entry.FLAG_GLOBAL;
  span1 = min(span, <u32>ips);
  perm1 = perm;
  attr1 = AttributeWord.S1 | mair | ((<u32>desc) & 0x300);
  level1 = level;
  marks = found;
  ipa = out;
  pa = out;
  return true;
}

/** Stage 2 of a stage 1 descriptor's address, as `straight2` of CLASS TT gives it: pa, and the reads added to reads2. */
export function throughStage2(c: usize, at: u64): bool {
  const line = tablePage(at);
  if (isKnown(line, at)) {
    pa = load<u64>(line, Ahead.PA) | (at & 0xfff);
    reads2 += load<u64>(line, Ahead.READS);
    return true;
  }
  const before = reads2;
  if (!straight2(c, at, READ_PRIVILEGED)) return false;
  noteTablePage(line, at, pa, reads2 - before);
  return true;
}

/** Stage 2 of an intermediate address for an access: pa, span2, perm2, attr2 and level2. */
export function straight2(c: usize, input: u64, access: u32): bool {
  const h = c + Config.STAGE2;
  const shape = load<u64>(h, Half.IASIZE);
  const iasize = shape & 0xff;
  if (oddFormat(shape) || (shape >> 32) & Half.FLAG_BIG_ENDIAN || input >> iasize) return false;
  const high = highBits(shape);
  const g = (shape >> 8) & 0xff;
  const stride = g - 3;
  const ps = <u64>load<u32>(c, Config.S2PS);
  const address = FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = pow2(<u32>stride) - 1;
  let level = <i32>(<i8>(shape >> 16));
  let shift = g + stride * <u64>(3 - level);
  let at = load<u64>(h, Half.TTB) | ((input >> shift) << 3);
  const first = memoBase;
  const limit = memoLimit;
  const mem = memoMem;
  let reads = reads2;
  let desc: u64;
  for (;;) {
    const off = at - first;
    if (off >= limit) return false;
    if (CHECKING) checkAccess(mem + <usize>off, 8);
    desc = load<u64>(mem + <usize>off);
    reads += pow2((<u32>(level + 1)) << 3);
    if (level == 3 || (desc & TABLE) != TABLE) break;
    const next = desc & address;
    if (next >> ps || desc & high) return false;
    level++;
    shift -= stride;
    at = next | (((input >> shift) & inTable) << 3);
  }
  if ((desc & (1 | AF | high)) != (1 | AF)) return false;
  if (level == 3 ? !(desc & 2) : !blockAllowed(<u32>g, level, 0, oasBits() >= 52 ? 1 : 0)) return false;
  const inside = pow2(<u32>shift) - 1;
  const out = (desc & address & ~inside) | (input & inside);
  if (out >> ps) return false;
  perm2 = load<u8>(c + permissionIndex(desc), Config.PERMS2);
  if (!((perm2 >> access) & 1)) return false;
  let span = <u32>shift;
  if (desc & CONTIGUOUS && !(load<u32>(c, Config.FLAGS) & Config.FLAG_S2_HA))
    span = contiguousSpan(span, <u32>contiguousLog2(<u32>g, level), input, out, <u32>iasize);
  span2 = min(span, <u32>ps);
  attr2 = load<u32>(c, Config.ATTR2) | (((<u32>(desc >> 2)) & 15) << 11) | (((<u32>(desc >> 8)) & 3) << 15);
  level2 = level;
  reads2 = reads;
  pa = out;
  return true;
}
