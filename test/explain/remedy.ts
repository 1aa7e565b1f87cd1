/** What a sentence of `explain` blames, undone: each remedy reads the sentence alone, and changes nothing else. */
import type { Transaction } from '../../src/device/transaction.js';

/** Memory and transaction, for a remedy to change. */
export interface Patient {
  /** Where the CD and the STE of the transaction stand. */
  readonly cd: bigint | undefined;
  readonly ste: bigint | undefined;
  read(address: bigint): bigint;
  write(address: bigint, word: bigint): void;
  transaction: Transaction;
}

type Remedy = (patient: Patient, found: RegExpMatchArray) => void;

const AT = /the stage [12] level -?\d descriptor at (0x[0-9a-f]+) is (0x[0-9a-f]+): /i;

const swap = (v: bigint): bigint => {
  let out = 0n;
  for (let i = 0n; i < 64n; i += 8n) out |= ((v >> i) & 0xffn) << (56n - i);
  return out;
};

/** Hardware may have set an access flag or a dirty state since the descriptor was read. */
const UPDATED = (1n << 10n) | (1n << 7n);
const alike = (a: bigint, b: bigint): boolean => ((a ^ b) & ~UPDATED) === 0n;

/** Changes the descriptor that the sentence names, in the byte order in which it has the value named. */
const descriptor =
  (change: (value: bigint, found: RegExpMatchArray) => bigint): Remedy =>
  (patient, found) => {
    const [, at, is] = AT.exec(found.input!)!;
    const address = BigInt(at);
    const now = patient.read(address);
    const big = !alike(now, BigInt(is));
    if (big && !alike(swap(now), BigInt(is)))
      throw new Error(`${found.input!} But memory holds ${now.toString(16)}.`);
    const changed = change(big ? swap(now) : now, found);
    patient.write(address, big ? swap(changed) : changed);
  };
const set = (bit: bigint): Remedy => descriptor((v) => v | (1n << bit));
const clear = (bit: bigint): Remedy => descriptor((v) => v & ~(1n << bit));

const structure =
  (which: 'cd' | 'ste', dword: bigint, change: (word: bigint) => bigint): Remedy =>
  (patient) => {
    const address = patient[which]! + 8n * dword;
    patient.write(address, change(patient.read(address)));
  };
const off = (which: 'cd' | 'ste', dword: bigint, bit: bigint): Remedy =>
  structure(which, dword, (word) => word & ~(1n << bit));

/** IHI 0070 §5.2, §5.4 and DDI 0487 D8.3 for the bits; what a phrase is about, and how to undo it. */
export const REMEDIES: readonly (readonly [RegExp, Remedy])[] = [
  [/: bit 0 is clear/, set(0n)],
  [/: bits \[1:0\] = 1 are reserved/, set(1n)],
  [/: level -?\d has no blocks/, set(1n)],
  // An address that is too wide: without the bits that are above, wherever the format puts them.
  [
    /: its address (0x[0-9a-f]+) needs more than the (\d+) bits/,
    descriptor((v, [, , bits]) => {
      const above = ((1n << 52n) - 1n) & ~((1n << BigInt(bits)) - 1n);
      return v & ~(above & 0x0003_ffff_ffff_f000n) & ~(Number(bits) < 52 ? 0xf300n : 0n);
    }),
  ],
  [/: the input's offset in its block leads beyond/, descriptor((v) => v & ~1n)],
  [/: AF = 0, and neither/, set(10n)],
  [/: AP\[1\] = 0 /, set(6n)],
  [/: AP\[2\] = 1 /, clear(7n)],
  [/: APTable\[0\] = 1/, clear(61n)],
  [/: APTable\[1\] = 1/, clear(62n)],
  [/: UXNTable = 1/, clear(60n)],
  [/: PXNTable = 1/, clear(59n)],
  [/: UXN = 1/, clear(54n)],
  [/: PXN = 1/, clear(53n)],
  [/: what may be written without privilege/, set(7n)],
  [/: S2AP\[0\] = 0 /, set(6n)],
  [/: S2AP\[1\] = 0 /, set(7n)],
  [/: XN = \d allows/, descriptor((v) => v & ~(3n << 53n))],
  [/: STE\.S2PTW = 1/, off('ste', 2n, 54n)],
  [/^CD\.WXN = 1/, off('cd', 0n, 36n)],
  [/^CD\.PAN = 1/, off('cd', 0n, 40n)],
  [/^CD\.PAN and CD\.EPAN = 1/, off('cd', 1n, 59n)],
  [/^CD\.E0PD0 = 1/, off('cd', 1n, 2n)],
  [/^CD\.E0PD1 = 1/, off('cd', 2n, 2n)],
  [/CD\.EPD0 = 1/, off('cd', 0n, 14n)],
  [/CD\.EPD1 = 1/, off('cd', 0n, 30n)],
  [
    /^Input address 0x[0-9a-f]+ lies outside the (\d+) bits that CD\.T([01])SZ/,
    (patient, [, , half]) => {
      const iova = half === '1' ? (1n << 64n) - 0x1000n : 0n;
      patient.transaction = { ...patient.transaction, iova };
    },
  ],
  [
    /^Stage 1 bypasses, and input address/,
    (patient) => (patient.transaction = { ...patient.transaction, iova: 0n }),
  ],
  [
    /SMMUEN = 0, and input address/,
    (patient) => (patient.transaction = { ...patient.transaction, iova: 0n }),
  ],
  [
    /^StreamID 0x[0-9a-f]+ is outside the Stream table/,
    (patient) => (patient.transaction = { ...patient.transaction, streamId: 0 }),
  ],
  [/SubstreamID (?:does not fit|0)|has a SubstreamID/, (patient) => without(patient)],
  [
    /has no SubstreamID, and STE\.S1DSS/,
    (patient) => (patient.transaction = { ...patient.transaction, substreamId: 1 }),
  ],
  [/^STE\.Config = \d aborts every/, structure('ste', 0n, (word) => (word & ~0xen) | 8n)],
  [
    /^A speculative write/,
    (patient) => (patient.transaction = { ...patient.transaction, speculative: false }),
  ],
];

function without(patient: Patient): void {
  const { substreamId: _, ...rest } = patient.transaction;
  patient.transaction = rest;
}
