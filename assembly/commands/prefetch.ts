// Prefetch commands (IHI 0070 §4.2): hints that fill the caches, record nothing and never fail.
import { address, bits } from '../memory/bits';
import { smmuEnabled, regField, idrField } from '../state/regs';
import { translateInner } from '../translate/inner';
import { inner, innerStream } from './inner';
import { streamId, streamIdInRange, substreamId, substreamIdInRange } from './parameters';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Command from '../arch/command';
import * as Event from '../arch/event';
import * as IdRegister from '../arch/id-register';
import * as Idr1 from '../arch/idr1';
import * as Register from '../arch/register';

// "An implementation internally limits the number of translation operations" (§4.2.2) is met with this number.
const ADDRESSES_MAX: u64 = 64;

// False: the command has no effect (§4.1.7, §4.2).
function prepare(kind: u32, dw0: u64): bool {
  const sid = streamId(dw0);
  const ssid = substreamId(dw0);
  const ssv = bits(dw0, Command.SSV) != 0 && idrField(1, Idr1.SSIDSIZE) != 0;
  if (!smmuEnabled() || !streamIdInRange(sid) || (ssv && !substreamIdInRange(ssid))) return false;
  innerStream(kind, sid, ssv, ssid);
  return true;
}

export function commandPrefetchConfig(dw0: u64): void {
  if (prepare(Request.KIND_PREFETCH_CONFIG, dw0)) translateInner();
}

export function commandPrefetchAddr(dw0: u64, dw1: u64): void {
  if (!prepare(Request.KIND_PREFETCH, dw0)) return;
  const strided = regField(Register.AIDR, IdRegister.AIDR_ArchMinorRev) != 0; // Stride is RES0 in v3.0
  const step = (<u64>1) << (12 + (strided ? bits(dw1, Command.PREFETCH_Stride) : 0));
  const n = min<u64>((<u64>1) << bits(dw1, Command.PREFETCH_Size), ADDRESSES_MAX);
  let at = address(dw1, Command.PREFETCH_Addr);
  for (let i: u64 = 0; i < n; i++) {
    store<u64>(inner(), at, Request.IOVA);
    // A fault of one page says nothing about the next; a configuration that aborts ends it.
    if (translateInner() != Status.OK && <i32>load<u32>(inner(), Request.EVENT) < Event.F_TRANSLATION) return;
    if (at + step < at) return;
    at += step;
  }
}
