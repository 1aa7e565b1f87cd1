/** Request blocks (Request of assembly/abi/): a transaction into one, its outcome out of one. */
import * as Flag from '../../assembly/abi/flag.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as Request from '../../assembly/abi/request.js';
import * as Status from '../../assembly/abi/status.js';
import * as StallRecord from '../../assembly/abi/stall-record.js';
import { big, hex, integer, oneOf, record, show } from '../base/check.js';
import { big64, type CoreMemory } from '../core/core-memory.js';
import { decodeEvent, type EventRecord } from '../inspect/event.js';
import { hitName } from '../core/hit.js';
import type { EndedTranslation, Resumed, Transaction, Translation } from './transaction.js';

/** Bytes of a block that hold inputs and results; the machine's own state follows. */
export const BLOCK_BYTES: number = Request.MACHINE;
/** Offset of the block that single translations use. */
export const MAIN_BLOCK: number = Layout.REQUESTS + Request.MAIN * Request.BYTES;
/** Bytes of a resumed transaction's record that the host reads: the block, state and STAG. */
export const RESUMED_BYTES: number = StallRecord.BYTES;

const U32 = 0xffff_ffff;
const U64 = (1n << 64n) - 1n;
const PAGE = 4096;
const SUBSTREAM_LIMIT = 2 ** 20 - 1;
/** Normal write-back, read- and write-allocate. */
const DEFAULT_MEM_TYPE = 0xff;
const DEFAULT_SHAREABILITY = 0;
const DEFAULT_ALLOC_HINTS = 6;

const FIELDS: readonly (keyof Transaction)[] = [
  'streamId',
  'iova',
  'substreamId',
  'access',
  'instruction',
  'privileged',
  'atomic',
  'speculative',
  'memType',
  'shareability',
  'allocHints',
  'size',
  'arrival',
  'requester',
  'ats',
];

const KNOWN = new Set<string>(FIELDS);

const STATUSES: readonly Translation['status'][] = ['ok', 'abort', 'raz-wi', 'stalled'];

/** A transaction checked: what a request block is filled with. */
export interface RequestInputs {
  readonly streamId: number;
  readonly iova: bigint;
  readonly substreamId: number;
  readonly flags: number;
  readonly size: number;
  readonly requester: number;
  readonly attributes: number;
}

/** @throws RangeError or TypeError naming the field */
export function checkTransaction(t: Transaction): RequestInputs {
  if (!hasFields(t)) record(t, 'transaction', FIELDS);
  const streamId = integer(t.streamId, 'streamId', 0, U32);
  const iova = big(t.iova, 'iova', 0n, U64);
  const size = integer(t.size ?? Request.DEFAULT_SIZE, 'size', 1, PAGE);
  if (inPage(iova) + size > PAGE) throw new RangeError(crossing(iova, size));
  return {
    streamId,
    iova,
    substreamId: t.substreamId === undefined ? 0 : integer(t.substreamId, 'substreamId', 0, SUBSTREAM_LIMIT),
    flags: flagsOf(t),
    size,
    requester: t.requester === undefined ? streamId : integer(t.requester, 'requester', 0, U32),
    attributes:
      integer(t.memType ?? DEFAULT_MEM_TYPE, 'memType', 0, 0xff) |
      (integer(t.shareability ?? DEFAULT_SHAREABILITY, 'shareability', 0, 3) << 8) |
      (integer(t.allocHints ?? DEFAULT_ALLOC_HINTS, 'allocHints', 0, 7) << 10),
  };
}

/** An object that has no other fields than a transaction, the usual case: `record` is slower, and says what is wrong. */
function hasFields(t: unknown): boolean {
  if (typeof t !== 'object' || t === null || Array.isArray(t)) return false;
  for (const key in t) if (!KNOWN.has(key)) return false;
  return true;
}

const SCRATCH = new BigUint64Array(1);
const SCRATCH_WORDS = new Uint32Array(SCRATCH.buffer);

/** The lowest bits of an address, without a BigInt made for them. */
function inPage(address: bigint): number {
  SCRATCH[0] = address;
  return SCRATCH_WORDS[0] & (PAGE - 1);
}

/** The sentence for a transaction that is too long for its place. */
export function crossing(iova: bigint, size: number): string {
  return `size ${size} at iova ${hex(iova)} crosses a 4 KiB boundary: split the transaction there`;
}

function flagsOf(t: Transaction): number {
  let flags = t.substreamId === undefined ? 0 : Flag.SSV;
  if (t.access !== undefined && oneOf(t.access, 'access', ['read', 'write']) === 'write') flags |= Flag.WRITE;
  if (flag(t.instruction, 'instruction')) flags |= Flag.INSTRUCTION;
  if (flag(t.privileged, 'privileged')) flags |= Flag.PRIVILEGED;
  if (flag(t.atomic, 'atomic')) flags |= Flag.ATOMIC;
  if (flag(t.speculative, 'speculative')) flags |= Flag.SPECULATIVE;
  if (t.ats !== undefined && oneOf(t.ats, 'ats', ['translated']) === 'translated') flags |= Flag.TRANSLATED;
  return flags;
}

function flag(value: unknown, name: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw new TypeError(`${name} must be true or false, not ${show(value)}`);
}

