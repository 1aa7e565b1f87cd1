// Output attributes are combined only for callers that look at them.
import { Q_KIND, Q_OUT_ATTRS, Q_STATUS, KIND_ATOS, STATUS_OK } from '../abi';
import { CF_STE } from '../tlb/config-fields';
import { packedOverrides, unpackOverrides } from '../config/overrides';
import { finalAttributes } from '../walk/attributes';
import { M_ATTRS, M_CFG, M_CONFIGURED, M_INPUT_ATTRS } from '../walk/request';

/** Q_OUT_ATTRS of a request that has just finished; 0 unless it succeeded. */
export function finishAttributes(q: usize): void {
  if (load<u32>(q, Q_STATUS) != STATUS_OK) {
    store<u32>(q, 0, Q_OUT_ATTRS);
    return;
  }
  const stages = load<u32>(q, M_ATTRS);
  // A hit in a stream-tagged TLB knows the STE's overrides from its entry. ATOS has none.
  const configured = load<u32>(q, M_CONFIGURED) != 0;
  const overrides = configured ? packedOverrides(<usize>load<u32>(q, M_CFG) + CF_STE) : stages;
  const input = load<u32>(q, M_INPUT_ATTRS);
  const atos = load<u32>(q, Q_KIND) == KIND_ATOS;
  store<u32>(q, finalAttributes(atos ? input : unpackOverrides(input, overrides), stages), Q_OUT_ATTRS);
}
