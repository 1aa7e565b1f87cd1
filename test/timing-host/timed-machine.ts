import type { SmmuOptions } from '../../src/index.js';
import { presets, Smmu } from '../../src/index.js';
import { machineOver } from '../host/machine-over.js';
import { s1Leaf } from '../support/encode.js';
import { identification, type Machine, RAM, RAM_BYTES } from '../support/machine.js';
import { stage1 } from '../support/streams.js';

export const SID = 5;
/** Where the pages of input address 0 and up lie. */
export const DATA = RAM + 0x80_0000n;
export const PAGES = 300n;

/** gem5's defaults with a memory latency of L. */
export function gem5(L: number): SmmuOptions['timing'] {
  const { timing } = presets['gem5-default'];
  return { ...timing, memory: { ...timing.memory, latency: L } };
}

/** A machine with time on, stream SID with stage 1 over PAGES pages. */
export async function timedMachine(
  timing: SmmuOptions['timing'],
  options: Partial<SmmuOptions> = {},
): Promise<Machine> {
  const ram = [{ base: RAM, size: RAM_BYTES }];
  const smmu = await Smmu.create({ id: await identification(), ram, timing, ...options });
  const m = machineOver(smmu);
  const { tables } = stage1(m, SID);
  for (let page = 0n; page < PAGES; page++) tables.map(page << 12n, DATA + (page << 12n), s1Leaf());
  return m;
}
