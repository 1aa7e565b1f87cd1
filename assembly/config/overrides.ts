// What STE (or GBPA) puts in place of a transaction's own properties (IHI 0070 §3.3.3, §5.2, §6.3.14, §13.1.2).
import { bits32, field, in32 } from '../memory/bits';
import * as Request from '../abi/request';
import * as Access from '../request/access';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import * as Gbpa from '../arch/gbpa';
import * as Idr1 from '../arch/idr1';
import * as Ste from '../arch/ste';
import { id1 } from './identity';
import { DEFAULT_ATTRIBUTES, memAttrToMair, typeIsCacheable } from '../walk/attributes';

/** An access kind after PRIVCFG and INSTCFG; writes stay data. */
export function overriddenAccess(ste: usize, access: u32): u32 {
  const priv = field(ste, Ste.PRIVCFG);
  const inst = field(ste, Ste.INSTCFG);
  if (priv == Ste.PRIVCFG_UNPRIVILEGED) access &= ~Access.PRIVILEGED;
  else if (priv == Ste.PRIVCFG_PRIVILEGED) access |= Access.PRIVILEGED;
  if (!(access & Access.WRITE)) {
    if (inst == Ste.INSTCFG_DATA) access &= ~Access.INSTRUCTION;
    else if (inst == Ste.INSTCFG_INSTRUCTION) access |= Access.INSTRUCTION;
  }
  return access;
}

/** Applies the STE's overrides to the access kind (ATOS: none). */
export function applyOverrides(q: usize, c: usize): void {
  const raw = load<u32>(q, Machine.RAW_ACCESS);
  const shaped =
    (load<u32>(c, Config.FLAGS) & Config.FLAG_OVERRIDES) != 0 &&
    load<u32>(q, Request.KIND) != Request.KIND_ATOS;
  store<u32>(q, shaped ? overriddenAccess(c + Config.STE, raw) : raw, Machine.ACCESS);
}

/** The same of GBPA, while SMMUEN is 0. */
export function gbpaAttributes(attrs: u32, gbpa: u32): u32 {
  if (!id1(Idr1.ATTR_TYPES_OVR)) return attrs;
  const type = bits32(gbpa, Gbpa.MTCFG) ? <i32>bits32(gbpa, Gbpa.MemAttr) : -1;
  return overriddenAttributes(attrs, type, bits32(gbpa, Gbpa.SHCFG), bits32(gbpa, Gbpa.ALLOCCFG));
}

// memAttr -1: the type stays (§13.1.4).
function overriddenAttributes(attrs: u32, memAttr: i32, shcfg: u32, alloccfg: u32): u32 {
  let type = bits32(attrs, Request.ATTRS_TYPE);
  let sh = bits32(attrs, Request.ATTRS_SH);
  // With no cacheable level there are no incoming hints: the defaults of §13.1.3 stand in.
  let hints = bits32(typeIsCacheable(type) ? attrs : DEFAULT_ATTRIBUTES, Request.ATTRS_HINTS);
  if (memAttr >= 0) type = memAttrToMair(<u32>memAttr);
  if (shcfg != Ste.SHCFG_INCOMING) sh = shcfg;
  if (alloccfg & Ste.ALLOCCFG_REPLACES) hints = alloccfg & Ste.ALLOCCFG_HINTS;
  return type | in32(Request.ATTRS_SH, sh) | in32(Request.ATTRS_HINTS, hints);
}

/** The attribute overrides of an STE as stream-tagged entries keep them (AttributeWord.OVERRIDES); 0 without the feature. */
export function packedOverrides(ste: usize): u32 {
  if (!id1(Idr1.ATTR_TYPES_OVR)) return 0;
  return (
    AttributeWord.OVERRIDES |
    in32(AttributeWord.MTCFG, <u32>field(ste, Ste.MTCFG)) |
    in32(AttributeWord.MemAttr, <u32>field(ste, Ste.MemAttr)) |
    in32(AttributeWord.SHCFG, <u32>field(ste, Ste.SHCFG)) |
    in32(AttributeWord.ALLOCCFG, <u32>field(ste, Ste.ALLOCCFG))
  );
}

/** Incoming attributes under overrides that `packedOverrides` made. */
export function unpackOverrides(attrs: u32, stages: u32): u32 {
  if (!(stages & AttributeWord.OVERRIDES)) return attrs;
  const type = bits32(stages, AttributeWord.MTCFG) ? <i32>bits32(stages, AttributeWord.MemAttr) : -1;
  return overriddenAttributes(
    attrs,
    type,
    bits32(stages, AttributeWord.SHCFG),
    bits32(stages, AttributeWord.ALLOCCFG),
  );
}
