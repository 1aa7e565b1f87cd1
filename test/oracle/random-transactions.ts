import type { Rng } from './random-rng.js';
import type { RandomCd, Target } from './random-stage1.js';
import type { CaseParts } from './random-stage2.js';
import type { RandomStream } from './random-streams.js';
import type { OracleAttrs, OracleTxn } from './types.js';

const ALL_ONES = (1n << 64n) - 1n;

export function randomTransaction(
  parts: CaseParts,
  streams: ReadonlyMap<number, RandomStream>,
  log2Size: number,
): OracleTxn {
  const { rng, f } = parts;
  const known = [...streams.keys()];
  const stray = rng.chance(0.03);
  const streamId = stray ? rng.below(2 ** Math.min(f.sidSize, log2Size + 1)) : rng.pick(known);
  const stream = streams.get(streamId);
  const { ssv, ssid } = substream(rng, stream);
  const cd = stream?.contexts.get(ssv ? ssid : 0);
  const addr = cd ? vaAddress(rng, cd) : ipaAddress(rng, stream, f.oas);
  const write = rng.chance(0.4);
  return {
    streamId,
    ssv,
    ssid,
    addr,
    write,
    instruction: rng.chance(write ? 0.05 : 0.2),
    privileged: rng.chance(0.5),
    atomic: rng.chance(0.08),
    speculative: rng.chance(write ? 0.01 : 0.06),
    attrs: randomAttrs(rng),
  };
}

function substream(rng: Rng, stream: RandomStream | undefined): { ssv: boolean; ssid: number } {
  if (stream === undefined || stream.ssidBits === 0) {
    return rng.chance(0.02) ? { ssv: true, ssid: rng.below(4) } : { ssv: false, ssid: 0 };
  }
  const roll = rng.next() % 100;
  const without = stream.dss === 2 ? 60 : stream.dss === 1 ? 25 : 8;
  if (roll < without) return { ssv: false, ssid: 0 };
  const own = [...stream.contexts.keys()].filter((ssid) => ssid !== 0 || stream.dss !== 2 || rng.chance(0.1));
  if (roll < 96 && own.length > 0) return { ssv: true, ssid: rng.pick(own) };
  return { ssv: true, ssid: rng.below(Math.min(2 ** (stream.ssidBits + 1), 0x100000)) };
}

/** Inside the range most of the time, else just past one of its ends. */
function aim(rng: Rng, target: Target): bigint {
  const size = 1n << BigInt(target.log2);
  if (rng.chance(0.94)) {
    const offset = rng.chance(0.5) ? rng.wide(12) : rng.wide(64);
    return (target.address + (offset & (size - 1n))) & ALL_ONES;
  }
  return (rng.chance(0.5) ? target.address - 1n : target.address + size) & ALL_ONES;
}

function vaAddress(rng: Rng, cd: RandomCd): bigint {
  const half = rng.pick(cd.halves);
  let va: bigint;
  if (cd.targets.length > 0 && rng.chance(0.92)) va = aim(rng, rng.pick(cd.targets));
  else if (rng.chance(0.6)) {
    const edge = 1n << BigInt(half.inputSize);
    va = half.upper ? (ALL_ONES + 1n - edge - BigInt(rng.below(2))) & ALL_ONES : edge - BigInt(rng.below(2));
  } else va = rng.wide(64);
  if (cd.halves.some((h) => h.tbi) ? rng.chance(0.3) : rng.chance(0.01)) {
    va = (va & ((1n << 56n) - 1n)) | (rng.wide(8) << 56n);
  }
  return va;
}

function ipaAddress(rng: Rng, stream: RandomStream | undefined, oas: number): bigint {
  if (stream && stream.ipaTargets.length > 0 && rng.chance(0.92))
    return aim(rng, rng.pick(stream.ipaTargets));
  if (rng.chance(0.1))
    return (1n << BigInt(rng.chance(0.5) ? oas : (stream?.inputSize ?? oas))) - BigInt(rng.below(2));
  return rng.wide(rng.chance(0.9) ? oas : 64);
}

function randomAttrs(rng: Rng): OracleAttrs {
  if (rng.chance(0.6)) return { memType: 0xff, sh: 0, alloc: 0b110 };
  const memType = rng.chance(0.8)
    ? rng.pick([0xff, 0x44, 0x00, 0x04, 0x08, 0x0c, 0xbb, 0xf4, 0x4f])
    : rng.below(256);
  return { memType, sh: rng.below(4), alloc: rng.below(8) };
}
