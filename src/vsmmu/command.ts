/**
 * The guest's commands, judged as an SMMU of its identification judges them (IHI 0070 §4.1): what is not announced is illegal. What is
 * handed on is clean: fields that mean nothing are 0, since a host passes them to hardware that has more features.
 */
import * as Command from '../../assembly/arch/command.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import { maskOf, numberOf, placed } from '../base/fields.js';
import type { NativeCommand } from '../iommu/index.js';
import type { OpenField } from './id-fields.js';

/** What a command asks for. */
export type GuestCommand =
  | { readonly kind: 'illegal' }
  /** Legal, and there is nothing to do. */
  | { readonly kind: 'none' }
  /** STEs of the StreamIDs from `first` to `last` may have changed. */
  | { readonly kind: 'ste'; readonly first: number; readonly last: number; readonly words: NativeCommand }
  /** CDs or ATS translations of one stream. */
  | { readonly kind: 'stream'; readonly vsid: number; readonly ats: boolean; readonly words: NativeCommand }
  | { readonly kind: 'tlb'; readonly words: NativeCommand }
  | {
      readonly kind: 'resume';
      readonly vsid: number;
      readonly stag: number;
      readonly retry: boolean;
      readonly abort: boolean;
    }
  | { readonly kind: 'stall-term'; readonly vsid: number }
  | { readonly kind: 'sync'; readonly signal: number };

type Fields = Readonly<Record<OpenField, number>>;

const ILLEGAL: GuestCommand = { kind: 'illegal' };
const NONE: GuestCommand = { kind: 'none' };
const MAX_SID = 0xffff_ffff;

const OPCODE = maskOf(Command.OPCODE);
const STREAM = OPCODE | maskOf(Command.StreamID);
const STREAM_CD = STREAM | maskOf(Command.SubstreamID);
const ATC_PASID = STREAM_CD | maskOf(Command.SSV) | maskOf(Command.ATC_INV_Global);
const ATC_WORD1 = maskOf(Command.ATC_INV_Address) | maskOf(Command.ATC_INV_Size);
const ASID = OPCODE | maskOf(Command.TLBI_ASID);
const ADDRESS_LEAF = maskOf(Command.TLBI_Address) | maskOf(Command.TLBI_Leaf);
const NUM_SCALE = maskOf(Command.TLBI_NUM) | maskOf(Command.TLBI_SCALE);
const TG_TTL = maskOf(Command.TLBI_TG) | maskOf(Command.TLBI_TTL);
/** SCALE has five bits without 52-bit addresses (IDR5.DS), which no guest is told of. */
const SCALE_HIGH = 1n << 25n;

/** Judges a command. */
export function judgeCommand(words: NativeCommand, fields: Fields): GuestCommand {
  const [word0] = words;
  const opcode = numberOf([word0], Command.OPCODE);
  if (opcode < Opcode.TLBI_NH_ALL) return configuration(opcode, words, fields);
  switch (opcode) {
    case Opcode.TLBI_NSNH_ALL:
    case Opcode.TLBI_NH_ALL:
      return { kind: 'tlb', words: [word0 & OPCODE, 0n] };
    case Opcode.TLBI_NH_ASID:
      return { kind: 'tlb', words: [word0 & ASID, 0n] };
    case Opcode.TLBI_NH_VA:
      return byAddress(words, ASID, fields);
    case Opcode.TLBI_NH_VAA:
      return byAddress(words, OPCODE, fields);
    case Opcode.ATC_INV:
      return atcInv(words, fields);
    case Opcode.RESUME:
    case Opcode.STALL_TERM:
      return stallAnswer(opcode, words, fields);
    case Opcode.SYNC: {
      const signal = numberOf([word0], Command.SYNC_CS);
      return signal > Command.SYNC_CS_SIG_SEV ? ILLEGAL : { kind: 'sync', signal };
    }
    default:
      return ILLEGAL;
  }
}

/** PREFETCH_* and CFGI_*: SSec belongs to the Secure queue (§4.1.6). */
function configuration(opcode: number, [word0, word1]: NativeCommand, fields: Fields): GuestCommand {
  if (numberOf([word0], Command.SSec) === 1) return ILLEGAL;
  const vsid = numberOf([word0], Command.StreamID);
  const inRange = vsid < 2 ** fields.SIDSIZE;
  switch (opcode) {
    case Opcode.PREFETCH_CONFIG:
    case Opcode.PREFETCH_ADDR:
      return NONE;
    case Opcode.CFGI_STE: {
      const words: NativeCommand = [word0 & STREAM, word1 & maskOf(Command.CFGI_Leaf)];
      return inRange ? { kind: 'ste', first: vsid, last: vsid, words } : NONE;
    }
    case Opcode.CFGI_STE_RANGE: {
      const range = numberOf([0n, word1], Command.CFGI_Range);
      const words: NativeCommand = [word0 & STREAM, BigInt(range)];
      if (range === Command.CFGI_RANGE_ALL) return { kind: 'ste', first: 0, last: MAX_SID, words };
      const count = 2 ** (range + 1);
      const first = Math.floor(vsid / count) * count;
      return { kind: 'ste', first, last: first + count - 1, words };
    }
    case Opcode.CFGI_CD: {
      const ssid = numberOf([word0], Command.SubstreamID);
      if (!inRange || ssid >= 2 ** fields.SSIDSIZE) return NONE;
      const words: NativeCommand = [word0 & STREAM_CD, word1 & maskOf(Command.CFGI_Leaf)];
      return { kind: 'stream', vsid, ats: false, words };
    }
    case Opcode.CFGI_CD_ALL:
      return inRange ? { kind: 'stream', vsid, ats: false, words: [word0 & STREAM, 0n] } : NONE;
    default:
      return ILLEGAL;
  }
}

