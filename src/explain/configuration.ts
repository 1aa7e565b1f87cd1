import * as Cd from '../../assembly/arch/cd.js';
import * as Descriptors from '../../assembly/arch/descriptors.js';
import * as Idr from '../../assembly/arch/idr.js';
import * as Ste from '../../assembly/arch/ste.js';
import type { DescriptorPlace } from '../inspect/descriptor.js';
import { addressOf, numberOf } from '../base/fields.js';
import type { IdRegisters } from '../inspect/lint-ste.js';

/** What a translation's STE and CD say, for decoding the descriptors that follow. */
export interface Configuration {
  readonly ste: readonly bigint[] | undefined;
  readonly cd: readonly bigint[] | undefined;
}

/** Stage 1 as the half that `iova` selects sees it (IHI 0070 §3.4.1: bit 55 selects). */
export function stage1Half(configuration: Configuration, iova: bigint) {
  const cd = configuration.cd ?? [];
  const ste = configuration.ste ?? [];
  const el2 = numberOf(ste, Ste.STE_STRW) === Ste.STE_STRW_EL2 && numberOf(ste, Ste.STE_Config) === 5;
  const n = !el2 && ((iova >> 55n) & 1n) === 1n ? 1 : 0;
  const low = n === 0;
  return {
    n,
    ttb: addressOf(cd, low ? Cd.CD_TTB0 : Cd.CD_TTB1),
    bits: 64 - numberOf(cd, low ? Cd.CD_T0SZ : Cd.CD_T1SZ),
    granule: low
      ? Descriptors.granuleLog2(numberOf(cd, Cd.CD_TG0))
      : Descriptors.granuleLog2Tg1(numberOf(cd, Cd.CD_TG1)),
    disabled: numberOf(cd, low ? Cd.CD_EPD0 : Cd.CD_EPD1) === 1,
    unprivilegedFaults: numberOf(cd, low ? Cd.CD_E0PD0 : Cd.CD_E0PD1) === 1,
    tagged: numberOf(cd, low ? Cd.CD_TBI0 : Cd.CD_TBI1) === 1,
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
  const oas52 = Descriptors.addressSizeBits(numberOf(idr5, Idr.IDR5_OAS)) >= 52;
  const lpa2 = numberOf(idr5, Idr.IDR5_DS) === 1;
  if (stage === 1) {
    const granule = configuration.cd === undefined ? 12 : stage1Half(configuration, iova).granule;
    return { stage, level, granule, oas52, ds: lpa2 && numberOf(configuration.cd ?? [], Cd.CD_DS) === 1 };
  }
  const ste = configuration.ste;
  const granule = ste === undefined ? 12 : Descriptors.granuleLog2(numberOf(ste, Ste.STE_S2TG));
  return { stage, level, granule, oas52, ds: lpa2 && numberOf(ste ?? [], Ste.STE_S2DS) === 1 };
}

/** Output size in bits of a stage: CD.IPS or STE.S2PS, capped to OAS. */
export function outputBits(configuration: Configuration, registers: IdRegisters, stage: number): number {
  const oas = Descriptors.addressSizeBits(numberOf([BigInt((registers['idr5'] ?? 0) >>> 0)], Idr.IDR5_OAS));
  const code =
    stage === 1
      ? numberOf(configuration.cd ?? [], Cd.CD_IPS)
      : numberOf(configuration.ste ?? [], Ste.STE_S2PS);
  return Math.min(Descriptors.addressSizeBits(code), oas);
}
