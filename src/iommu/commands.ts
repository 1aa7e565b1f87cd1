/**
 * Commands as the driver writes them (IHI 0070 §4): four 32-bit words each, in one scratch array that the next builder
 * overwrites. `CommandQueue.add` copies it into the ring.
 */
import {
  CFGI_RANGE_ALL,
  CMD_CFGI_Leaf,
  CMD_CFGI_Range,
  CMD_RESUME_Ab,
  CMD_RESUME_Ac,
  CMD_RESUME_STAG,
  CMD_StreamID,
  CMD_SubstreamID,
  CMD_SYNC_CS,
  CMD_SYNC_MSH,
  CMD_SYNC_MSIAttr,
  CMD_TLBI_ASID,
  CMD_TLBI_Leaf,
  CMD_TLBI_NUM,
  CMD_TLBI_SCALE,
  CMD_TLBI_TG,
  CMD_TLBI_TTL,
  CMD_TLBI_VMID,
  OP_CFGI_ALL,
  OP_CFGI_CD,
  OP_CFGI_CD_ALL,
  OP_CFGI_STE,
  OP_PREFETCH_CONFIG,
  OP_RESUME,
  OP_SYNC,
  SYNC_CS_SIG_IRQ,
  SYNC_CS_SIG_SEV,
} from '../../assembly/arch/commands.js';
import { MEMATTR_NORMAL_WB, SH_INNER_SHAREABLE } from '../../assembly/arch/descriptors.js';

/** A command: words 0 and 1 are its first 64 bits, 2 and 3 the second. */
export type CommandWords = Uint32Array;

const words: CommandWords = new Uint32Array(4);

/** Starts a command; all its other fields are 0. */
export function command(opcode: number): CommandWords {
  words[0] = opcode;
  words[1] = words[2] = words[3] = 0;
  return words;
}

/** Puts a field that does not straddle a 32-bit word; `at` is packed as in assembly/arch. */
function put(at: number, value: number): void {
  const lsb = (at >>> 8) & 0xff;
  words[((at >>> 16) << 1) + (lsb >>> 5)] |= value << (lsb & 31);
}

/** An address whose bit n is bit n of the second 64-bit word; the low twelve bits belong to other fields. */
function putAddress(address: bigint): void {
  words[2] |= Number(address & 0xffff_f000n);
  words[3] = Number(BigInt.asUintN(32, address >> 32n));
}

/** @param leaf true leaves the level 1 descriptors of the Stream table alone */
export function cfgiSte(streamId: number, leaf = true): CommandWords {
  command(OP_CFGI_STE);
  put(CMD_StreamID, streamId);
  if (leaf) put(CMD_CFGI_Leaf, 1);
  return words;
}

export function cfgiAll(): CommandWords {
  command(OP_CFGI_ALL);
  put(CMD_CFGI_Range, CFGI_RANGE_ALL);
  return words;
}

/** @param leaf true leaves the level 1 descriptors of the CD table alone */
export function cfgiCd(streamId: number, substreamId: number, leaf = true): CommandWords {
  command(OP_CFGI_CD);
  put(CMD_StreamID, streamId);
  put(CMD_SubstreamID, substreamId);
  if (leaf) put(CMD_CFGI_Leaf, 1);
  return words;
}

export function cfgiCdAll(streamId: number): CommandWords {
  command(OP_CFGI_CD_ALL);
  put(CMD_StreamID, streamId);
  return words;
}

export function prefetchConfig(streamId: number): CommandWords {
  command(OP_PREFETCH_CONFIG);
  put(CMD_StreamID, streamId);
  return words;
}

/** A TLB invalidation without an address: everything, by VMID, or by VMID and ASID. */
export function tlbi(opcode: number, vmid = 0, asid = 0): CommandWords {
  command(opcode);
  put(CMD_TLBI_VMID, vmid);
  put(CMD_TLBI_ASID, asid);
  return words;
}

/** Whose entries a TLB invalidation by address names. */
export interface TlbTag {
  /** OP_TLBI_NH_VA, NH_VAA, EL2_VA or S2_IPA. */
  readonly opcode: number;
  readonly vmid: number;
  readonly asid: number;
}

/** TG, TTL, NUM and SCALE of an invalidation by range; all 0 names one address. */
export interface RangeFields {
  readonly tg: number;
  readonly ttl: number;
  readonly num: number;
  readonly scale: number;
}

/** @param range undefined: the entries of any size that cover the address */
export function tlbiAddress(tag: TlbTag, address: bigint, leaf: boolean, range?: RangeFields): CommandWords {
  tlbi(tag.opcode, tag.vmid, tag.asid);
  putAddress(address);
  if (leaf) put(CMD_TLBI_Leaf, 1);
  if (range !== undefined) {
    put(CMD_TLBI_TG, range.tg);
    put(CMD_TLBI_TTL, range.ttl);
    put(CMD_TLBI_NUM, range.num);
    put(CMD_TLBI_SCALE, range.scale);
  }
  return words;
}

/** What becomes of a stalled transaction: tried again, aborted, or completed as RAZ/WI. */
export type ResumeAction = 'retry' | 'abort' | 'terminate';

export function resume(streamId: number, stag: number, action: ResumeAction): CommandWords {
  command(OP_RESUME);
  put(CMD_StreamID, streamId);
  put(CMD_RESUME_STAG, stag);
  if (action === 'retry') put(CMD_RESUME_Ac, 1);
  if (action === 'abort') put(CMD_RESUME_Ab, 1);
  return words;
}

/** CMD_SYNC that wakes a waiting PE (IHI 0070 §4.7.3), or writes 0 to `msiAddress` when it completes. */
export function sync(msiAddress?: bigint): CommandWords {
  command(OP_SYNC);
  put(CMD_SYNC_CS, msiAddress === undefined ? SYNC_CS_SIG_SEV : SYNC_CS_SIG_IRQ);
  put(CMD_SYNC_MSH, SH_INNER_SHAREABLE);
  put(CMD_SYNC_MSIAttr, MEMATTR_NORMAL_WB);
  if (msiAddress !== undefined) {
    words[2] = Number(BigInt.asUintN(32, msiAddress));
    words[3] = Number(msiAddress >> 32n);
  }
  return words;
}