/** Fills a block's inputs. */
export function writeRequest(
  core: CoreMemory,
  inputs: RequestInputs,
  arrival: bigint,
  block = MAIN_BLOCK,
): void {
  const { view } = core;
  const at = core.base + block;
  view.setBigUint64(at + Request.IOVA, inputs.iova, true);
  view.setUint32(at + Request.SID, inputs.streamId, true);
  view.setUint32(at + Request.SSID, inputs.substreamId, true);
  view.setUint32(at + Request.FLAGS, inputs.flags, true);
  view.setUint32(at + Request.SIZE, inputs.size, true);
  view.setUint32(at + Request.REQUESTER, inputs.requester, true);
  view.setUint32(at + Request.ATTRS, inputs.attributes, true);
  view.setBigUint64(at + Request.ARRIVAL, arrival, true);
  view.setUint32(at + Request.KIND, Request.KIND_TRANSACTION, true);
}

/** A look-up of what is no transaction: the main block says that it ended in an abort. @returns -1 */
export function refuseLookup(memory: CoreMemory): number {
  memory.slice(MAIN_BLOCK, BLOCK_BYTES).fill(0);
  memory.set32(MAIN_BLOCK + Request.STATUS, Status.ABORT);
  return -1;
}

/** Page sizes by their log2. */
const PAGE_SIZES: readonly bigint[] = Array.from({ length: 64 }, (_, log2) => 1n << BigInt(log2));

/** The results in a block at `at` of `view`. */
export function readTranslation(view: DataView, at: number): Translation {
  const word = (offset: number): number => view.getUint32(at + offset, true);
  const status = STATUSES[word(Request.STATUS)] ?? 'abort';
  const permissions = word(Request.PERMS);
  const accepted = big64(view, at + Request.ACCEPTED);
  const completion = big64(view, at + Request.COMPLETION);
  const fields = {
    status,
    pa: big64(view, at + Request.PA),
    pageSize: PAGE_SIZES[word(Request.LOG2)],
    permissions: {
      read: (permissions & 1) !== 0,
      write: (permissions & 2) !== 0,
      execute: (permissions & 4) !== 0,
    },
    attributes: attributesOf(word(Request.OUT_ATTRS)),
    accepted,
    translated: big64(view, at + Request.TRANSLATED),
    completion,
    latency: completion === accepted ? 0 : Number(completion - accepted),
    reads: {
      ste: word(Request.READS_STE),
      cd: word(Request.READS_CD),
      stage1: word(Request.READS_S1),
      stage2: word(Request.READS_S2),
    },
    hit: hitName(word(Request.HIT)),
  };
  // Without an event the object goes out as it is: a copy would take longer than all that is in it.
  if (isEnded(fields)) return word(Request.EVENT) === 0 ? fields : { ...fields, event: eventAt(view, at) };
  return { ...fields, status: 'stalled', stag: word(Request.STAG), event: eventAt(view, at) };
}

function isEnded(fields: {
  readonly status: Translation['status'];
}): fields is { status: EndedTranslation['status'] } {
  return fields.status !== 'stalled';
}

function eventAt(view: DataView, at: number): EventRecord {
  return decodeEvent(wordsAt(view, at), view.getUint32(at + Request.RECORDED, true) !== 0);
}

/** A record of the resumed ring (StallRecord), as copied out of it. */
export function readResumed(bytes: Uint8Array): Resumed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const transaction = readTransaction(view, StallRecord.REQUEST);
  return {
    streamId: transaction.streamId,
    stag: view.getUint32(StallRecord.STAG, true),
    transaction,
    // The core tells of those alone that stall no more.
    outcome: readTranslation(view, StallRecord.REQUEST) as EndedTranslation,
  };
}

/** The inputs of a block as the transaction that they came from, every default spelled out. */
function readTransaction(view: DataView, at: number): Transaction {
  const flags = view.getUint32(at + Request.FLAGS, true);
  const set = (mask: number): boolean => (flags & mask) !== 0;
  return {
    streamId: view.getUint32(at + Request.SID, true),
    iova: view.getBigUint64(at + Request.IOVA, true),
    ...(set(Flag.SSV) ? { substreamId: view.getUint32(at + Request.SSID, true) } : {}),
    access: set(Flag.WRITE) ? 'write' : 'read',
    instruction: set(Flag.INSTRUCTION),
    privileged: set(Flag.PRIVILEGED),
    atomic: set(Flag.ATOMIC),
    speculative: set(Flag.SPECULATIVE),
    ...attributesOf(view.getUint32(at + Request.ATTRS, true)),
    size: view.getUint32(at + Request.SIZE, true),
    arrival: view.getBigUint64(at + Request.ARRIVAL, true),
    requester: view.getUint32(at + Request.REQUESTER, true),
    ...(set(Flag.TRANSLATED) ? { ats: 'translated' as const } : {}),
  };
}

function attributesOf(word: number): { memType: number; shareability: number; allocHints: number } {
  return { memType: word & 0xff, shareability: (word >> 8) & 3, allocHints: (word >> 10) & 7 };
}

function wordsAt(view: DataView, at: number): [bigint, bigint, bigint, bigint] {
  const word = (n: number): bigint => view.getBigUint64(at + Request.EVENT_WORDS + 8 * n, true);
  return [word(0), word(1), word(2), word(3)];
}
