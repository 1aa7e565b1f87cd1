/** Request blocks (Request of assembly/abi/): a transaction into one, its outcome out of one. */
import * as Flag from '../../assembly/abi/flag.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as Request from '../../assembly/abi/request.js';
import * as Status from '../../assembly/abi/status.js';
import * as StallRecord from '../../assembly/abi/stall-record.js';
import { big, hex, integer, isUnsigned32, oneOf, record, show } from '../base/check.js';
import type { CoreMemory } from '../core/core-memory.js';
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
const U64 = 0xffff_ffff_ffff_ffffn;
// A literal: bundlers keep what they cannot show to be free of effects.
const MOST_LOW = 0x7fff_ffff_ffff_ffffn;
const TWO_32 = 0x1_0000_0000;
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
  const sid: unknown = t.streamId;
  const streamId = isUnsigned32(sid) ? (sid as number) : integer(sid, 'streamId', 0, U32);
  const address: unknown = t.iova;
  const iova = isLow(address) ? address : big(address, 'iova', 0n, U64);
  const size = integer(t.size ?? Request.DEFAULT_SIZE, 'size', 1, PAGE);
  if (inPage(iova) + size > PAGE) throw new RangeError(crossing(iova, size));
  if (isBare(t)) {
    const flags = t.access === 'write' ? Flag.WRITE : 0;
    return {
      streamId,
      iova,
      substreamId: 0,
      flags,
      size,
      requester: streamId,
      attributes: DEFAULT_MEM_TYPE | (DEFAULT_SHAREABILITY << 8) | (DEFAULT_ALLOC_HINTS << 10),
    };
  }
  return {
    streamId,
    iova,
    substreamId: t.substreamId === undefined ? 0 : integer(t.substreamId, 'substreamId', 0, SUBSTREAM_LIMIT),
    flags: flagsOf(t),
    size,
    requester: t.requester === undefined ? streamId : integer(t.requester, 'requester', 0, U32),
    attributes: attributesGiven(t),
  };
}

/** It says nothing but where it goes, how long it is and perhaps that it reads or writes. */
function isBare(t: Transaction): boolean {
  return (
    t.substreamId === undefined &&
    (t.access === undefined || t.access === 'read' || t.access === 'write') &&
    t.instruction === undefined &&
    t.privileged === undefined &&
    t.atomic === undefined &&
    t.speculative === undefined &&
    t.ats === undefined &&
    t.requester === undefined &&
    t.memType === undefined &&
    t.shareability === undefined &&
    t.allocHints === undefined
  );
}

function attributesGiven(t: Transaction): number {
  return (
    integer(t.memType ?? DEFAULT_MEM_TYPE, 'memType', 0, 0xff) |
    (integer(t.shareability ?? DEFAULT_SHAREABILITY, 'shareability', 0, 3) << 8) |
    (integer(t.allocHints ?? DEFAULT_ALLOC_HINTS, 'allocHints', 0, 7) << 10)
  );
}

/** A bigint below 2^63, which engines compare as a word. */
function isLow(value: unknown): value is bigint {
  return typeof value === 'bigint' && value >= 0n && value <= MOST_LOW;
}

/** An object that has no other fields than a transaction, the usual case: `record` is slower, and says what is wrong. */
function hasFields(t: unknown): boolean {
  if (typeof t !== 'object' || t === null || Array.isArray(t)) return false;
  for (const key in t) if (!isField(key as keyof Transaction)) return false;
  return true;
}

