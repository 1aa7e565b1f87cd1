// Event records as IHI 0070 §7.3 lays them out, written by hand for comparison with what the model put in the queue.

export const F_UUT = 0x01;
export const C_BAD_STREAMID = 0x02;
export const F_STE_FETCH = 0x03;
export const C_BAD_STE = 0x04;
export const F_STREAM_DISABLED = 0x06;
export const C_BAD_SUBSTREAMID = 0x08;
export const F_CD_FETCH = 0x09;
export const C_BAD_CD = 0x0a;
export const F_WALK_EABT = 0x0b;
export const F_TRANSLATION = 0x10;
export const F_ADDR_SIZE = 0x11;
export const F_ACCESS = 0x12;
export const F_PERMISSION = 0x13;

export const CLASS_CD = 0;
export const CLASS_TT = 1;
export const CLASS_IN = 2;

export type Record4 = [bigint, bigint, bigint, bigint];
export interface Fault {
  sid?: number;
  ssid?: number; // present: SSV = 1
  input?: bigint;
  write?: boolean;
  instruction?: boolean;
  privileged?: boolean;
  s2?: boolean;
  cls?: number;
  ipa?: bigint;
  fetch?: bigint;
  ttRead?: boolean;
  stall?: boolean;
  stag?: number;
}

const substream = (type: number, f: Fault): bigint => {
  if (f.ssid === undefined || type === F_STREAM_DISABLED) return 0n;
  return type === C_BAD_SUBSTREAMID ? BigInt(f.ssid) << 12n : (1n << 11n) | (BigInt(f.ssid) << 12n);
};

export function record(type: number, f: Fault = {}): Record4 {
  const word0 = BigInt(type) | substream(type, f) | (BigInt(f.sid ?? 0) << 32n);
  if (type === F_STE_FETCH || type === F_CD_FETCH) return [word0, 0n, 0n, f.fetch! & 0x00ff_ffff_ffff_fff8n];
  if (type < F_WALK_EABT) return [word0, 0n, 0n, 0n];
  const bit = (on: boolean | undefined, at: bigint): bigint => (on ? 1n << at : 0n);
  const word1 =
    BigInt(f.stag ?? 0) |
    bit(f.stall, 31n) |
    bit(f.privileged, 33n) |
    bit(f.instruction && !f.write, 34n) |
    bit(!f.write, 35n) |
    bit(f.s2, 39n) |
    (BigInt(f.cls ?? (type === F_WALK_EABT && !f.s2 ? CLASS_TT : CLASS_IN)) << 40n) |
    bit(f.ttRead, 44n);
  const word3 =
    type === F_WALK_EABT ? f.fetch! & 0x00ff_ffff_ffff_fff8n : (f.ipa ?? 0n) & 0x00ff_ffff_ffff_f000n;
  return [word0, word1, f.input ?? 0n, word3];
}

/** Eight-column hexadecimal, so that a failing comparison reads like a dump. */
export const hex = (words: readonly bigint[]): string[] => words.map((w) => w.toString(16).padStart(16, '0'));
