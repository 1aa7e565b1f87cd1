// The ways to ask a device for one address. `lookup` and batches have short cuts of their own for hits, so a rule about what a
// cache may answer is a rule for each of them.
import {
  FLAG_INSTRUCTION,
  FLAG_PRIVILEGED,
  FLAG_SSV,
  FLAG_WRITE,
  STATUS_OK,
  type Transaction,
} from '../../src/index.js';
import type { Machine } from './machine.js';

export const WAYS = ['translate', 'lookup', 'translateBatch'] as const;
export type Way = (typeof WAYS)[number];

/** What of a transaction all three ways can say. */
export type Asked = Pick<Transaction, 'access' | 'instruction' | 'privileged' | 'substreamId'>;

/** `event`: its number, when the transaction caused one. */
export interface Said {
  status: string;
  pa: bigint;
  event: number | undefined;
}

const flagsOf = (t: Asked): number =>
  (t.access === 'write' ? FLAG_WRITE : 0) |
  (t.instruction ? FLAG_INSTRUCTION : 0) |
  (t.privileged ? FLAG_PRIVILEGED : 0) |
  (t.substreamId === undefined ? 0 : FLAG_SSV);

const NAMES = ['ok', 'abort', 'raz-wi', 'stalled'];

export function say(m: Machine, way: Way, sid: number, iova: bigint, t: Asked = {}): Said {
  if (way === 'translate') {
    const { status, pa, event } = m.translate(sid, iova, { ...t, size: 1 });
    return { status, pa, event: event?.type };
  }
  if (way === 'lookup') return lookUp(m, sid, iova, t);
  const batch = m.smmu.createBatch(1);
  batch.streamId[0] = sid;
  batch.iova[0] = iova;
  batch.flags[0] = flagsOf(t);
  batch.substreamId[0] = t.substreamId ?? 0;
  batch.size[0] = 1;
  m.smmu.translateBatch(batch);
  const status = batch.status[0];
  const pa = (status & 0xff) === STATUS_OK ? batch.pa[0] : 0n;
  batch.dispose();
  return { status: NAMES[status & 0xff], pa, event: (status >> 8) & 0xff || undefined };
}

function lookUp(m: Machine, sid: number, iova: bigint, t: Asked): Said {
  const packed = (flagsOf(t) | ((t.substreamId ?? 0) << 12)) >>> 0;
  const lo = Number(iova & 0xffff_ffffn);
  const pa = m.smmu.lookupWords(sid, lo, Number(iova >> 32n), packed);
  if (pa >= 0) return { status: 'ok', pa: BigInt(pa), event: undefined };
  const last = m.smmu.lastTranslation();
  return { status: last.status, pa: 0n, event: last.event?.type };
}
