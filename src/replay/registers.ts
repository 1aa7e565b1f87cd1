import * as Cr2 from '../../assembly/arch/cr2.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Idr3 from '../../assembly/arch/idr3.js';
import * as Register from '../../assembly/arch/register.js';
import type { Snapshot } from '../capture/types.js';
import { bitsOf, hex, numberOf } from '../base/fields.js';
import type { Smmu } from '../device/smmu.js';
import { registerOffset } from './device.js';
import type { Ledger } from './ledger.js';

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Register).map(([name, offset]) => [offset, name]),
);

/** A register's name in the specification, or its offset. */
export function registerName(offset: number): string {
  return NAMES.get(offset) ?? `at ${hex(offset)}`;
}

const HAD = 1n << BigInt(bitsOf(Idr3.HAD).lsb);
const PTM = 1n << BigInt(bitsOf(Cr2.PTM).lsb);

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
  const idr0 = [BigInt(smmu.read32(Register.IDR0))];
  const lacks = (field: number): boolean => numberOf(idr0, field) === 0;
  if (offset === Register.IDR3 && lacks(Idr0.S1P) && recorded === (value | HAD))
    ledger.depart('idr3-had-without-s1p');
  else if (offset === Register.CR2 && lacks(Idr0.BTM) && recorded === (value | PTM))
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