/** One of FIELDS: a comparison of names that an engine keeps once each, where a set would hash them. */
function isField(key: keyof Transaction): boolean {
  switch (key) {
    case 'streamId':
    case 'iova':
    case 'size':
    case 'access':
    case 'substreamId':
    case 'arrival':
    case 'requester':
    case 'instruction':
    case 'privileged':
    case 'atomic':
    case 'speculative':
    case 'memType':
    case 'shareability':
    case 'allocHints':
    case 'ats':
      return true;
    default:
      return false;
  }
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

/** Fills a block's inputs. `arrival`: a number where one holds it exactly, of which no bigint need be made. */
export function writeRequest(
  core: CoreMemory,
  inputs: RequestInputs,
  arrival: number | bigint,
  block = MAIN_BLOCK,
): void {
  const { words, wide } = core;
  const at = core.base + block;
  wide[(at + Request.IOVA) >>> 3] = inputs.iova;
  words[(at + Request.SID) >>> 2] = inputs.streamId;
  words[(at + Request.SSID) >>> 2] = inputs.substreamId;
  words[(at + Request.FLAGS) >>> 2] = inputs.flags;
  words[(at + Request.SIZE) >>> 2] = inputs.size;
  words[(at + Request.REQUESTER) >>> 2] = inputs.requester;
  words[(at + Request.ATTRS) >>> 2] = inputs.attributes;
  if (typeof arrival === 'number') {
    words[(at + Request.ARRIVAL) >>> 2] = arrival >>> 0;
    words[(at + Request.ARRIVAL + 4) >>> 2] = arrival / TWO_32;
  } else wide[(at + Request.ARRIVAL) >>> 3] = arrival;
  words[(at + Request.KIND) >>> 2] = Request.KIND_TRANSACTION;
}

/** A look-up of what is no transaction: the main block says that it ended in an abort. @returns -1 */
export function refuseLookup(memory: CoreMemory): number {
  memory.slice(MAIN_BLOCK, BLOCK_BYTES).fill(0);
  memory.set32(MAIN_BLOCK + Request.STATUS, Status.ABORT);
  return -1;
}

/** Page sizes by their log2. */
const PAGE_SIZES: readonly bigint[] = Array.from({ length: 64 }, (_, log2) => 1n << BigInt(log2));

/** Blocks as they are read: the same bytes as words of 32 and of 64 bits. */
export interface BlockWords {
  readonly words: Uint32Array;
  readonly wide: BigUint64Array;
}

/** A block that was copied out of the core's memory. */
export function wordsOfBlock(block: Uint8Array): BlockWords {
  const { buffer, byteOffset, length } = block.byteOffset % 8 === 0 ? block : new Uint8Array(block);
  return {
    words: new Uint32Array(buffer, byteOffset, length >>> 2),
    wide: new BigUint64Array(buffer, byteOffset, length >>> 3),
  };
}

/** The results in a block `at` bytes from the beginning, a multiple of 8. */
export function readTranslation({ words, wide }: BlockWords, at: number): Translation {
  const first = at >>> 2;
  const status = STATUSES[words[first + (Request.STATUS >>> 2)]] ?? 'abort';
  const permissions = words[first + (Request.PERMS >>> 2)];
  const attributes = words[first + (Request.OUT_ATTRS >>> 2)];
  const accepted = word64(words, wide, first + (Request.ACCEPTED >>> 2));
  const completion = word64(words, wide, first + (Request.COMPLETION >>> 2));
  const fields = {
    status,
    pa: word64(words, wide, first + (Request.PA >>> 2)),
    pageSize: PAGE_SIZES[words[first + (Request.LOG2 >>> 2)]],
    permissions: {
      read: (permissions & 1) !== 0,
      write: (permissions & 2) !== 0,
      execute: (permissions & 4) !== 0,
    },
    attributes: attributesOf(attributes),
    accepted,
    translated: word64(words, wide, first + (Request.TRANSLATED >>> 2)),
    completion,
    latency: completion === accepted ? 0 : Number(completion - accepted),
    reads: {
      ste: words[first + (Request.READS_STE >>> 2)],
      cd: words[first + (Request.READS_CD >>> 2)],
      stage1: words[first + (Request.READS_S1 >>> 2)],
      stage2: words[first + (Request.READS_S2 >>> 2)],
    },
    hit: hitName(words[first + (Request.HIT >>> 2)]),
  };
  // Without an event the object goes out as it is: a copy would take longer than all that is in it.
  if (isEnded(fields))
    return words[first + (Request.EVENT >>> 2)] === 0
      ? fields
      : { ...fields, event: eventAt(words, wide, first) };
  return {
    ...fields,
    status: 'stalled',
    stag: words[first + (Request.STAG >>> 2)],
    event: eventAt(words, wide, first),
  };
}

/** The u64 at word `n` of 32 bits, an even one. Most are 0, and a BigInt of that need not be made. */
function word64(words: Uint32Array, wide: BigUint64Array, n: number): bigint {
  return words[n] === 0 && words[n + 1] === 0 ? 0n : wide[n >>> 1];
}

function isEnded(fields: {
  readonly status: Translation['status'];
}): fields is { status: EndedTranslation['status'] } {
  return fields.status !== 'stalled';
}

function eventAt(words: Uint32Array, wide: BigUint64Array, first: number): EventRecord {
  const at = (first + (Request.EVENT_WORDS >>> 2)) >>> 1;
  const record = [wide[at], wide[at + 1], wide[at + 2], wide[at + 3]] as const;
  return decodeEvent(record, words[first + (Request.RECORDED >>> 2)] !== 0);
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
    outcome: readTranslation(wordsOfBlock(bytes), StallRecord.REQUEST) as EndedTranslation,
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
