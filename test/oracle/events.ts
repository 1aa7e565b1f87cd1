import {
  CLASS_CD,
  CLASS_TT,
  C_BAD_STREAMID,
  C_BAD_SUBSTREAMID,
  F_CD_FETCH,
  F_PERMISSION,
  F_STE_FETCH,
  F_STREAM_DISABLED,
  F_TRANSLATION,
  F_WALK_EABT,
} from './faults.js';
import type { Fault } from './faults.js';
import type { Session } from './session.js';
import { bits, toWord } from './words.js';

type Words = [bigint, bigint, bigint, bigint];

/** The 32-byte record of a fault (IHI 0070 §7.3); STAG is left 0. */
export function eventWords(s: Session, fault: Fault, stall: boolean): Words {
  const { event, details } = fault;
  const words: Words = [header(s, fault), 0n, 0n, 0n];
  const fetches = event === F_STE_FETCH || event === F_CD_FETCH || event === F_WALK_EABT;
  if (fetches) words[3] = BigInt(details.fetchAddress!) & ~7n;
  if (event === F_WALK_EABT || event >= F_TRANSLATION) {
    words[1] = access(s, fault, stall);
    words[2] = s.txn.addr;
    if (event >= F_TRANSLATION && details.stage2) {
      words[3] = BigInt(bits(toWord(BigInt(details.ipa!)), 55, 12)) << 12n;
    }
  }
  return words;
}

/** Event number, SubstreamID and StreamID: three events depart from the common form (§7.3.7, §7.3.9). */
function header(s: Session, { event, details }: Fault): bigint {
  const { streamId, ssv, ssid } = s.txn;
  const id = BigInt(event) | (BigInt(streamId) << 32n);
  if (event === F_STREAM_DISABLED) return id;
  if (event === C_BAD_SUBSTREAMID) return id | (BigInt(details.substreamId!) << 12n);
  return ssv ? id | (1n << 11n) | (BigInt(ssid) << 12n) : id;
}

function access(s: Session, { event, details }: Fault, stall: boolean): bigint {
  const { request } = s;
  const readNotWrite = !request.write || (event === F_PERMISSION && details.lacksReadOnly === true);
  const flag = (on: boolean | undefined, n: bigint): bigint => (on ? 1n << n : 0n);
  return (
    flag(stall, 31n) |
    flag(request.privileged, 33n) |
    flag(request.instruction && readNotWrite, 34n) |
    flag(readNotWrite, 35n) |
    flag(details.stage2, 39n) |
    (BigInt(details.class ?? CLASS_CD) << 40n) |
    flag(event === F_PERMISSION && details.class === CLASS_TT && details.tableRead, 44n)
  );
}

/** Whether an event is one of the four that A, R and S govern (§5.5). */
export function isTranslationFault(event: number): boolean {
  return event >= F_TRANSLATION;
}

export function recordsBadStreamId(event: number, cr2: number): boolean {
  return event !== C_BAD_STREAMID || (cr2 & 2) !== 0;
}
