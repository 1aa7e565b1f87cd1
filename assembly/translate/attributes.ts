// Output attributes are combined only for callers that look at them.
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import { packedOverrides, unpackOverrides } from '../config/overrides';
import { finalAttributes } from '../walk/attributes';

/** Request.OUT_ATTRS of a request that has just finished; 0 unless it succeeded. */
export function finishAttributes(q: usize): void {
  if (load<u32>(q, Request.STATUS) != Status.OK) {
    store<u32>(q, 0, Request.OUT_ATTRS);
    return;
  }
  const stages = load<u32>(q, Machine.ATTRS);
  // A hit in a stream-tagged TLB knows the STE's overrides from its entry. ATOS has none.
  const configured = load<u32>(q, Machine.CONFIGURED) != 0;
  const overrides = configured ? packedOverrides(<usize>load<u32>(q, Machine.CFG) + Config.STE) : stages;
  const input = load<u32>(q, Machine.INPUT_ATTRS);
  const atos = load<u32>(q, Request.KIND) == Request.KIND_ATOS;
  store<u32>(q, finalAttributes(atos ? input : unpackOverrides(input, overrides), stages), Request.OUT_ATTRS);
}
