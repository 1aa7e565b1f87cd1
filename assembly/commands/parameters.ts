// Parameters that several commands share, and their ranges (IHI 0070 §4.1.6, §4.1.7). Out of range is no error: the
// command has no effect.
import { bits } from '../memory/bits';
import { idrField } from '../state/regs';
import * as Command from '../arch/command';
import * as Idr0 from '../arch/idr0';
import * as Idr1 from '../arch/idr1';

export const ANY_ASID: i32 = -1;
export const OUT_OF_RANGE: i32 = -2;

/** SSec is 1: illegal on the Non-secure queue, whether or not there is a Secure state. */
@inline
export function secureStream(dw0: u64): bool {
  return bits(dw0, Command.SSec) != 0;
}

@inline
export function streamId(dw0: u64): u32 {
  return <u32>bits(dw0, Command.StreamID);
}

export function streamIdInRange(sid: u32): bool {
  return (<u64>sid) >> (<u64>idrField(1, Idr1.SIDSIZE)) == 0;
}

@inline
export function substreamId(dw0: u64): u32 {
  return <u32>bits(dw0, Command.SubstreamID);
}

export function substreamIdInRange(ssid: u32): bool {
  return ssid >> idrField(1, Idr1.SSIDSIZE) == 0;
}

/** The VMID to match: 0 when there is no stage 2 (entries carry none), OUT_OF_RANGE beyond an 8-bit VMID. */
export function vmid(dw0: u64): i32 {
  if (idrField(0, Idr0.S2P) == 0) return 0;
  const v = <i32>bits(dw0, Command.TLBI_VMID);
  return v > 0xff && idrField(0, Idr0.VMID16) == 0 ? OUT_OF_RANGE : v;
}

/** The ASID to match, OUT_OF_RANGE beyond an 8-bit ASID. */
export function asid(dw0: u64): i32 {
  const v = <i32>bits(dw0, Command.TLBI_ASID);
  return v > 0xff && idrField(0, Idr0.ASID16) == 0 ? OUT_OF_RANGE : v;
}
