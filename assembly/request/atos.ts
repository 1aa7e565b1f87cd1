// What an address translation operation asks for (IHI 0070 §9.1, GATOS_ADDR): Request.ATOS, TYPE [1:0], HTTUI [2].
import * as Request from '../abi/request';

const TYPE: u32 = 3;
const HTTUI: u32 = 4;

/** Request.ATOS of a TYPE and HTTUI. */
@inline
export function word(type: u32, httui: u32): u32 {
  return type | (httui ? HTTUI : 0);
}

@inline
function isAtos(q: usize): bool {
  return load<u32>(q, Request.KIND) == Request.KIND_ATOS;
}

/** The stages that q asks for, Gatos.TYPE_*: bit 0 stage 1, bit 1 stage 2; 0: q is no ATOS request. */
@inline
export function stages(q: usize): u32 {
  return isAtos(q) ? load<u32>(q, Request.ATOS) & TYPE : 0;
}

/** q asks for exactly these stages. */
@inline
export function asksFor(q: usize, type: u32): bool {
  return isAtos(q) && (load<u32>(q, Request.ATOS) & TYPE) == type;
}

/** q makes no hardware updates of descriptors. */
@inline
export function noUpdates(q: usize): bool {
  return isAtos(q) && (load<u32>(q, Request.ATOS) & HTTUI) != 0;
}
