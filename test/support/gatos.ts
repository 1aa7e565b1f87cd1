// Address translation operations through the global registers (IHI 0070 §9.1, §6.3.37 to §6.3.40).
import { expect } from '@jest/globals';
import { R, type Machine } from './machine.js';

/** GATOS_ADDR.TYPE */
export const S1 = 1;
export const S2 = 2;
export const BOTH = 3;

export interface GatosRequest {
  sid?: number;
  ssid?: number;
  address: bigint;
  type: number;
  write?: boolean;
  privileged?: boolean;
  instruction?: boolean;
  httui?: boolean;
}
/** Runs one request and gives PAR. */
export function gatosRequest(m: Machine, r: GatosRequest): bigint {
  const ssid = r.ssid === undefined ? 0n : (1n << 52n) | (BigInt(r.ssid) << 32n);
  m.smmu.write64(R.GATOS_SID, BigInt(r.sid ?? 0) | ssid);
  const bit = (on: boolean | undefined, at: bigint): bigint => (on ? 1n << at : 0n);
  m.smmu.write64(
    R.GATOS_ADDR,
    (r.address & ~0xfffn) |
      (BigInt(r.type) << 10n) |
      bit(r.privileged, 9n) |
      bit(!r.write, 8n) |
      bit(r.instruction, 7n) |
      bit(r.httui, 6n),
  );
  m.smmu.write32(R.GATOS_CTRL, 1);
  expect(m.smmu.read32(R.GATOS_CTRL)).toBe(0);
  return m.smmu.read64(R.GATOS_PAR);
}
/** Address of a successful 4 KB result. */
export function expectPage(par: bigint, pa: bigint): void {
  expect({
    fault: par & 1n,
    size: (par >> 11n) & 1n,
    pa: (par & 0x00ff_ffff_ffff_f000n).toString(16),
  }).toEqual({
    fault: 0n,
    size: 0n,
    pa: pa.toString(16),
  });
}
export function expectCode(par: bigint, code: number, reason = 0, faddr = 0n): void {
  expect({
    fault: Number(par & 1n),
    reason: Number((par >> 1n) & 3n),
    code: Number((par >> 4n) & 0xffn).toString(16),
    faddr: (par & 0x00ff_ffff_ffff_f000n).toString(16),
  }).toEqual({ fault: 1, reason, code: code.toString(16), faddr: faddr.toString(16) });
}
