/**
 * The commands that remove cached translations and configurations, and what each of them names: the scope tables of IHI 0070
 * §4.3 and §4.4, written again for the tests alone.
 */
import { cmd, TG_COMMAND, type Command, type Granule } from '../support/encode.js';

export type World = 'el1' | 'el2' | 'e2h';

/** Something that a TLB or a walk cache may hold. */
export interface Entry {
  world: World;
  /** By IPA: a stage 2 translation alone. Else by VA: stage 1, or both stages combined. */
  byIpa: boolean;
  vmid: number;
  asid: number;
  global: boolean;
  start: bigint;
  bytes: bigint;
  granule: Granule;
  level: number;
  /** A Table descriptor: false. */
  leaf: boolean;
}

interface Range {
  tg: 0 | Granule;
  num: number;
  scale: number;
  ttl: number;
  leaf: 0 | 1;
}
export const POINT: Range = { tg: 0, num: 0, scale: 0, ttl: 0, leaf: 0 };

export type Invalidation =
  | { op: 'nhAll' | 's12Vmall'; vmid: number }
  | { op: 'nhAsid'; vmid: number; asid: number }
  | { op: 'nhVa'; vmid: number; asid: number; address: bigint; range: Range }
  | { op: 'nhVaa' | 's2Ipa'; vmid: number; address: bigint; range: Range }
  | { op: 'el2All' | 'nsnhAll' | 'cfgiAll' }
  | { op: 'el2Asid'; asid: number }
  | { op: 'el2Va'; asid: number; address: bigint; range: Range }
  | { op: 'el2Vaa'; address: bigint; range: Range }
  | { op: 'cfgiSte'; sid: number; leaf: 0 | 1 }
  | { op: 'cfgiSteRange'; sid: number; log2: number }
  | { op: 'cfgiCd'; sid: number; ssid: number; leaf: 0 | 1 }
  | { op: 'cfgiCdAll'; sid: number };

export function encodeInvalidation(i: Invalidation): Command {
  switch (i.op) {
    case 'nhAll':
    case 's12Vmall':
      return cmd[i.op](i.vmid);
    case 'nhAsid':
      return cmd.nhAsid(i.vmid, i.asid);
    case 'nhVa':
      return cmd.nhVa(i.vmid, i.asid, i.address, fields(i.range));
    case 'nhVaa':
    case 's2Ipa':
      return cmd[i.op](i.vmid, i.address, fields(i.range));
    case 'el2All':
    case 'nsnhAll':
    case 'cfgiAll':
      return cmd[i.op]();
    case 'el2Asid':
      return cmd.el2Asid(i.asid);
    case 'el2Va':
      return cmd.el2Va(i.asid, i.address, fields(i.range));
    case 'el2Vaa':
      return cmd.el2Vaa(i.address, fields(i.range));
    case 'cfgiSte':
      return cmd.cfgiSte(i.sid, i.leaf);
    case 'cfgiSteRange':
      return cmd.cfgiSteRange(i.sid, i.log2 - 1);
    case 'cfgiCd':
      return cmd.cfgiCd(i.sid, i.ssid, i.leaf);
    case 'cfgiCdAll':
      return cmd.cfgiCdAll(i.sid);
  }
}

const fields = (r: Range) => ({ ...r, tg: r.tg === 0 ? 0 : TG_COMMAND[r.tg] });

/** What the registers add to a command's meaning. */
export interface Mode {
  e2h: boolean;
  /** CR0.VMW */
  vmw: number;
}

/** Whether a TLB entry is among those that the command names. */
export function namesEntry(i: Invalidation, e: Entry, mode: Mode): boolean {
  const vmid = (v: number): boolean => (v ^ e.vmid) >> mode.vmw === 0;
  const s1 = e.world === 'el1' && !e.byIpa;
  const s2 = e.world === 'el1' && e.byIpa;
  switch (i.op) {
    case 'nhAll':
      return s1 && vmid(i.vmid);
    case 's12Vmall':
      return (s1 || s2) && vmid(i.vmid);
    case 'nsnhAll':
      return s1 || s2;
    case 'nhAsid':
      return s1 && vmid(i.vmid) && !e.global && e.asid === i.asid;
    case 'nhVa':
      return s1 && vmid(i.vmid) && (e.global || e.asid === i.asid) && inRange(i, e);
    case 'nhVaa':
      return s1 && vmid(i.vmid) && inRange(i, e);
    case 's2Ipa':
      return s2 && vmid(i.vmid) && inRange(i, e);
    case 'el2All':
      return e.world !== 'el1';
    case 'el2Asid':
      return e.world === 'e2h' && !e.global && e.asid === i.asid;
    case 'el2Va':
      if (e.world !== (mode.e2h ? 'e2h' : 'el2')) return false;
      return (!mode.e2h || e.global || e.asid === i.asid) && inRange(i, e);
    case 'el2Vaa':
      return e.world === (mode.e2h ? 'e2h' : 'el2') && inRange(i, e);
    default:
      return false;
  }
}

function inRange({ address, range: r }: { address: bigint; range: Range }, e: Entry): boolean {
  if (r.leaf === 1 && !e.leaf) return false;
  let end = address + 1n;
  if (r.tg !== 0) {
    if (r.tg !== e.granule) return false;
    end = address + (BigInt(r.num + 1) << BigInt(r.scale + r.tg));
    const ttl = r.tg === 14 && r.ttl === 1 ? 0 : r.ttl; // reserved without IDR5.DS
    if (ttl !== 0 && (e.leaf ? e.level !== ttl : e.level >= ttl)) return false;
  }
  return e.start < end && e.start + e.bytes > address;
}

/** Whether the configuration of a stream's substream is among what the command names. `cd`: index of its CD, undefined: none. */
export function namesConfiguration(i: Invalidation, sid: number, cd: number | undefined): boolean {
  switch (i.op) {
    case 'cfgiAll':
      return true;
    case 'cfgiSte':
      return i.sid === sid;
    case 'cfgiSteRange':
      return i.sid >> i.log2 === sid >> i.log2;
    case 'cfgiCd':
      return i.sid === sid && i.ssid === cd;
    case 'cfgiCdAll':
      return i.sid === sid && cd !== undefined;
    default:
      return false;
  }
}

/** A range that is legal and not UNPREDICTABLE, and the address moved to where it may begin. */
export function legalRange(address: bigint, r: Range): { address: bigint; range: Range } {
  if (r.tg === 0) return { address, range: { ...POINT, leaf: r.leaf } };
  let ttl = r.ttl;
  if (r.tg === 14 && ttl === 1) ttl = 0;
  const num = r.num === 0 && r.scale === 0 && ttl === 0 ? 1 : r.num;
  const align = BigInt(ttl === 0 ? r.tg : r.tg + (3 - ttl) * (r.tg - 3));
  return { address: (address >> align) << align, range: { ...r, ttl, num } };
}
