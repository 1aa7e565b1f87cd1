/** Runs random cases through the model and through the reference, and tells every difference. */
import { oracleTranslate, readFeatures } from '../oracle/index.js';
import { generateCase, ID_PROFILES, type CaseOptions } from '../oracle/random.js';
import type { OracleResult, OracleTxn } from '../oracle/types.js';
import type { SmmuOptions, Translation } from '../../src/index.js';
import { maskStag, RandomDevice } from './device.js';

export interface Difference {
  seed: number;
  index: number;
  what: string;
  transaction: OracleTxn;
  expected: string;
  got: string;
}

export interface DifferentialRun {
  transactions: number;
  /** Outcomes and event numbers of the reference. */
  histogram: Map<string, number>;
  differences: Difference[];
  /**
   * Cases ended early because overlapping tables made a page that several address spaces share, or a group of pages, which no
   * case is to have: the reference, which has no TLB, says nothing about those that follow.
   */
  shared: number;
  /** Cases ended early by an answer of a cached structure that an update of the model has since overwritten. */
  stale: number;
  /** Cases ended early by a stray pointer into the queues' memory, of which the reference knows nothing. */
  queues: number;
}

const hex = (v: bigint): string => `0x${v.toString(16)}`;

/** One case for each seed; stops after `limit` differences. */
export async function runDifferential(...run: Parameters<typeof runCases>): Promise<DifferentialRun> {
  // The reference throws at every fault, and a stack for each would cost more than the translation.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await runCases(...run);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

async function runCases(
  seeds: Iterable<number>,
  { caches, timing }: Pick<SmmuOptions, 'caches' | 'timing'>,
  options: CaseOptions = {},
  limit = 10,
): Promise<DifferentialRun> {
  const devices: (RandomDevice | undefined)[] = ID_PROFILES.map(() => undefined);
  const run: DifferentialRun = {
    transactions: 0,
    histogram: new Map(),
    differences: [],
    shared: 0,
    stale: 0,
    queues: 0,
  };
  for (const s of seeds) {
    if (run.differences.length >= limit) break;
    const c = generateCase(s, options);
    const device = (devices[c.profile] ??= await RandomDevice.create(c.profile, caches, timing));
    device.load(c);
    const features = readFeatures(c.state);
    let ended = false;
    for (const [index, t] of c.transactions.entries()) {
      const expected = oracleTranslate(c.state, t, features);
      const got = device.translate(t);
      ended = c.image.queueRead;
      if (ended) {
        run.queues++;
        break;
      }
      run.transactions++;
      const kind = kindOf(expected);
      run.histogram.set(kind, (run.histogram.get(kind) ?? 0) + 1);
      const records = device.takeRecords();
      const wrong = compare(expected, got, records);
      // Random tables overlap, so that the hardware update of a descriptor may hit a word that is an STE or a CD too. The
      // cached structure rightly answers until a command names it (§3.21.3), and the reference has no cache: such an answer is
      // one of the image before any update, and the case ends there, for the two have now written different words.
      ended =
        wrong !== undefined &&
        caches !== false &&
        !compare(oracleTranslate(generateCase(s, options).state, t), got, records);
      if (ended) {
        run.stale++;
        break;
      }
      if (wrong) {
        run.differences.push({ seed: s, index, transaction: t, ...wrong });
        break;
      }
      // Such an update of a word that is a descriptor of both stages, of which a cached leaf of the other one need not know.
      ended = c.image.contradicted && caches !== false;
      if (ended) {
        run.stale++;
        break;
      }
      if (expected.shared && caches !== false) {
        run.shared++;
        break;
      }
    }
    const at = ended ? undefined : device.memoryDifference(c.image);
    if (at !== undefined && !run.differences.some((d) => d.seed === s)) {
      const [expected, got] = [c.image.read64(at) ?? 0n, device.smmu.memory.read64(at)].map(hex);
      run.differences.push({
        seed: s,
        index: c.transactions.length,
        what: `memory at ${hex(at)}`,
        transaction: c.transactions[0],
        expected,
        got,
      });
    }
  }
  return run;
}

function compare(
  e: OracleResult,
  g: Translation,
  records: readonly (readonly bigint[])[],
): { what: string; expected: string; got: string } | undefined {
  const differs = (what: string, expected: unknown, got: unknown) => ({
    what,
    expected: show(expected),
    got: show(got),
  });
  if (e.outcome !== g.status) {
    return differs('status', `${e.outcome} ${show(e.event?.words)}`, `${g.status} ${show(g.event?.words)}`);
  }
  const wanted = e.event?.record === true ? maskStag(e.event.words) : undefined;
  if (records.length !== (wanted === undefined ? 0 : 1) || wanted?.some((word, i) => word !== records[0][i]))
    return differs('event record', wanted, records);
  if (e.outcome !== 'ok') return undefined;
  if (e.pa !== g.pa) return differs('pa', e.pa, g.pa);
  const [p, q] = [e.perms, g.permissions];
  if (p.read !== q.read || p.write !== q.write || p.execute !== q.execute)
    return differs('permissions', p, q);
  const [a, b] = [e.attrs, g.attributes];
  if (a.memType !== b.memType || a.sh !== b.shareability || a.alloc !== b.allocHints) {
    return differs('attributes', a, b);
  }
  const size = 1n << BigInt(e.leafLog2);
  if (size !== g.pageSize) return differs('page size', size, g.pageSize);
  return undefined;
}

/** Outcome and event number. */
function kindOf({ outcome, event }: OracleResult): string {
  return event === undefined ? outcome : `${outcome} 0x${(Number(event.words[0]) & 0xff).toString(16)}`;
}

function show(v: unknown): string {
  return JSON.stringify(v, (_, x: unknown) => (typeof x === 'bigint' ? hex(x) : x)) ?? 'none';
}

export function describeDifference(d: Difference): string {
  return `seed ${d.seed}, transaction ${d.index}: ${d.what}: expected ${d.expected}, got ${d.got}; ${show(d.transaction)}`;
}
