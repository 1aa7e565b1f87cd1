/**
 * The closed forms of one transaction at a time under 'gem5-default': cycles from acceptance to response as a + b * L, L being
 * the latency of memory. Measured on gem5 v24.0.0.1 at L = 0, 37 and 100; rows with `instead` are those where gem5 departs from
 * the architecture, and say what the architecture asks.
 */
import { type TableMemory, Tables } from './tables.js';

/** Which caches are emptied before a row; `tlbs`: micro and main TLB; `translations`: those and the walk caches. */
export type Emptied = 'micro' | 'tlbs' | 'tlbs and configuration' | 'translations' | 'all';

export interface Row {
  readonly label: string;
  readonly emptied?: Emptied;
  readonly iova: number;
  readonly write?: boolean;
  /** Default 64. */
  readonly size?: number;
  readonly streamId?: number;
  /** [a, b]; absent: only the outcome is asked for. */
  readonly cycles?: readonly [number, number];
  readonly fault?: boolean;
  /** What gem5 does. */
  readonly instead?: string;
}

export interface Setup {
  readonly stage1?: Tables;
  readonly stage2?: Tables;
}

export interface Group {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Translations of streams by StreamID; the rows use STREAM when they name none. */
  build(memory: TableMemory): ReadonlyMap<number, Setup>;
  /** Pages to touch in order to push everything else out of the micro TLB. */
  readonly fillers: readonly number[];
  readonly twoLevel?: boolean;
  readonly tcuTlb?: boolean;
  /** SMMUEN = 0. */
  readonly disabled?: boolean;
}

export const STREAM = 2;
const BYPASS = 9;
const PAGE = 2 ** 12;
const M2 = 2 ** 21;
const G1 = 2 ** 30;
const G512 = 2 ** 39;

const A = 0x100_0000_0000;
const OUT = 0x80_0000_0000;
const READ_ONLY = A + 2 * G512;
const HOLE = A + 5 * G1;
const WIDE_HOLE = A + 7 * M2;
const FILLERS = A + 3 * G1;
/** Twice the entries of the micro TLB: those touched last time are gone when they come again. */
const FILLER_COUNT = 64;
const fillers = (step: number): number[] =>
  Array.from({ length: FILLER_COUNT }, (_, i) => FILLERS + i * step);

const S1_MISSES: readonly Row[] = [
  { label: 'cold: configuration miss and 4 descriptors', iova: A, cycles: [49, 7] },
  { label: 'micro TLB hit, same page', iova: A + 64, cycles: [4, 1] },
  { label: 'main TLB hit', emptied: 'micro', iova: A, cycles: [7, 1] },
  { label: 'walk cache L2 hit, 1 descriptor', emptied: 'tlbs', iova: A, cycles: [33, 2] },
  { label: 'new page, same table', iova: A + PAGE, cycles: [33, 2] },
  { label: 'new 2 MiB: L1 hit, 2 descriptors', iova: A + M2, cycles: [39, 3] },
  { label: 'new 1 GiB: L0 hit, 3 descriptors', iova: A + G1, cycles: [45, 4] },
  { label: 'new 512 GiB: no hit, 4 descriptors', iova: A + G512, cycles: [47, 5] },
  { label: 'configuration miss, L2 hit', emptied: 'tlbs and configuration', iova: A, cycles: [35, 4] },
  { label: 'cold again', emptied: 'all', iova: A, cycles: [49, 7] },
  { label: 'configuration hit, walk caches empty', emptied: 'translations', iova: A, cycles: [47, 5] },
];

const S1_ACCESSES: readonly Row[] = [
  { label: 'write of 64 bytes, micro TLB hit', iova: A, write: true, cycles: [10, 1] },
  { label: 'write of 16 bytes, micro TLB hit', iova: A, write: true, size: 16, cycles: [4, 1] },
  { label: 'read of 16 bytes, micro TLB hit', iova: A, size: 16, cycles: [4, 1] },
  { label: 'write of 64 bytes, main TLB hit', emptied: 'micro', iova: A, write: true, cycles: [13, 1] },
  { label: 'write of 64 bytes, L2 hit', emptied: 'tlbs', iova: A, write: true, cycles: [39, 2] },
  { label: 'write to a read-only page, no hit', iova: READ_ONLY, write: true, cycles: [51, 5], fault: true },
  { label: 'read of the read-only page', iova: READ_ONLY, cycles: [33, 2] },
  {
    label: 'write to the read-only page, micro TLB hit',
    iova: READ_ONLY,
    write: true,
    fault: true,
    instead: 'lets it pass, 10 + L',
  },
  { label: 'invalid L3 descriptor, L0 hit', iova: HOLE, cycles: [46, 4], fault: true },
  { label: 'the same again, L2 hit', iova: HOLE, cycles: [34, 2], fault: true },
  { label: 'invalid L2 descriptor, L1 hit', iova: WIDE_HOLE, cycles: [38, 2], fault: true },
  { label: 'bypassed stream, configuration miss', streamId: BYPASS, iova: A, cycles: [27, 2] },
  { label: 'bypassed stream, micro TLB hit', streamId: BYPASS, iova: A, cycles: [4, 1] },
  { label: 'bypassed stream, another page', streamId: BYPASS, iova: A + 5 * PAGE, cycles: [4, 1] },
];

