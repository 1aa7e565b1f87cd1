// Output attributes are combined only for callers that look at them.
import { Q_OUT_ATTRS, Q_STATUS, STATUS_OK } from '../abi';
import { finalAttributes } from '../walk/attributes';
import { M_ATTRS, M_INPUT_ATTRS } from '../walk/request';

/** Q_OUT_ATTRS of a finished request; 0 unless it succeeded. */
export function finishAttributes(q: usize): void {
  const ok = load<u32>(q, Q_STATUS) == STATUS_OK;
  store<u32>(q, ok ? finalAttributes(load<u32>(q, M_INPUT_ATTRS), load<u32>(q, M_ATTRS)) : 0, Q_OUT_ATTRS);
}
