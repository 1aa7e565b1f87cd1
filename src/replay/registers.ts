import { IDR0_BTM, IDR0_S1P, IDR3_HAD } from '../../assembly/arch/idr.js';
import * as Registers from '../../assembly/arch/registers.js';
import type { Snapshot } from '../capture/types.js';
import { bitsOf, hex, numberOf } from '../base/fields.js';
import type { Smmu } from '../device/smmu.js';
import { registerOffset } from './device.js';
import type { Ledger } from './ledger.js';

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Registers)
    .filter((entry): entry is [string, number] => /^R_/.test(entry[0]) && typeof entry[1] === 'number')
    .map(([name, offset]) => [offset, name.slice(2)]),
);

/** A register's name in the specification, or its offset. */
export function registerName(offset: number): string {
  return NAMES.get(offset) ?? `at ${hex(offset)}`;
}

const HAD = 1n << BigInt(bitsOf(IDR3_HAD).lsb);
const PTM = 1n << BigInt(bitsOf(Registers.CR2_PTM).lsb);

/** Compares what a register reads with what was recorded. */
export function compareRegister(
  ledger: Ledger,
  where: string,
  smmu: Smmu,
  offset: number,
  recorded: bigint,
  value: bigint,
): void {
  if (value === recorded) return;
  const idr0 = [BigInt(smmu.read32(Registers.R_IDR0))];
  const lacks = (field: number): boolean => numberOf(idr0, field) === 0;
  if (offset === Registers.R_IDR3 && lacks(IDR0_S1P) && recorded === (value | HAD))
    ledger.depart('idr3-had-without-s1p');
  else if (offset === Registers.R_CR2 && lacks(IDR0_BTM) && recorded === (value | PTM))
    ledger.depart('cr2-ptm-without-btm');
  else ledger.mismatch(where, `${registerName(offset)} read ${hex(recorded)}, the model gives ${hex(value)}`);
}

/** Compares every register of the snapshot with the device's; gives how many. */
export function compareSnapshot(ledger: Ledger, smmu: Smmu, snapshot: Snapshot): number {
  for (const [offset, value] of snapshot.registers) {
    const own = registerOffset(offset);
    compareRegister(ledger, 'registers.json', smmu, own, BigInt(value), BigInt(smmu.read32(own)));
  }
  return snapshot.registers.size;
}
