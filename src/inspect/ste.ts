import * as L1std from '../../assembly/arch/l1std.js';
import * as Ste from '../../assembly/arch/ste.js';
import {
  ADDRESS_SIZE,
  ALLOCATION,
  CD_CACHEABILITY,
  GRANULE,
  INPUT_SIZE,
  MEM_ATTR,
  SHAREABILITY,
  WALK_CACHEABILITY,
  YES_NO,
} from './encodings.js';
import { asAddress, type Field } from '../base/fields.js';

const CONFIG = {
  0: 'abort, no event',
  1: 'abort, no event (as 0)',
  2: 'abort, no event (as 0)',
  3: 'abort, no event (as 0)',
  4: 'bypass both stages',
  5: 'stage 1 translates, stage 2 bypasses',
  6: 'stage 1 bypasses, stage 2 translates',
  7: 'stage 1 and stage 2 translate',
};

/** Fields of a Non-secure STE, in the order of IHI 0070 §5.2. */
export const STE_FIELDS: readonly Field[] = [
  ['V', Ste.V, { 0: 'invalid: use gives C_BAD_STE', 1: 'valid' }],
  ['Config', Ste.Config, CONFIG],
  [
    'S1Fmt',
    Ste.S1Fmt,
    { 0: 'linear CD table', 1: '2-level, 4 KB leaves', 2: '2-level, 64 KB leaves', 3: 'reserved, as linear' },
  ],
  ['S1ContextPtr', Ste.S1ContextPtr, asAddress(Ste.S1ContextPtr)],
  [
    'S1CDMax',
    Ste.S1CDMax,
    (value) => (value === 0n ? 'one CD, substreams disabled' : `${2 ** Number(value)} CDs`),
  ],
  [
    'S1DSS',
    Ste.S1DSS,
    {
      0: 'without SubstreamID: abort',
      1: 'without SubstreamID: stage 1 bypass',
      2: 'without SubstreamID: CD 0',
      3: 'reserved, as 0',
    },
  ],
  ['S1CIR', Ste.S1CIR, CD_CACHEABILITY],
  ['S1COR', Ste.S1COR, CD_CACHEABILITY],
  ['S1CSH', Ste.S1CSH, SHAREABILITY],
  ['S2HWU59', Ste.S2HWU59],
  ['S2HWU60', Ste.S2HWU60],
  ['S2HWU61', Ste.S2HWU61],
  ['S2HWU62', Ste.S2HWU62],
  ['DRE', Ste.DRE, YES_NO],
  ['CONT', Ste.CONT, (value) => (value === 0n ? '' : `${2 ** Number(value)} neighbouring STEs are alike`)],
  ['DCP', Ste.DCP, YES_NO],
  ['PPAR', Ste.PPAR, { 0: 'PRI auto-responses without PASID', 1: 'PRI auto-responses with PASID' }],
  ['MEV', Ste.MEV, { 0: 'events are not merged', 1: 'events may be merged' }],
  ['SW_RESERVED', Ste.SW_RESERVED],
  ['S1PIE', Ste.S1PIE, YES_NO],
  ['S2FWB', Ste.S2FWB, { 0: 'stage 2 types combine with stage 1', 1: 'stage 2 forces types' }],
  ['S1MPAM', Ste.S1MPAM, YES_NO],
  ['S1STALLD', Ste.S1STALLD, { 0: 'stage 1 may stall', 1: 'stage 1 stall disabled' }],
  ['EATS', Ste.EATS, { 0: 'no ATS', 1: 'full ATS', 2: 'split-stage ATS', 3: 'full ATS with DPT checks' }],
  ['STRW', Ste.STRW, { 0: 'NS-EL1', 1: 'reserved', 2: 'NS-EL2 (or NS-EL2-E2H by CR2.E2H)', 3: 'reserved' }],
  ['MemAttr', Ste.MemAttr, MEM_ATTR],
  ['MTCFG', Ste.MTCFG, { 0: 'incoming memory type', 1: 'memory type from MemAttr' }],
  ['ALLOCCFG', Ste.ALLOCCFG, ALLOCATION],
  ['SHCFG', Ste.SHCFG, { 0: 'Non-shareable', 1: 'as incoming', 2: 'Outer Shareable', 3: 'Inner Shareable' }],
  ['NSCFG', Ste.NSCFG, () => 'ignored in a Non-secure STE'],
  ['PRIVCFG', Ste.PRIVCFG, { 0: 'as incoming', 1: 'as incoming', 2: 'unprivileged', 3: 'privileged' }],
  ['INSTCFG', Ste.INSTCFG, { 0: 'as incoming', 1: 'as incoming', 2: 'data', 3: 'instruction (reads)' }],
  ['IMPDEF', Ste.IMPDEF1],
  ['S2VMID', Ste.S2VMID],
  ['IMPDEF', Ste.IMPDEF2],
  ['S2T0SZ', Ste.S2T0SZ, INPUT_SIZE],
  ['S2SL0', Ste.S2SL0, (value) => `start level code ${value}, read with S2TG`],
  ['S2IR0', Ste.S2IR0, WALK_CACHEABILITY],
  ['S2OR0', Ste.S2OR0, WALK_CACHEABILITY],
  ['S2SH0', Ste.S2SH0, SHAREABILITY],
  ['S2TG', Ste.S2TG, GRANULE],
  ['S2PS', Ste.S2PS, ADDRESS_SIZE],
  ['S2AA64', Ste.S2AA64, { 0: 'VMSAv8-32 LPAE', 1: 'VMSAv8-64' }],
  ['S2ENDI', Ste.S2ENDI, { 0: 'little-endian tables', 1: 'big-endian tables' }],
  ['S2AFFD', Ste.S2AFFD, { 0: 'access flag 0 faults', 1: 'access flag 0 does not fault' }],
  ['S2PTW', Ste.S2PTW, { 0: 'walks may touch Device memory', 1: 'walks of stage 2 Device memory fault' }],
  ['S2HD', Ste.S2HD, { 0: 'no dirty state update', 1: 'dirty state updated by hardware' }],
  ['S2HA', Ste.S2HA, { 0: 'no access flag update', 1: 'access flag updated by hardware' }],
  ['S2S', Ste.S2S, { 0: 'stage 2 faults terminate', 1: 'stage 2 faults stall' }],
  ['S2R', Ste.S2R, { 0: 'stage 2 faults are not recorded', 1: 'stage 2 faults are recorded' }],
  ['S2HAFT', Ste.S2HAFT, YES_NO],
  ['S2PIE', Ste.S2PIE, YES_NO],
  ['S2POE', Ste.S2POE, YES_NO],
  ['DPT_VMATCH', Ste.DPT_VMATCH],
  ['S2SL0_2', Ste.S2SL0_2],
  ['S2DS', Ste.S2DS, { 0: '48-bit descriptors', 1: '52-bit descriptors with 4 KB and 16 KB' }],
  ['S2TTB', Ste.S2TTB, asAddress(Ste.S2TTB)],
  ['S2SKL', Ste.S2SKL],
  ['IMPDEF', Ste.IMPDEF4],
  ['PARTID', Ste.PARTID],
  ['PMG', Ste.PMG],
  ['MPAM_NS', Ste.MPAM_NS],
  ['AssuredOnly', Ste.AssuredOnly],
  ['TL0', Ste.TL0],
  ['TL1', Ste.TL1],
  ['VMSPtr', Ste.VMSPtr, asAddress(Ste.VMSPtr)],
  ['S2POI', Ste.S2POI],
];

export const L1STD_FIELDS: readonly Field[] = [
  [
    'Span',
    L1std.Span,
    (value) =>
      value === 0n
        ? 'invalid: use gives C_BAD_STREAMID'
        : value <= BigInt(L1std.SPAN_MAX)
          ? `${2 ** (Number(value) - 1)} STEs`
          : 'reserved, as 0',
  ],
  ['L2Ptr', L1std.L2Ptr, asAddress(L1std.L2Ptr)],
];
