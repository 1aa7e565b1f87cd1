/**
 * Figures of other models, each with where it is stated, beside the rows that do the same work. Times of another machine say
 * nothing here: where the source has the reference kernel's time on its machine, the ratio to it is what is compared.
 */
import type { Result } from './row.js';

/** The kernel's loops on the machine of a source, nanoseconds a row. */
interface Machine {
  readonly tlbSimd: number;
  readonly walk4: number;
}

interface Source {
  readonly name: string;
  /** Undefined: the source has not measured the kernel, so that nothing can be compared. */
  readonly machine?: Machine;
}

export interface PeerFigure {
  readonly peer: string;
  /** What it did. */
  readonly what: string;
  /** Nanoseconds a translation, least and most. */
  readonly nanoseconds: readonly [number, number];
  readonly source: Source;
  /** Groups of rows that do the same. */
  readonly groups: RegExp;
}

/** Side by side with this model, the same bytes, CPU time; the machine is the one of its bars. */
const ISSUE_10: Source = { name: 'issue 10', machine: { tlbSimd: 2.4, walk4: 28 } };
/** CPU time, medians of 11 runs, on a machine whose kernel was not measured. */
const OVERVIEW: Source = { name: 'peers/overview.md, section 4' };

const RISCV = 'RISC-V IOMMU reference model';

const MICRO = /^hit, micro TLB/;
const MAIN = /^hit, main TLB/;
const HOT = /^the same walks with tables in the processor's caches/;
const COLD = /^miss, stage 1, 4 levels/;
const NESTED = /^miss, nested/;
const TIMED = /^timed (?:hit|miss)/;

const figure = (
  source: Source,
  groups: RegExp,
  peer: string,
  what: string,
  least: number,
  most = least,
): PeerFigure => ({ source, groups, peer, what, nanoseconds: [least, most] });

export const PEERS: readonly PeerFigure[] = [
  figure(ISSUE_10, MAIN, 'QEMU', 'hit', 82),
  figure(ISSUE_10, MAIN, 'OpenVMM', 'walk, it has no TLB', 25, 54),
  figure(ISSUE_10, HOT, 'OpenVMM', 'four reads', 25, 54),
  figure(ISSUE_10, HOT, RISCV, 'four reads, native', 118),
  figure(ISSUE_10, HOT, 'QEMU', 'four reads', 206),
  figure(ISSUE_10, COLD, 'OpenVMM', 'four reads', 190, 254),
  figure(ISSUE_10, COLD, RISCV, 'four reads, native', 283),
  figure(ISSUE_10, COLD, 'QEMU', 'four reads', 384),
  figure(ISSUE_10, NESTED, RISCV, '24 reads', 375, 432),
  figure(ISSUE_10, NESTED, 'QEMU', '24 reads', 740),
  figure(ISSUE_10, TIMED, 'gem5', 'everything timed', 18_000, 35_000),
  figure(OVERVIEW, MICRO, RISCV, 'hit of two entries, native by clang', 41.7),
  figure(OVERVIEW, MICRO, RISCV, 'the same in WebAssembly', 58),
  figure(OVERVIEW, MICRO, 'jpgreninger/smmu', 'hit, one page resident', 59.9),
  figure(OVERVIEW, MAIN, 'jpgreninger/smmu', 'hit, 128 pages resident', 2165),
  figure(OVERVIEW, HOT, RISCV, 'four reads, 4,096 pages in turn, in WebAssembly', 240),
  figure(OVERVIEW, NESTED, RISCV, '24 reads, in WebAssembly', 771),
];

/** A figure beside a group of rows. */
export interface Quoted {
  readonly group: string;
  readonly peer: string;
  readonly what: string;
  readonly nanoseconds: readonly [number, number];
  readonly source: string;
  /** Least and greatest rate over the kernel's on its machine; absent: not known. */
  readonly ratio?: readonly [number, number];
  /** Rows whose ratio is below the greatest of these; absent: not known. */
  readonly slower?: readonly string[];
}

/** All figures that stand beside rows that were measured. */
export function quotedPeers(results: readonly Result[]): Quoted[] {
  return [...new Set(results.map(({ group }) => group))].flatMap((group) => {
    const rows = results.filter((result) => result.group === group);
    return PEERS.filter(({ groups }) => groups.test(group)).map((one) => quoted(one, group, rows));
  });
}

function quoted(
  { peer, what, nanoseconds, source }: PeerFigure,
  group: string,
  rows: readonly Result[],
): Quoted {
  const known = { group, peer, what, nanoseconds, source: source.name };
  const kernel = kernelOf(source, rows[0].reference);
  if (kernel === undefined) return known;
  const [least, most] = nanoseconds;
  const ratio = [kernel / most, kernel / least] as const;
  return {
    ...known,
    ratio,
    slower: rows.filter((row) => row.ratio.median < ratio[1]).map(({ name }) => name),
  };
}

function kernelOf({ machine }: Source, reference: string): number | undefined {
  return reference === 'tlbSimd' || reference === 'walk4' ? machine?.[reference] : undefined;
}
