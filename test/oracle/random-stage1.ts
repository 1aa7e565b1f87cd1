import { startLevelStage1 } from './geometry.js';
import { CD_FIELDS, Structure } from './random-fields.js';
import { PA_BITS, TG0_CODE, TG1_CODE } from './random-stage2.js';
import type { CaseParts, Stage2Space } from './random-stage2.js';
import { TableBuilder } from './random-tables.js';
import { MAIN_SIZE } from './random-memory.js';

/** A virtual range that some leaf maps. */
export interface Target {
  address: bigint;
  log2: number;
}

export interface Stage1Options {
  /** Any-EL2 without E2H: one table. */
  oneTable: boolean;
  stage2: Stage2Space | undefined;
  asid: number;
  s1StallD: boolean;
}

export interface RandomCd {
  words: bigint[];
  targets: Target[];
  /** Input sizes of the halves and their ignored top bytes, to aim near the edges. */
  halves: { upper: boolean; inputSize: number; tbi: boolean }[];
}

const MAIR_BYTES = [
  0xff, 0xff, 0xff, 0x44, 0x00, 0x04, 0x08, 0x0c, 0xbb, 0x4f, 0xf4, 0x77, 0x33, 0xf0, 0x03, 0xee,
];

/** A CD with tables that map something; all of it legal for the features, before mutation. */
export function randomCd(parts: CaseParts, o: Stage1Options): RandomCd {
  const { rng, f, updates } = parts;
  const cd = new Structure(CD_FIELDS);
  const ha = f.httu > 0 && rng.chance(updates ? 0.9 : 0.6);
  const bigEndian = f.ttEndian === 3 || (f.ttEndian === 0 && rng.chance(0.25));
  const ips = rng.chance(0.8) ? 7 : rng.between(o.stage2 ? 1 : 0, 7);
  const outputSize = Math.min(PA_BITS[ips], f.oas);
  const ds = f.ds && rng.chance(0.6);
  cd.setAll({
    V: 1,
    AA64: 1,
    ENDI: bigEndian,
    IPS: ips,
    DS: ds,
    AFFD: rng.chance(0.3),
    WXN: rng.chance(0.15),
    PAN: rng.chance(0.2),
    EPAN: rng.chance(0.5),
    HA: ha,
    HD: ha ? f.httu >= 2 && rng.chance(0.6) : f.httu >= 2 && rng.chance(0.1),
    HAFT: f.httu === 3 && ha && rng.chance(0.4),
    S: f.stallModel === 2 || (f.stallModel === 0 && !o.s1StallD && rng.chance(0.15)),
    R: rng.chance(0.8),
    A: f.termModel || rng.chance(0.75),
    ASET: rng.chance(0.5),
    ASID: o.asid,
  });
  let mair = 0n;
  for (let i = 0; i < 8; i++) {
    const byte = rng.chance(0.85) ? rng.pick(MAIR_BYTES) : rng.below(256);
    mair |= BigInt(byte) << BigInt(8 * i);
  }
  cd.set('MAIR', mair);

  const targets: Target[] = [];
  const halves: RandomCd['halves'] = [];
  const haveUpper = !o.oneTable && rng.chance(0.55);
  for (const upper of haveUpper ? [false, true] : [false]) {
    halves.push(randomHalf(parts, o, cd, { upper, ds, outputSize, bigEndian }, targets));
  }
  if (!haveUpper && !o.oneTable) cd.set('EPD1', 1);
  if (rng.chance(0.1)) cd.mutate(rng, ['ASID', 'ASET']);
  if (!f.asid16 && rng.chance(0.01)) cd.set('ASID', o.asid | 0x100);
  return { words: cd.words, targets, halves };
}

interface HalfChoices {
  upper: boolean;
  ds: boolean;
  outputSize: number;
  bigEndian: boolean;
}

