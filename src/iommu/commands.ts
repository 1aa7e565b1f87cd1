/**
 * Commands as the driver writes them (IHI 0070 §4): four 32-bit words each, in one scratch array that the next builder
 * overwrites. `CommandQueue.add` copies it into the ring.
 */
import * as Command from '../../assembly/arch/command.js';
import * as MemAttr from '../../assembly/arch/mem-attr.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Shareability from '../../assembly/arch/shareability.js';

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
  command(Opcode.CFGI_STE);
  put(Command.StreamID, streamId);
  if (leaf) put(Command.CFGI_Leaf, 1);
  return words;
}

export function cfgiAll(): CommandWords {
  command(Opcode.CFGI_ALL);
  put(Command.CFGI_Range, Command.CFGI_RANGE_ALL);
  return words;
}

/** @param leaf true leaves the level 1 descriptors of the CD table alone */
export function cfgiCd(streamId: number, substreamId: number, leaf = true): CommandWords {
  command(Opcode.CFGI_CD);
  put(Command.StreamID, streamId);
  put(Command.SubstreamID, substreamId);
  if (leaf) put(Command.CFGI_Leaf, 1);
  return words;
}

export function cfgiCdAll(streamId: number): CommandWords {
  command(Opcode.CFGI_CD_ALL);
  put(Command.StreamID, streamId);
  return words;
}

export function prefetchConfig(streamId: number): CommandWords {
  command(Opcode.PREFETCH_CONFIG);
  put(Command.StreamID, streamId);
  return words;
}

/** A TLB invalidation without an address: everything, by VMID, or by VMID and ASID. */
export function tlbi(opcode: number, vmid = 0, asid = 0): CommandWords {
  command(opcode);
  put(Command.TLBI_VMID, vmid);
  put(Command.TLBI_ASID, asid);
  return words;
}

/** Whose entries a TLB invalidation by address names. */
export interface TlbTag {
  /** Opcode.TLBI_NH_VA, NH_VAA, EL2_VA or S2_IPA. */
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
  if (leaf) put(Command.TLBI_Leaf, 1);
  if (range !== undefined) {
    put(Command.TLBI_TG, range.tg);
    put(Command.TLBI_TTL, range.ttl);
    put(Command.TLBI_NUM, range.num);
    put(Command.TLBI_SCALE, range.scale);
  }
  return words;
}

/** What becomes of a stalled transaction: tried again, aborted, or completed as RAZ/WI. */
export type ResumeAction = 'retry' | 'abort' | 'terminate';

export function resume(streamId: number, stag: number, action: ResumeAction): CommandWords {
  command(Opcode.RESUME);
  put(Command.StreamID, streamId);
  put(Command.RESUME_STAG, stag);
  if (action === 'retry') put(Command.RESUME_Ac, 1);
  if (action === 'abort') put(Command.RESUME_Ab, 1);
  return words;
}

/** CMD_SYNC that wakes a waiting PE (IHI 0070 §4.7.3), or writes 0 to `msiAddress` when it completes. */
export function sync(msiAddress?: bigint): CommandWords {
  command(Opcode.SYNC);
  put(Command.SYNC_CS, msiAddress === undefined ? Command.SYNC_CS_SIG_SEV : Command.SYNC_CS_SIG_IRQ);
  put(Command.SYNC_MSH, Shareability.INNER_SHAREABLE);
  put(Command.SYNC_MSIAttr, MemAttr.NORMAL_WB);
  if (msiAddress !== undefined) {
    words[2] = Number(BigInt.asUintN(32, msiAddress));
    words[3] = Number(msiAddress >> 32n);
  }
  return words;
}
