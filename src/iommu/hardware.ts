/** Reset and enable, in the order of IHI 0070 §6.3.9 and of Linux: tables and queues first, SMMUEN last. */
import { OP_TLBI_EL2_ALL, OP_TLBI_NSNH_ALL } from '../../assembly/arch/commands.js';
import { SH_INNER_SHAREABLE } from '../../assembly/arch/descriptors.js';
import * as Registers from '../../assembly/arch/registers.js';
import { hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { Smmu } from '../device/smmu.js';
import type { CommandQueue } from './cmdq.js';
import { cfgiAll, tlbi } from './commands.js';
import type { EventQueue } from './evtq.js';
import type { SmmuFeatures } from './features.js';
import type { StreamTable } from './stream-table.js';

const at = (field: number, value: number): number => value << ((field >>> 8) & 0xff);

/** Tables and queues are Inner Shareable and Write-Back. */
const CACHE_WB = 1;
const CR1 =
  at(Registers.CR1_TABLE_SH, SH_INNER_SHAREABLE) |
  at(Registers.CR1_TABLE_OC, CACHE_WB) |
  at(Registers.CR1_TABLE_IC, CACHE_WB) |
  at(Registers.CR1_QUEUE_SH, SH_INNER_SHAREABLE) |
  at(Registers.CR1_QUEUE_OC, CACHE_WB) |
  at(Registers.CR1_QUEUE_IC, CACHE_WB);
/** The TLB is private to the driver; a StreamID beyond the table is recorded. */
const CR2 = at(Registers.CR2_PTM, 1) | at(Registers.CR2_RECINVSID, 1);

const SMMUEN = at(Registers.CR0_SMMUEN, 1);
const EVENTQEN = at(Registers.CR0_EVENTQEN, 1);
const CMDQEN = at(Registers.CR0_CMDQEN, 1);
const INTERRUPTS = at(Registers.IRQ_CTRL_EVENTQ_IRQEN, 1) | at(Registers.IRQ_CTRL_GERROR_IRQEN, 1);

/** What the SMMU is told at enable. */
export interface Installed {
  readonly features: SmmuFeatures;
  readonly streamTable: StreamTable;
  readonly queue: CommandQueue;
  readonly events: EventQueue;
  readonly e2h: boolean;
}

/** Stops the SMMU, whoever had it before: traffic aborts from here until {@link enable}. */
export function disable(smmu: Smmu): void {
  if ((smmu.read32(Registers.R_CR0) & SMMUEN) !== 0) abortWhileOff(smmu);
  handshake(smmu, Registers.R_CR0, Registers.R_CR0ACK, 0);
  handshake(smmu, Registers.R_IRQ_CTRL, Registers.R_IRQ_CTRLACK, 0);
  // An error that nobody acknowledged would keep the Command queue from starting.
  const gerror = smmu.read32(Registers.R_GERROR);
  if (gerror !== smmu.read32(Registers.R_GERRORN)) smmu.write32(Registers.R_GERRORN, gerror);
}

/** Tables, queues, invalidation of whatever was cached, interrupts, translation. */
export function enable(smmu: Smmu, { features, streamTable, queue, events, e2h }: Installed): void {
  smmu.write32(Registers.R_CR1, CR1);
  smmu.write32(Registers.R_CR2, CR2 | (e2h ? at(Registers.CR2_E2H, 1) : 0));
  streamTable.install();
  queue.install();
  handshake(smmu, Registers.R_CR0, Registers.R_CR0ACK, CMDQEN);
  queue.add(cfgiAll());
  queue.sync();
  if (features.hyp) queue.add(tlbi(OP_TLBI_EL2_ALL));
  queue.add(tlbi(OP_TLBI_NSNH_ALL));
  queue.sync();
  events.install();
  handshake(smmu, Registers.R_CR0, Registers.R_CR0ACK, CMDQEN | EVENTQEN);
  if (features.msi) {
    // Wired interrupts: no MSI address.
    smmu.write64(Registers.R_GERROR_IRQ_CFG0, 0n);
    smmu.write64(Registers.R_EVENTQ_IRQ_CFG0, 0n);
  }
  handshake(smmu, Registers.R_IRQ_CTRL, Registers.R_IRQ_CTRLACK, INTERRUPTS);
  handshake(smmu, Registers.R_CR0, Registers.R_CR0ACK, CMDQEN | EVENTQEN | SMMUEN);
}

/** GBPA.ABORT: what arrives between the two owners of the SMMU goes nowhere. */
function abortWhileOff(smmu: Smmu): void {
  const gbpa = smmu.read32(Registers.R_GBPA);
  smmu.write32(Registers.R_GBPA, (gbpa | at(Registers.GBPA_Update, 1) | at(Registers.GBPA_ABORT, 1)) >>> 0);
}

function handshake(smmu: Smmu, register: number, acknowledge: number, value: number): void {
  smmu.write32(register, value);
  while (smmu.read32(acknowledge) !== value) {
    const next = smmu.nextEvent();
    if (next === null) {
      throw new IommuError(
        'ETIMEDOUT',
        `the register at ${hex(register)} does not acknowledge ${hex(value)}`,
      );
    }
    smmu.advance(next);
  }
}