/** One address or, with TG, a range and hints; all of that is RES0 without IDR3.RIL (§4.4.1.1). */
function byAddress([word0, word1]: NativeCommand, keep: bigint, fields: Fields): GuestCommand {
  const tg = fields.RIL === 1 ? numberOf([0n, word1], Command.TLBI_TG) : Command.TLBI_TG_NONE;
  if (tg === Command.TLBI_TG_NONE) return { kind: 'tlb', words: [word0 & keep, word1 & ADDRESS_LEAF] };
  const counts = word0 & NUM_SCALE & ~SCALE_HIGH;
  let hints = word1 & TG_TTL;
  // A 16 KiB block of level 1 needs 52-bit addresses: the hint is reserved, and none.
  if (tg === Command.TLBI_TG_16K && numberOf([0n, word1], Command.TLBI_TTL) === 1)
    hints &= ~maskOf(Command.TLBI_TTL);
  if (counts === 0n && (hints & maskOf(Command.TLBI_TTL)) === 0n) return ILLEGAL;
  return { kind: 'tlb', words: [(word0 & keep) | counts, (word1 & ADDRESS_LEAF) | hints] };
}

function atcInv([word0, word1]: NativeCommand, fields: Fields): GuestCommand {
  if (fields.ATS === 0 || numberOf([word0], Command.SSec) === 1) return ILLEGAL;
  if (numberOf([0n, word1], Command.ATC_INV_Size) > Command.ATC_INV_SIZE_ALL) return ILLEGAL;
  const vsid = numberOf([word0], Command.StreamID);
  // Without PASIDs SSV may act as 0 (§4.5.1): that removes more.
  const pasid = fields.SSIDSIZE > 0 && numberOf([word0], Command.SSV) === 1;
  const words: NativeCommand = [word0 & (pasid ? ATC_PASID : STREAM), word1 & ATC_WORD1];
  return { kind: 'stream', vsid, ats: true, words };
}

function stallAnswer(opcode: number, [word0, word1]: NativeCommand, fields: Fields): GuestCommand {
  if (fields.STALL_MODEL === Idr0.STALL_MODEL_TERMINATE_ONLY) return ILLEGAL;
  if (numberOf([word0], Command.SSec) === 1) return ILLEGAL;
  const vsid = numberOf([word0], Command.StreamID);
  if (opcode === Opcode.STALL_TERM) return { kind: 'stall-term', vsid };
  return {
    kind: 'resume',
    vsid,
    stag: numberOf([0n, word1], Command.RESUME_STAG),
    retry: numberOf([word0], Command.RESUME_Ac) === 1,
    abort: numberOf([word0], Command.RESUME_Ab) === 1 || fields.TERM_MODEL === 1,
  };
}

/**
 * Everything that a stream of the guest's may have cached, named without addresses: what makes good for commands that failed. One batch
 * after the other: a device that is told before the SMMU's own caches are clean would fetch what is stale once more (IHI 0070 §3.9.1).
 */
export function fullInvalidation(
  streams: readonly { readonly vsid: number; readonly ats: boolean }[],
): NativeCommand[][] {
  const smmu: NativeCommand[] = [[BigInt(Opcode.TLBI_NSNH_ALL), 0n]];
  for (const { vsid } of streams)
    smmu.push([BigInt(Opcode.CFGI_CD_ALL) | placed(Command.StreamID, vsid), 0n]);
  const devices = streams
    .filter(({ ats }) => ats)
    .map(({ vsid }): NativeCommand => [
      BigInt(Opcode.ATC_INV) | placed(Command.StreamID, vsid),
      placed(Command.ATC_INV_Size, Command.ATC_INV_SIZE_ALL),
    ]);
  return devices.length > 0 ? [smmu, devices] : [smmu];
}

/** A RESUME as the queue of a core holds it. */
export function resumeWords({
  vsid,
  stag,
  retry,
  abort,
}: Extract<GuestCommand, { kind: 'resume' }>): NativeCommand {
  const word0 =
    BigInt(Opcode.RESUME) |
    placed(Command.StreamID, vsid) |
    placed(Command.RESUME_Ac, Number(retry)) |
    placed(Command.RESUME_Ab, Number(abort));
  return [word0, placed(Command.RESUME_STAG, stag)];
}

/** A STALL_TERM as the queue of a core holds it. */
export function stallTermWords(vsid: number): NativeCommand {
  return [BigInt(Opcode.STALL_TERM) | placed(Command.StreamID, vsid), 0n];
}
