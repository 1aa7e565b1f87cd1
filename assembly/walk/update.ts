// When hardware updates of descriptors are made at all (IHI 0070 §3.13).
import * as Request from '../abi/request';
import * as Machine from '../request/machine';

const ATOS_HTTUI: u32 = 4;

/**
 * False: the update is left out, and noted. ATOS with HTTUI makes none (§6.3.37); a speculative read makes them only once it
 * is known to succeed (§3.14), so it goes through the stages twice.
 */
export function updatesDescriptors(q: usize): bool {
  if (
    load<u32>(q, Machine.DRY) ||
    (load<u32>(q, Request.KIND) == Request.KIND_ATOS && (load<u32>(q, Request.ATOS) & ATOS_HTTUI) != 0)
  ) {
    store<u32>(q, 1, Machine.SKIPPED);
    return false;
  }
  return true;
}
