import { STE_FIELDS, Structure } from './random-fields.js';
import { Stage2Space } from './random-stage2.js';
import type { CaseParts } from './random-stage2.js';
import { randomCd } from './random-stage1.js';
import type { RandomCd, Target } from './random-stage1.js';

/** One stream of a case: its STE and what addresses are worth asking for. */
export interface RandomStream {
  ste: bigint[];
  /** By SubstreamID; index 0 also without. */
  contexts: Map<number, RandomCd>;
  ssidBits: number;
  /** S1DSS, as it was before any mutation. */
  dss: number;
  /** Mapped IPAs, if stage 1 is off. */
  ipaTargets: Target[];
  inputSize: number;
}

export interface StreamOptions {
  vmid: number;
  nextAsid: () => number;
  e2h: boolean;
  /** Only one address space may use the NS-EL2 regime: it has no tags. */
  allowEl2: boolean;
}

export function randomStream(parts: CaseParts, o: StreamOptions): RandomStream {
  const { rng, f } = parts;
  const ste = new Structure(STE_FIELDS);
  const config = randomConfig(parts);
  ste.setAll({ V: 1, Config: config, S2VMID: o.vmid, SHCFG: rng.chance(0.6) ? 1 : rng.below(4) });
  if (rng.chance(0.3)) {
    ste.setAll({
      MTCFG: rng.chance(0.6),
      MemAttr: rng.below(16),
      ALLOCCFG: rng.chance(0.5) ? rng.below(16) : 0,
      PRIVCFG: rng.below(4),
      INSTCFG: rng.below(4),
    });
  }
  const stage2 = (config & 6) === 6 ? new Stage2Space(parts, ste) : undefined;
  const contexts = (config & 5) === 5 ? addStage1(parts, o, ste, config, stage2) : undefined;
  if (stage2 && !contexts) {
    for (let i = rng.between(3, 8); i > 0; i--) stage2.mapData(stage2.anyIpa());
  }
  if (rng.chance(0.1)) ste.mutate(rng, ['S2VMID', 'CONT', 'STRW']);
  if (rng.chance(0.015)) ste.set('STRW', rng.pick([1, 3]));
  if (!f.vmid16 && rng.chance(0.015)) ste.set('S2VMID', o.vmid | 0x100);
  return {
    ste: ste.words,
    contexts: contexts?.cds ?? new Map<number, RandomCd>(),
    ssidBits: contexts?.ssidBits ?? 0,
    dss: contexts?.dss ?? 0,
    ipaTargets: (stage2?.targets ?? []).map((t) => ({ address: BigInt(t.address), log2: t.log2 })),
    inputSize: stage2?.inputSize ?? f.oas,
  };
}

function randomConfig({ rng, f }: CaseParts): number {
  if (rng.chance(0.06)) return rng.below(8);
  const possible = [4];
  if (f.s1p) possible.push(5, 5, 5, 5, 5, 5);
  if (f.s2p) possible.push(6, 6, 6);
  if (f.s1p && f.s2p) possible.push(7, 7, 7, 7, 7, 7, 7, 7);
  return rng.pick(possible);
}

function addStage1(
  parts: CaseParts,
  o: StreamOptions,
  ste: Structure<typeof STE_FIELDS>,
  config: number,
  stage2: Stage2Space | undefined,
): { cds: Map<number, RandomCd>; ssidBits: number; dss: number } {
  const { rng, f, image, alloc } = parts;
  const el2 = f.hyp && config === 5 && (o.e2h || o.allowEl2) && rng.chance(0.3);
  const oneTable = el2 && !o.e2h;
  const s1StallD = f.stallModel === 0 && rng.chance(0.2);
  const ssidBits = f.ssidSize > 0 && rng.chance(0.5) ? rng.between(1, Math.min(f.ssidSize, 14)) : 0;
  const format = f.cd2l ? rng.pick([0, 0, 1, 1, 2, 3]) : rng.pick([0, 0, 3]);
  const dss = rng.pick([0, 1, 1, 2, 2, 2, 2, 2, 2, 3]);
  const place = (bytes: number): { address: number; pa: number } => {
    if (stage2) return stage2.place(bytes);
    const pa = alloc.place(bytes);
    return { address: pa, pa };
  };

  const indices = new Set([0]);
  if (ssidBits > 0 && !oneTable) for (let i = rng.below(3); i > 0; i--) indices.add(rng.below(2 ** ssidBits));
  const cds = new Map<number, RandomCd>();
  for (const index of indices) {
    cds.set(index, randomCd(parts, { oneTable, stage2, asid: o.nextAsid(), s1StallD }));
  }

  let pointer: number;
  const leafBits = format === 2 ? 10 : 6;
  if (ssidBits === 0 || (format !== 1 && format !== 2)) {
    const table = place(2 ** (ssidBits + 6));
    cds.forEach((cd, index) => image.writeWords(table.pa + 64 * index, cd.words));
    pointer = table.address;
  } else {
    const l1 = place(2 ** Math.max(6, ssidBits - leafBits + 3));
    const leaves = new Map<number, { address: number; pa: number }>();
    cds.forEach((cd, index) => {
      const l1Index = Math.floor(index / 2 ** leafBits);
      let leaf = leaves.get(l1Index);
      if (leaf === undefined) {
        leaves.set(l1Index, (leaf = place(2 ** (leafBits + 6))));
        const valid = rng.chance(0.95) ? 1n : 0n;
        const wild = rng.chance(0.03) ? rng.wide(40) << 16n : 0n;
        image.writeWords(l1.pa + 8 * l1Index, [BigInt(leaf.address) | wild | valid]);
      }
      image.writeWords(leaf.pa + 64 * (index % 2 ** leafBits), cd.words);
    });
    pointer = l1.address;
  }
  if (rng.chance(0.015)) pointer = rng.below(2 ** f.oas);
  ste.setAll({
    S1Fmt: format,
    S1ContextPtr: BigInt(pointer) >> 6n,
    S1CDMax: ssidBits,
    S1DSS: dss,
    S1CIR: rng.below(4),
    S1COR: rng.below(4),
    S1CSH: rng.below(4),
    S1STALLD: s1StallD,
    STRW: el2 ? 2 : config === 5 ? 0 : rng.pick(o.e2h ? [0, 1, 2, 3] : [0, 1, 3]),
  });
  return { cds, ssidBits, dss };
}