function stage1Only(memory: TableMemory): ReadonlyMap<number, Setup> {
  const stage1 = new Tables(memory, 1);
  [A, A + PAGE, A + M2, A + G1, A + G512].forEach((va, i) => {
    stage1.map(va, OUT + i * PAGE);
  });
  stage1.mapRange(FILLERS, OUT + G1, FILLER_COUNT);
  stage1.map(READ_ONLY, OUT, { readOnly: true });
  stage1.map(HOLE, 0, { invalid: true });
  stage1.map(WIDE_HOLE, 0, { level: 2, invalid: true });
  return new Map<number, Setup>([
    [STREAM, { stage1 }],
    [BYPASS, {}],
  ]);
}

const NESTED: readonly Row[] = [
  { label: 'cold: STE, stage 2 of the CD, CD, 4 x 4 walk', iova: A, cycles: [115, 31] },
  { label: 'micro TLB hit', iova: A, cycles: [4, 1] },
  { label: 'main TLB hit', emptied: 'micro', iova: A, cycles: [7, 1] },
  { label: 'same page, TLBs empty', emptied: 'tlbs', iova: A, cycles: [40, 3] },
  { label: 'new page, same stage 1 table', iova: A + PAGE, cycles: [40, 3] },
  { label: 'new 2 MiB', iova: A + M2, cycles: [61, 9] },
  { label: 'new 1 GiB', iova: A + G1, cycles: [70, 13] },
  { label: 'new 512 GiB', iova: A + G512, cycles: [90, 22] },
  { label: 'configuration hit, walk caches empty', emptied: 'translations', iova: A, cycles: [104, 25] },
  { label: 'cold again', emptied: 'all', iova: A, cycles: [115, 31] },
  {
    label: 'configuration miss, walk caches warm',
    emptied: 'tlbs and configuration',
    iova: A,
    cycles: [51, 9],
  },
];

/** Stage 2 maps these bytes from the start of the memory that tables are built in onto themselves. */
const TABLE_ROOM = 2 ** 23;

function nested(memory: TableMemory): ReadonlyMap<number, Setup> {
  const stage1 = new Tables(memory, 1);
  const stage2 = new Tables(memory, 2);
  stage1.map(A, OUT);
  stage1.map(A + PAGE, OUT + PAGE);
  stage1.map(A + M2, OUT + M2);
  stage1.map(A + G1, OUT + 2 * PAGE);
  stage1.map(A + G512, OUT + 3 * PAGE);
  stage1.mapRange(FILLERS, OUT + 16 * PAGE, FILLER_COUNT);
  stage2.mapRange(OUT, OUT, 16 + FILLER_COUNT);
  stage2.map(OUT + M2, OUT + M2);
  const room = stage1.root - (stage1.root % TABLE_ROOM);
  stage2.mapRange(room, room, TABLE_ROOM / PAGE);
  return new Map([[STREAM, { stage1, stage2 }]]);
}

const STAGE2: readonly Row[] = [
  { label: 'cold: STE and 4 descriptors', iova: A, cycles: [48, 6] },
  { label: 'micro TLB hit', iova: A, cycles: [4, 1] },
  { label: 'main TLB hit', emptied: 'micro', iova: A, cycles: [7, 1] },
  { label: 'walk cache L2 hit, 1 descriptor', emptied: 'tlbs', iova: A, cycles: [33, 2] },
  { label: 'new page, same table', iova: A + PAGE, cycles: [33, 2] },
  { label: 'new 2 MiB', iova: A + M2, cycles: [39, 3] },
  { label: 'walk caches empty', emptied: 'translations', iova: A, cycles: [47, 5] },
];

