/** Reset and enable, in the order of IHI 0070 §6.3.9 and of Linux: tables and queues first, SMMUEN last. */
import * as Cr0 from '../../assembly/arch/cr0.js';
import * as Cr1 from '../../assembly/arch/cr1.js';
import * as Cr2 from '../../assembly/arch/cr2.js';
import * as Gbpa from '../../assembly/arch/gbpa.js';
import * as IrqCtrl from '../../assembly/arch/irq-ctrl.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Register from '../../assembly/arch/register.js';
import * as Shareability from '../../assembly/arch/shareability.js';
import { hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { SmmuHardware } from './hardware-port.js';
import type { CommandQueue } from './cmdq.js';
import { cfgiAll, tlbi } from './commands.js';
import type { EventQueue } from './evtq.js';
import type { SmmuFeatures } from './features.js';
import type { StreamTable } from './stream-table.js';

const at = (field: number, value: number): number => value << ((field >>> 8) & 0xff);

/** Tables and queues are Inner Shareable and Write-Back. */
const CACHE_WB = 1;
const CR1 =
  at(Cr1.TABLE_SH, Shareability.INNER_SHAREABLE) |
  at(Cr1.TABLE_OC, CACHE_WB) |
  at(Cr1.TABLE_IC, CACHE_WB) |
  at(Cr1.QUEUE_SH, Shareability.INNER_SHAREABLE) |
  at(Cr1.QUEUE_OC, CACHE_WB) |
  at(Cr1.QUEUE_IC, CACHE_WB);
/** The TLB is private to the driver; a StreamID beyond the table is recorded. */
const CR2 = at(Cr2.PTM, 1) | at(Cr2.RECINVSID, 1);

const SMMUEN = at(Cr0.SMMUEN, 1);
const EVENTQEN = at(Cr0.EVENTQEN, 1);
const CMDQEN = at(Cr0.CMDQEN, 1);
const INTERRUPTS = at(IrqCtrl.EVENTQ_IRQEN, 1) | at(IrqCtrl.GERROR_IRQEN, 1);

/** What the SMMU is told at enable. */
export interface Installed {
  readonly features: SmmuFeatures;
  readonly streamTable: StreamTable;
  readonly queue: CommandQueue;
  readonly events: EventQueue;
  readonly e2h: boolean;
}

/** Stops the SMMU, whoever had it before: traffic aborts from here until {@link enable}. */
export function disable(smmu: SmmuHardware): void {
  if ((smmu.read32(Register.CR0) & SMMUEN) !== 0) abortWhileOff(smmu);
  handshake(smmu, Register.CR0, Register.CR0ACK, 0);
  handshake(smmu, Register.IRQ_CTRL, Register.IRQ_CTRLACK, 0);
  // An error that nobody acknowledged would keep the Command queue from starting.
  const gerror = smmu.read32(Register.GERROR);
  if (gerror !== smmu.read32(Register.GERRORN)) smmu.write32(Register.GERRORN, gerror);
}

/** Tables, queues, invalidation of whatever was cached, interrupts, translation. */
export function enable(smmu: SmmuHardware, { features, streamTable, queue, events, e2h }: Installed): void {
  smmu.write32(Register.CR1, CR1);
  smmu.write32(Register.CR2, CR2 | (e2h ? at(Cr2.E2H, 1) : 0));
  streamTable.install();
  queue.install();
  handshake(smmu, Register.CR0, Register.CR0ACK, CMDQEN);
  queue.add(cfgiAll());
  queue.sync();
  if (features.hyp) queue.add(tlbi(Opcode.TLBI_EL2_ALL));
  queue.add(tlbi(Opcode.TLBI_NSNH_ALL));
  queue.sync();
  events.install();
  handshake(smmu, Register.CR0, Register.CR0ACK, CMDQEN | EVENTQEN);
  if (features.msi) {
    // Wired interrupts: no MSI address.
    smmu.write64(Register.GERROR_IRQ_CFG0, 0n);
    smmu.write64(Register.EVENTQ_IRQ_CFG0, 0n);
  }
  handshake(smmu, Register.IRQ_CTRL, Register.IRQ_CTRLACK, INTERRUPTS);
  handshake(smmu, Register.CR0, Register.CR0ACK, CMDQEN | EVENTQEN | SMMUEN);
}

/** GBPA.ABORT: what arrives between the two owners of the SMMU goes nowhere. */
function abortWhileOff(smmu: SmmuHardware): void {
  const gbpa = smmu.read32(Register.GBPA);
  smmu.write32(Register.GBPA, (gbpa | at(Gbpa.Update, 1) | at(Gbpa.ABORT, 1)) >>> 0);
}

function handshake(smmu: SmmuHardware, register: number, acknowledge: number, value: number): void {
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
