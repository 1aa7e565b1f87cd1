/** What has gone through a Command queue, by name. */
import * as Register from '../../assembly/arch/register.js';
import { commandName } from '../inspect/command.js';
import type { SmmuHardware } from '../iommu/index.js';

/** The commands that were queued since CMDQ_PROD was `mark`, as they stand in memory; of a queue that a reset has taken away, none. */
export function commandsSince(smmu: SmmuHardware, mark: number): string[] {
  const base = smmu.read64(Register.CMDQ_BASE);
  if (base === 0n) return [];
  const mask = 2 ** Number(base & 31n) - 1;
  const commands: string[] = [];
  for (let at = mark; at !== smmu.read32(Register.CMDQ_PROD); at = (at + 1) & (2 * mask + 1)) {
    const pa = (base & 0xff_ffff_ffff_ffe0n) + BigInt((at & mask) * 16);
    commands.push(commandName([smmu.memory.read64(pa), smmu.memory.read64(pa + 8n)]));
  }
  return commands;
}
