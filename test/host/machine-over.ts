import type { Smmu } from '../../src/index.js';
import { Machine, RAM } from '../support/machine.js';

/** The builders of a Machine over a device that the test has made itself, with RAM as a Machine's is, and enabled. */
export function machineOver(smmu: Smmu): Machine {
  const own = { smmu, interrupts: [], resumed: [], free: RAM + 0x10_0000n, cmdProd: 0 };
  const machine = Object.create(Machine.prototype) as Machine;
  Object.assign(machine, own);
  machine.enable();
  return machine;
}
