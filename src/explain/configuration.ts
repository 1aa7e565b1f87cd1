import * as Cd from '../../assembly/arch/cd.js';
import { addressSizeBits, granuleLog2, granuleLog2Tg1 } from '../../assembly/arch/geometry.js';
import * as Idr5 from '../../assembly/arch/idr5.js';
import * as Ste from '../../assembly/arch/ste.js';
import type { DescriptorPlace } from '../inspect/descriptor.js';
import { addressOf, numberOf } from '../base/fields.js';
import { features, type IdRegisters } from '../inspect/lint-ste.js';

/** What a translation's STE and CD say, for decoding the descriptors that follow. */
export interface Configuration {
  readonly ste: readonly bigint[] | undefined;
  readonly cd: readonly bigint[] | undefined;
}

/** Stage 1 as the half that `iova` selects sees it (IHI 0070 §3.4.1: bit 55 selects, where there are two: not in EL2 without E2H). */
export function stage1Half(configuration: Configuration, iova: bigint, registers: IdRegisters) {
  const cd = configuration.cd ?? [];
  const ste = configuration.ste ?? [];
  const { hyp, e2h } = features(registers);
  const strw = hyp && numberOf(ste, Ste.Config) === 5 ? numberOf(ste, Ste.STRW) : 0;
  const el2 = strw === Ste.STRW_EL2 && !e2h;
  const n = !el2 && ((iova >> 55n) & 1n) === 1n ? 1 : 0;
  const low = n === 0;
  return {
    n,
    ttb: addressOf(cd, low ? Cd.TTB0 : Cd.TTB1),
    bits: 64 - numberOf(cd, low ? Cd.T0SZ : Cd.T1SZ),
    granule: low ? granuleLog2(numberOf(cd, Cd.TG0)) : granuleLog2Tg1(numberOf(cd, Cd.TG1)),
    disabled: numberOf(cd, low ? Cd.EPD0 : Cd.EPD1) === 1,
    unprivilegedFaults: numberOf(cd, low ? Cd.E0PD0 : Cd.E0PD1) === 1,
    tagged: numberOf(cd, low ? Cd.TBI0 : Cd.TBI1) === 1,
  };
}

/** How to read a descriptor of `stage` at `level`. */
export function placeOf(
  configuration: Configuration,
  registers: IdRegisters,
  iova: bigint,
  stage: 1 | 2,
  level: number,
): DescriptorPlace {
  const idr5 = [BigInt((registers['idr5'] ?? 0) >>> 0)];
  const oas52 = addressSizeBits(numberOf(idr5, Idr5.OAS)) >= 52;
  const lpa2 = numberOf(idr5, Idr5.DS) === 1;
  if (stage === 1) {
    const granule = configuration.cd === undefined ? 12 : stage1Half(configuration, iova, registers).granule;
    return { stage, level, granule, oas52, ds: lpa2 && numberOf(configuration.cd ?? [], Cd.DS) === 1 };
  }
  const ste = configuration.ste;
  const granule = ste === undefined ? 12 : granuleLog2(numberOf(ste, Ste.S2TG));
  return { stage, level, granule, oas52, ds: lpa2 && numberOf(ste ?? [], Ste.S2DS) === 1 };
}

/** Output size in bits of a stage: CD.IPS or STE.S2PS, capped to OAS. */
export function outputBits(configuration: Configuration, registers: IdRegisters, stage: number): number {
  const oas = addressSizeBits(numberOf([BigInt((registers['idr5'] ?? 0) >>> 0)], Idr5.OAS));
  const code =
    stage === 1 ? numberOf(configuration.cd ?? [], Cd.IPS) : numberOf(configuration.ste ?? [], Ste.S2PS);
  return Math.min(addressSizeBits(code), oas);
}
