/** Global errors: acknowledged, told, and the Command queue set going again after a bad command (IHI 0070 §6.3.19, §7.5). */
import * as Cmdq from '../../assembly/arch/cmdq.js';
import * as Gerror from '../../assembly/arch/gerror.js';
import * as Register from '../../assembly/arch/register.js';
import { hex } from '../base/check.js';
import type { SmmuHardware } from './hardware-port.js';

/** What went wrong in the SMMU or in the driver's dealings with it. Nothing here is an answer to one call. */
export interface DriverError {
  readonly kind:
    | 'command-illegal'
    | 'command-abort'
    | 'command-atc-timeout'
    | 'command-unknown'
    | 'event-abort'
    | 'msi-abort'
    | 'service-failure'
    | 'event-overflow'
    | 'other';
  /** One sentence. */
  readonly message: string;
  /** Of a command error: the two words of the command that stopped the queue. */
  readonly command?: readonly [bigint, bigint];
}

const MSI_ERRORS = [
  [Gerror.BIT_MSI_CMDQ_ABT_ERR, 'CMD_SYNC'],
  [Gerror.BIT_MSI_EVENTQ_ABT_ERR, 'the Event queue'],
  [Gerror.BIT_MSI_PRIQ_ABT_ERR, 'the PRI queue'],
  [Gerror.BIT_MSI_GERROR_ABT_ERR, 'GERROR'],
] as const;

/** Flags that the driver knows. */
const KNOWN =
  Gerror.BIT_CMDQ_ERR |
  Gerror.BIT_EVENTQ_ABT_ERR |
  Gerror.BIT_MSI_CMDQ_ABT_ERR |
  Gerror.BIT_MSI_EVENTQ_ABT_ERR |
  Gerror.BIT_MSI_PRIQ_ABT_ERR |
  Gerror.BIT_MSI_GERROR_ABT_ERR |
  Gerror.BIT_SFM_ERR;

/** What the handler needs of the Command queue. */
export interface StoppedQueue {
  /** The command that stopped it. */
  commandAtConsumer(): [bigint, bigint];
  /** Overwrites it by a CMD_SYNC that signals nothing. */
  replaceAtConsumer(): void;
}

/** The GERROR handler, called from the interrupt and from whoever waits for the Command queue. */
export class GlobalErrors {
  constructor(
    private readonly smmu: SmmuHardware,
    private readonly report: (error: DriverError) => void,
    /** Service failure mode: the SMMU has stopped, and so does the driver. */
    private readonly disable: () => void,
  ) {}

  /**
   * Handles what is active and acknowledges it.
   * @returns whether anything was
   */
  handle(queue: StoppedQueue): boolean {
    const gerror = this.smmu.read32(Register.GERROR);
    const active = (gerror ^ this.smmu.read32(Register.GERRORN)) & KNOWN;
    if (active === 0) return false;
    if ((active & Gerror.BIT_SFM_ERR) !== 0) {
      this.report({
        kind: 'service-failure',
        message: 'the SMMU entered service failure mode; disabling it',
      });
      this.disable();
    }
    for (const [bit, who] of MSI_ERRORS) {
      if ((active & bit) !== 0) {
        this.report({ kind: 'msi-abort', message: `the MSI of ${who} was aborted by the memory system` });
      }
    }
    if ((active & Gerror.BIT_EVENTQ_ABT_ERR) !== 0) {
      this.report({
        kind: 'event-abort',
        message: 'a write to the Event queue was aborted: records may be lost',
      });
    }
    if ((active & Gerror.BIT_CMDQ_ERR) !== 0) this.#skipBadCommand(queue);
    // Acknowledging CMDQ_ERR restarts the queue from CONS, so it comes last.
    this.smmu.write32(Register.GERRORN, gerror);
    return true;
  }

  /** An illegal command is replaced by a CMD_SYNC that signals nothing, and the queue goes on behind it. */
  #skipBadCommand(queue: StoppedQueue): void {
    const reason = (this.smmu.read32(Register.CMDQ_CONS) >>> 24) & 0x7f;
    const command = queue.commandAtConsumer();
    const text = `${hex(command[0])} ${hex(command[1])}`;
    switch (reason) {
      case Cmdq.CERROR_ILL:
        queue.replaceAtConsumer();
        this.report({ kind: 'command-illegal', message: `command ${text} is illegal; skipped`, command });
        return;
      case Cmdq.CERROR_ABT:
        this.report({ kind: 'command-abort', message: 'a command fetch was aborted; trying again', command });
        return;
      case Cmdq.CERROR_ATC_INV_SYNC:
        this.report({
          kind: 'command-atc-timeout',
          message: 'an endpoint did not answer an ATC invalidation in time',
          command,
        });
        return;
      default:
        this.report({ kind: 'command-unknown', message: `command error ${reason} at ${text}`, command });
    }
  }
}