function randomHalf(
  parts: CaseParts,
  o: Stage1Options,
  cd: Structure<typeof CD_FIELDS>,
  h: HalfChoices,
  targets: Target[],
): RandomCd['halves'][number] {
  const { rng, f, alloc } = parts;
  const n = h.upper ? 1 : 0;
  const granule = rng.pick(f.granules);
  const ds = h.ds && granule !== 16;
  const min = f.vax >= 1 && (granule === 16 || h.ds) ? 12 : 16;
  const max = !f.stt ? 39 : granule === 16 ? 47 : 48;
  const tsz = rng.chance(0.45) ? rng.pick([min, 16, 25, max]) : rng.between(min, max);
  const inputSize = 64 - tsz;
  const tbi = rng.chance(0.3);
  const narrow = h.outputSize <= 36 ? MAIN_SIZE : undefined;
  const tables = new TableBuilder(
    parts,
    {
      granule,
      ds,
      startLevel: startLevelStage1(granule, inputSize),
      inputSize,
      outputSize: h.outputSize,
      oas: f.oas,
      bigEndian: h.bigEndian,
    },
    (bytes) => {
      if (o.stage2) return o.stage2.place(bytes);
      const pa = alloc.place(bytes, narrow);
      return { address: pa, pa };
    },
    () => (rng.flag(0.6) << 10n) | (rng.chance(0.12) ? rng.wide(5) << 59n : 0n),
  );
  const ttb = BigInt(rng.chance(0.01) ? rng.below(2 ** h.outputSize) : tables.root.address);
  cd.setAll({
    [`T${n}SZ`]: tsz,
    [`TG${n}`]: (h.upper ? TG1_CODE : TG0_CODE)[granule],
    [`SH${n}`]: rng.below(4),
    [`IR${n}`]: rng.below(4),
    [`OR${n}`]: rng.below(4),
    [`TBI${n}`]: tbi,
    [`HAD${n}`]: rng.chance(0.25),
    [`E0PD${n}`]: rng.chance(0.06),
    [`EPD${n}`]: rng.chance(0.03),
    [`TTB${n}`]: ttb >> 4n,
  });

  const regions = rng.between(1, 3);
  for (let r = 0; r < regions; r++) {
    let input = rng.chance(0.15) ? 0 : rng.chance(0.15) ? 2 ** inputSize - 1 : rng.below(2 ** inputSize);
    for (let p = rng.between(1, 4); p > 0; p--) {
      const level = rng.chance(0.65) ? 3 : rng.pick(tables.leafLevels());
      const log2 = tables.leafLog2(level);
      if (tables.map(input, level, leafOutput(parts, o, h, log2), leafBits(parts, ds))) {
        const base = BigInt(input - (input % 2 ** log2));
        targets.push({
          address: h.upper ? base | ((-1n << BigInt(inputSize)) & ((1n << 64n) - 1n)) : base,
          log2,
        });
      }
      input = (input + 2 ** log2) % 2 ** inputSize;
    }
  }
  return { upper: h.upper, inputSize, tbi };
}

/** Where a leaf points: for nested cases mostly into IPAs that stage 2 maps. */
function leafOutput(parts: CaseParts, o: Stage1Options, h: HalfChoices, log2: number): number {
  const { rng, f } = parts;
  if (!o.stage2 || rng.chance(0.05)) return rng.below(2 ** (rng.chance(0.03) ? f.oas : h.outputSize));
  const ipa = o.stage2.anyIpa() % 2 ** h.outputSize;
  const base = ipa - (ipa % 2 ** log2);
  // Several pages of a large block, so that accesses inside it find something.
  for (let i = 0; i < 3; i++) {
    const offset = rng.chance(0.4) ? 0 : rng.below(2 ** log2);
    if (base + offset < 2 ** o.stage2.inputSize) o.stage2.mapData(base + offset);
  }
  return base;
}

function leafBits({ rng, globals, contiguous, updates }: CaseParts, ds: boolean): bigint {
  return (
    (BigInt(rng.below(8)) << 2n) |
    (rng.flag(0.5) << 5n) |
    (BigInt(rng.pick([1, 1, 1, 1, 1, 1, 0, 3, 2])) << 6n) |
    (ds ? 0n : BigInt(rng.below(4)) << 8n) |
    (rng.flag(updates ? 0.5 : 0.92) << 10n) |
    (rng.flag(globals ? 0.6 : 1) << 11n) |
    (rng.flag(0.4) << 51n) |
    (rng.flag(contiguous ? 0.03 : 0) << 52n) |
    (rng.flag(0.25) << 53n) |
    (rng.flag(0.25) << 54n) |
    (rng.wide(4) << 55n) |
    (rng.flag(0.1) << 50n)
  );
}
