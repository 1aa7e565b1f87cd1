// CMD_SYNC (IHI 0070 §4.7.3): what can be wrong with it, and its signal, which comes after CONS has passed the command. What it waits
// for with time on is timing/overtaken's.
import { base } from '../memory/base';
import { address, bits } from '../memory/bits';
import { idrField } from '../state/regs';
import { pulse, sendMsi } from '../queues/interrupts';
import * as Header from '../abi/header';
import * as Irq from '../abi/irq';
import * as Cmdq from '../arch/cmdq';
import * as Command from '../arch/command';
import * as Idr0 from '../arch/idr0';

/** CS 0b11 is reserved: CERROR_ILL. */
export function checkSync(dw0: u64): i32 {
  return <i32>bits(dw0, Command.SYNC_CS) > Command.SYNC_CS_SIG_SEV ? Cmdq.CERROR_ILL : Cmdq.CERROR_NONE;
}

/**
 * CS SIG_IRQ by MSI and wire, or SIG_SEV; no bit of IRQ_CTRL matters. MSIAddress is tested for 0 as a whole, before its truncation
 * to the output address size.
 */
export function signalSync(dw0: u64, dw1: u64): void {
  store<u32>(base + Header.SYNC_COUNT, load<u32>(base + Header.SYNC_COUNT) + 1);
  const cs = bits(dw0, Command.SYNC_CS);
  if (cs == Command.SYNC_CS_SIG_IRQ) {
    const to = address(dw1, Command.SYNC_MSIAddress);
    if (to != 0 && idrField(0, Idr0.MSI)) sendMsi(to, <u32>bits(dw0, Command.SYNC_MSIData), Irq.CMD_SYNC);
    pulse(Irq.CMD_SYNC);
  } else if (cs == Command.SYNC_CS_SIG_SEV && idrField(0, Idr0.SEV)) {
    pulse(Irq.SEV);
  }
}
