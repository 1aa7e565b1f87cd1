import type { Rng } from './random-rng.js';

/** name: [dword, lsb, width]; positions from IHI 0070 §5.2 and §5.4. */
export type FieldMap = Readonly<Record<string, readonly [number, number, number]>>;

export const STE_FIELDS = {
  V: [0, 0, 1],
  Config: [0, 1, 3],
  S1Fmt: [0, 4, 2],
  S1ContextPtr: [0, 6, 50],
  S1CDMax: [0, 59, 5],
  S1DSS: [1, 0, 2],
  S1CIR: [1, 2, 2],
  S1COR: [1, 4, 2],
  S1CSH: [1, 6, 2],
  CONT: [1, 13, 4],
  MEV: [1, 19, 1],
  S2FWB: [1, 25, 1],
  S1STALLD: [1, 27, 1],
  EATS: [1, 28, 2],
  STRW: [1, 30, 2],
  MemAttr: [1, 32, 4],
  MTCFG: [1, 36, 1],
  ALLOCCFG: [1, 37, 4],
  SHCFG: [1, 44, 2],
  PRIVCFG: [1, 48, 2],
  INSTCFG: [1, 50, 2],
  S2VMID: [2, 0, 16],
  S2T0SZ: [2, 32, 6],
  S2SL0: [2, 38, 2],
  S2IR0: [2, 40, 2],
  S2OR0: [2, 42, 2],
  S2SH0: [2, 44, 2],
  S2TG: [2, 46, 2],
  S2PS: [2, 48, 3],
  S2AA64: [2, 51, 1],
  S2ENDI: [2, 52, 1],
  S2AFFD: [2, 53, 1],
  S2PTW: [2, 54, 1],
  S2HD: [2, 55, 1],
  S2HA: [2, 56, 1],
  S2S: [2, 57, 1],
  S2R: [2, 58, 1],
  S2HAFT: [2, 59, 1],
  S2SL0_2: [3, 2, 1],
  S2DS: [3, 3, 1],
  S2TTB: [3, 4, 48],
} as const satisfies FieldMap;

export const CD_FIELDS = {
  T0SZ: [0, 0, 6],
  TG0: [0, 6, 2],
  IR0: [0, 8, 2],
  OR0: [0, 10, 2],
  SH0: [0, 12, 2],
  EPD0: [0, 14, 1],
  ENDI: [0, 15, 1],
  T1SZ: [0, 16, 6],
  TG1: [0, 22, 2],
  IR1: [0, 24, 2],
  OR1: [0, 26, 2],
  SH1: [0, 28, 2],
  EPD1: [0, 30, 1],
  V: [0, 31, 1],
  IPS: [0, 32, 3],
  AFFD: [0, 35, 1],
  WXN: [0, 36, 1],
  UWXN: [0, 37, 1],
  TBI0: [0, 38, 1],
  TBI1: [0, 39, 1],
  PAN: [0, 40, 1],
  AA64: [0, 41, 1],
  HD: [0, 42, 1],
  HA: [0, 43, 1],
  S: [0, 44, 1],
  R: [0, 45, 1],
  A: [0, 46, 1],
  ASET: [0, 47, 1],
  ASID: [0, 48, 16],
  HAD0: [1, 1, 1],
  E0PD0: [1, 2, 1],
  HAFT: [1, 3, 1],
  TTB0: [1, 4, 48],
  EPAN: [1, 59, 1],
  HAD1: [2, 1, 1],
  E0PD1: [2, 2, 1],
  TTB1: [2, 4, 48],
  DS: [2, 58, 1],
  MAIR: [3, 0, 64],
} as const satisfies FieldMap;

/** An STE or CD under construction. */
export class Structure<M extends FieldMap> {
  readonly words: bigint[] = new Array<bigint>(8).fill(0n);

  constructor(private readonly fields: M) {}

  set(name: keyof M & string, value: bigint | number | boolean): this {
    const [dword, lsb, width] = this.fields[name];
    const mask = (1n << BigInt(width)) - 1n;
    const shifted = (BigInt(value) & mask) << BigInt(lsb);
    this.words[dword] = (this.words[dword] & ~(mask << BigInt(lsb))) | shifted;
    return this;
  }

  /** Sets fields by name. */
  setAll(values: Partial<Record<keyof M & string, bigint | number | boolean>>): this {
    for (const [name, value] of Object.entries(values)) this.set(name, value as bigint | number | boolean);
    return this;
  }

  /** One field becomes random: most often a legal or illegal neighbour of a legal structure. `spare` fields keep their value. */
  mutate(rng: Rng, spare: readonly (keyof M & string)[]): void {
    const names = Object.keys(this.fields).filter((name) => !spare.includes(name));
    const name = rng.pick(names);
    const [dword, lsb, width] = this.fields[name];
    if (width <= 6 || rng.chance(0.3)) {
      this.set(name, rng.wide(width));
      return;
    }
    this.words[dword] ^= 1n << BigInt(lsb + rng.below(width));
  }
}