function stage2Only(memory: TableMemory): ReadonlyMap<number, Setup> {
  const stage2 = new Tables(memory, 2);
  [A, A + PAGE, A + M2].forEach((ipa, i) => {
    stage2.map(ipa, OUT + i * PAGE);
  });
  stage2.mapRange(FILLERS, OUT + G1, FILLER_COUNT);
  return new Map([[STREAM, { stage2 }]]);
}

const BLOCKS: readonly Row[] = [
  { label: 'cold, 2 MiB block: configuration miss and 3 descriptors', iova: A, cycles: [47, 6] },
  { label: 'micro TLB hit, another page of the block', iova: A + 3 * PAGE, cycles: [4, 1] },
  {
    label: 'main TLB hit, another page of the block',
    emptied: 'micro',
    iova: A + 3 * PAGE,
    cycles: [7, 1],
    instead: 'misses, 30 + L',
  },
  { label: 'main TLB hit, first page of the block', emptied: 'micro', iova: A, cycles: [7, 1] },
  { label: 'leaf in the walk cache, 2 MiB', emptied: 'tlbs', iova: A + 3 * PAGE, cycles: [30, 1] },
  { label: 'new 2 MiB block, L1 hit', iova: A + M2, cycles: [37, 2] },
  { label: 'new 1 GiB block, L0 hit', iova: A + 2 * G1, cycles: [41, 2] },
  { label: 'micro TLB hit in the 1 GiB block', iova: A + 2 * G1 + 9 * M2, cycles: [4, 1] },
  { label: 'leaf in the walk cache, 1 GiB', emptied: 'tlbs', iova: A + 2 * G1, cycles: [34, 1] },
];

function blocks(memory: TableMemory): ReadonlyMap<number, Setup> {
  const stage1 = new Tables(memory, 1);
  stage1.mapRange(A, OUT, 2, { level: 2 });
  stage1.map(A + 2 * G1, OUT + G1, { level: 1 });
  stage1.mapRange(FILLERS, OUT + 2 * G1, FILLER_COUNT, { level: 2 });
  return new Map([[STREAM, { stage1 }]]);
}

const P64 = 2 ** 16;

const GRANULE_64K: readonly Row[] = [
  { label: 'cold, 3 levels', iova: A, cycles: [43, 6] },
  { label: 'micro TLB hit, another 4 KiB of the page', iova: A + 3 * PAGE, cycles: [4, 1] },
  {
    label: 'main TLB hit, another 4 KiB of the page',
    emptied: 'micro',
    iova: A + 3 * PAGE,
    cycles: [7, 1],
    instead: 'misses, 33 + 2L',
  },
  { label: 'walk cache L2 hit, 1 descriptor', emptied: 'tlbs', iova: A, cycles: [33, 2] },
  { label: 'new 64 KiB page', iova: A + P64, cycles: [33, 2] },
];

function granule64K(memory: TableMemory): ReadonlyMap<number, Setup> {
  const stage1 = new Tables(memory, 1, 16);
  stage1.mapRange(A, OUT, 2);
  stage1.mapRange(FILLERS, OUT + G1, FILLER_COUNT);
  return new Map([[STREAM, { stage1 }]]);
}

export const GROUPS: readonly Group[] = [
  { name: 'stage 1', rows: [...S1_MISSES, ...S1_ACCESSES], build: stage1Only, fillers: fillers(PAGE) },
  { name: 'nested', rows: NESTED, build: nested, fillers: fillers(PAGE) },
  { name: 'stage 2', rows: STAGE2, build: stage2Only, fillers: fillers(PAGE) },
  { name: 'blocks', rows: BLOCKS, build: blocks, fillers: fillers(M2) },
  { name: '64 KiB granule', rows: GRANULE_64K, build: granule64K, fillers: fillers(P64) },
  {
    name: 'stage 1 with a TLB in the TCU',
    rows: [
      { label: 'cold: 3 more', iova: A, cycles: [52, 7] },
      { label: 'TCU TLB hit', emptied: 'tlbs', iova: A, cycles: [29, 1] },
    ],
    build: stage1Only,
    fillers: [],
    tcuTlb: true,
  },
  {
    name: 'two-level stream table and CD table',
    rows: [{ label: 'cold: two more reads', iova: A, cycles: [51, 9] }],
    build: stage1Only,
    fillers: [],
    twoLevel: true,
  },
  {
    name: 'SMMUEN = 0',
    rows: [{ label: 'bypass', iova: A, cycles: [4, 1] }],
    build: stage1Only,
    fillers: [],
    disabled: true,
  },
];
