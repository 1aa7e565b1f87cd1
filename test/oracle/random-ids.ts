import { Rng } from './random-rng.js';

/** ID registers of one implementation. */
export interface IdProfile {
  idr0: number;
  idr1: number;
  idr2: number;
  idr3: number;
  idr4: number;
  idr5: number;
}

interface Choices {
  s1p: boolean;
  s2p: boolean;
  httu: number;
  asid16: boolean;
  vmid16: boolean;
  cd2l: boolean;
  ttEndian: number;
  stallModel: number;
  termModel: boolean;
  sidSize: number;
  twoLevel: boolean;
  ssidSize: number;
  permsOverride: boolean;
  typesOverride: boolean;
  had: boolean;
  xnx: boolean;
  fwb: boolean;
  stt: boolean;
  e0pd: boolean;
  epan: boolean;
  oas: number;
  granules: number;
  ds: boolean;
  vax: number;
}

const EVERYTHING: Choices = {
  s1p: true,
  s2p: true,
  httu: 3,
  asid16: true,
  vmid16: true,
  cd2l: true,
  ttEndian: 0,
  stallModel: 0,
  termModel: false,
  sidSize: 16,
  twoLevel: true,
  ssidSize: 20,
  permsOverride: true,
  typesOverride: true,
  had: true,
  xnx: true,
  fwb: true,
  stt: true,
  e0pd: true,
  epan: true,
  oas: 6,
  granules: 7,
  ds: true,
  vax: 1,
};

const bitAt = (on: boolean, n: number): number => (on ? 2 ** n : 0);

/** Field positions: IHI 0070 §6.3.1 to §6.3.6. */
function encode(c: Choices): IdProfile {
  const idr0 =
    bitAt(c.s2p, 0) +
    bitAt(c.s1p, 1) +
    2 * 2 ** 2 + // TTF: AArch64 tables only
    bitAt(true, 4) +
    c.httu * 2 ** 6 +
    bitAt(c.s1p && c.s2p, 9) +
    bitAt(c.asid16, 12) +
    bitAt(true, 13) +
    bitAt(c.vmid16, 18) +
    bitAt(c.cd2l, 19) +
    c.ttEndian * 2 ** 21 +
    c.stallModel * 2 ** 24 +
    bitAt(c.termModel, 26) +
    bitAt(c.twoLevel, 27);
  const idr1 =
    c.sidSize +
    c.ssidSize * 2 ** 6 +
    19 * 2 ** 16 +
    8 * 2 ** 21 +
    bitAt(c.permsOverride, 26) +
    bitAt(c.typesOverride, 27);
  const idr3 =
    bitAt(c.had && c.s1p, 2) +
    bitAt(c.xnx, 4) +
    bitAt(c.fwb, 8) +
    bitAt(c.stt, 9) +
    bitAt(true, 10) +
    2 ** 11 +
    bitAt(c.e0pd, 13) +
    bitAt(c.epan, 17);
  const stallMax = c.stallModel === 1 ? 0 : 64 * 2 ** 16;
  const idr5 = c.oas + c.granules * 2 ** 4 + bitAt(c.ds, 7) + c.vax * 2 ** 10 + stallMax;
  return { idr0, idr1, idr2: 0, idr3, idr4: 0, idr5 };
}

/** A consistent implementation: §6.3.6's rules between OAS, granules, DS and VAX are kept. */
function randomChoices(rng: Rng): Choices {
  const granules = rng.chance(0.6) ? 7 : rng.between(1, 7);
  const ds = (granules & 3) !== 0 && rng.chance(0.5);
  const lpa = ds || (granules & 4) !== 0;
  const oas = rng.pick(lpa ? [0, 1, 2, 3, 4, 5, 6, 6, 6, 5] : [0, 1, 2, 3, 4, 5]);
  const stages = rng.pick([3, 3, 3, 3, 3, 3, 1, 2]);
  const sidSize = rng.pick([4, 6, 8, 12, 16, 24, 32]);
  return {
    s1p: (stages & 1) !== 0,
    s2p: (stages & 2) !== 0,
    httu: rng.pick([0, 1, 2, 2, 3, 3]),
    asid16: rng.chance(0.6),
    vmid16: rng.chance(0.6),
    cd2l: rng.chance(0.75),
    ttEndian: rng.pick([0, 0, 0, 2, 3]),
    stallModel: rng.pick([0, 0, 0, 0, 1, 2]),
    termModel: rng.chance(0.2),
    sidSize,
    twoLevel: sidSize >= 7 || rng.chance(0.5),
    ssidSize: rng.pick([0, 1, 6, 8, 12, 20]),
    permsOverride: rng.chance(0.7),
    typesOverride: rng.chance(0.7),
    had: rng.chance(0.8),
    xnx: rng.chance(0.7),
    fwb: rng.chance(0.7),
    stt: rng.chance(0.5),
    e0pd: rng.chance(0.6),
    epan: rng.chance(0.6),
    oas,
    granules,
    ds,
    vax: ds || (lpa && rng.chance(0.6)) ? 1 : 0,
  };
}

/** A fixed set, so that a device can be created once per profile and reused. The first has every feature. */
export const ID_PROFILES: readonly IdProfile[] = Array.from({ length: 48 }, (_, i) =>
  encode(
    i === 0
      ? EVERYTHING
      : i === 1
        ? { ...EVERYTHING, oas: 5, ds: false, stt: false }
        : randomChoices(new Rng(0x1d00 + i)),
  ),
);
