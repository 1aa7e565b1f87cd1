// A virtual SMMU against our own core with the same identification: registers read the same after the same writes, the same commands
// are illegal, and the streams that the core refuses are those that abort. The core has its own tests from the specification.
import { describe, expect, test } from '@jest/globals';
import { Smmu } from '../../src/index.js';
import { VirtualSmmu } from '../../src/vsmmu/index.js';
import { Random } from '../iommu/support/world.js';
import { ABILITIES, StrictBackend } from './support/backends.js';
import { CMDQ, GPA, GUEST_BYTES, plainMemory, R, type RigOptions, TABLE } from './support/rig.js';

const GUESTS: [string, RigOptions['id']][] = [
  ['the default', undefined],
  ['all of the host', { RIL: 1, ASID16: 1, SSIDSIZE: 8, CD2L: 1, OAS: 5, GRAN64K: 1, HAD: 1, AIDR: 3 }],
  ['small tables', { ST_LEVEL: 0, SIDSIZE: 6, OAS: 0, CMDQS: 3, EVENTQS: 1 }],
  ['stalls', { STALL_MODEL: 0, TERM_MODEL: 0 }],
];
const STALLS = {
  ...ABILITIES,
  idr: [ABILITIES.idr[0] & ~(3 << 24), ...ABILITIES.idr.slice(1)],
  stalls: true,
};

async function pair(id: RigOptions['id']): Promise<{ vsmmu: VirtualSmmu<string>; core: Smmu }> {
  const stalls = typeof id === 'object' && id.STALL_MODEL === 0;
  const backend = new StrictBackend(stalls ? STALLS : ABILITIES);
  const memory = plainMemory();
  const vsmmu = await VirtualSmmu.create({ backend, memory, ...(id === undefined ? {} : { id }) });
  const [idr0, idr1, idr2, idr3, idr4, idr5] = vsmmu.id.idr;
  const core = await Smmu.create({
    id: { idr0, idr1, idr2, idr3, idr4, idr5, iidr: 0, aidr: vsmmu.id.aidr },
    ram: [{ base: GPA, size: GUEST_BYTES }],
    timing: false,
  });
  return { vsmmu, core };
}

/** Every word of page 0 up to IDR6, the identification block, and the queue indices of page 1. */
const OFFSETS = [
  ...Array.from({ length: 0x80 }, (_, i) => 4 * i),
  ...Array.from({ length: 12 }, (_, i) => 0xfd0 + 4 * i),
  0x8000,
  0x10000,
  0x100a8,
  0x100ac,
  0x100c8,
  0x100cc,
];

describe.each(GUESTS)('%s', (_, id) => {
  test('registers: after random writes every one reads as the core’s', async () => {
    const { vsmmu, core } = await pair(id);
    const r = new Random(11);
    const same = (after: string): void => {
      for (const offset of OFFSETS)
        expect([after, offset.toString(16), vsmmu.read32(offset)]).toEqual([
          after,
          offset.toString(16),
          core.read32(offset),
        ]);
    };
    same('reset');
    for (let i = 0; i < 400; i++) {
      const offset = r.pick([...OFFSETS, 0x20, 0x20, 0x44, 0x64, 0x80, 0x88, 0x90, 0xa0, 0x22, 0x101]);
      // A doorbell with garbage in the queue has effects of its own, below.
      if (offset === R.CMDQ_PROD || offset === R.GERRORN) continue;
      const value = (r.below(2 ** 16) * 2 ** 16 + r.below(2 ** 16)) >>> 0;
      const bits = offset === 0x20 ? (value & ~8) >>> 0 : value;
      if (r.chance(20) && offset % 8 === 0) {
        vsmmu.write64(offset, BigInt(bits) << 8n);
        core.write64(offset, BigInt(bits) << 8n);
      } else {
        vsmmu.write32(offset, bits);
        core.write32(offset, bits);
      }
      if (i % 20 === 0) same(`write ${i} of ${bits.toString(16)} to ${offset.toString(16)}`);
    }
    same('the end');
    expect(vsmmu.read64(0x80)).toBe(core.read64(0x80));
    expect([vsmmu.read64(0x84), vsmmu.read32(0x21)]).toEqual([0n, 0]);
  });

  test('commands: the same are illegal, at the same place', async () => {
    const { vsmmu, core } = await pair(id);
    const r = new Random(5);
    for (const one of [vsmmu, core]) {
      one.write64(R.CMDQ_BASE, CMDQ | 3n);
      one.write32(R.CR0, 8);
    }
    const opcodes = [
      1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x20, 0x22, 0x28, 0x2a, 0x30, 0x40, 0x41, 0x44, 0x45, 0x46,
    ];
    let illegal = 0;
    for (let i = 0; i < 600; i++) {
      const opcode = r.chance(80) ? r.pick(opcodes) : r.below(256);
      const rare = (bits: number): bigint => (r.chance(50) ? BigInt(r.below(2 ** bits)) : 0n);
      const word0 =
        BigInt(opcode) | (rare(6) << 10n) | (rare(16) << 12n) | (rare(16) << 32n) | (rare(16) << 48n);
      const word1 = rare(12) | (rare(16) << 12n) | (rare(16) << 40n);
      const prod = core.read32(R.CMDQ_CONS) & 0xf;
      const at = CMDQ + BigInt((prod & 7) * 16);
      for (const { memory } of [vsmmu, core]) {
        memory.write64(at, word0);
        memory.write64(at + 8n, word1);
      }
      const next = (prod + 1) & 15;
      for (const one of [vsmmu, core]) one.write32(R.CMDQ_PROD, next);
      const state = (one: Smmu | VirtualSmmu<string>): number[] => [
        one.read32(R.CMDQ_CONS),
        one.read32(R.GERROR),
      ];
      expect([word0.toString(16), word1.toString(16), ...state(vsmmu)]).toEqual([
        word0.toString(16),
        word1.toString(16),
        ...state(core),
      ]);
      if ((core.read32(R.CMDQ_CONS) & 0xf) === next) continue;
      illegal++;
      // As Linux does: a CMD_SYNC over it, and the acknowledge, which starts both queues.
      for (const one of [vsmmu, core]) {
        one.memory.write64(at, 0x46n);
        one.write32(R.GERRORN, one.read32(R.GERROR));
      }
      expect(state(vsmmu)).toEqual(state(core));
    }
    expect(illegal).toBeGreaterThan(100);
    expect(illegal).toBeLessThan(500);
  });

  test('Stream tables: what the core refuses aborts, what it bypasses bypasses', async () => {
    const { vsmmu, core } = await pair(id);
    const r = new Random(3);
    const kinds = { abort: 0, bypass: 0, translate: 0 };
    for (let i = 0; i < 120; i++) {
      const twoLevel = r.chance(50);
      const log2 = r.below(12);
      const split = r.pick([6, 8, 10, 5]);
      const config = log2 | (split << 6) | ((twoLevel ? 1 : r.pick([0, 2])) << 16);
      for (const one of [vsmmu, core]) {
        one.write32(R.CR0, 0);
        one.write64(R.STRTAB_BASE, TABLE);
        one.write32(R.STRTAB_BASE_CFG, config);
      }
      const vsid = r.below(2 ** r.below(12));
      const fields = [
        BigInt(r.chance(90)) | (BigInt(r.pick([5, 5, 5, 4, 0, 6, 7])) << 1n) | (BigInt(r.below(4)) << 4n),
        BigInt(r.pick([0, 0, 4, 9])) << 59n,
        0x8004_0000n,
      ];
      const words = [fields[0] | fields[1] | fields[2], BigInt(r.below(256)) | (BigInt(r.chance(15)) << 27n)];
      for (const { memory } of [vsmmu, core]) {
        // STEs and L1STDs wherever the table may be: the same bytes for both, and for any alignment.
        for (let at = 0; at < 0x1_0000; at += 64) {
          const l1std = (TABLE + 0x1_0000n) | BigInt((at >> 6) % 14);
          memory.write64(TABLE + BigInt(at), twoLevel ? l1std : words[0]);
          memory.write64(TABLE + BigInt(at + 8), twoLevel ? l1std : words[1]);
        }
        for (let at = 0x1_0000; at < 0x2_0000; at += 64) {
          memory.write64(TABLE + BigInt(at), words[0]);
          memory.write64(TABLE + BigInt(at + 8), words[1]);
        }
      }
      for (const one of [vsmmu, core]) one.write32(R.CR0, 1);
      core.write64(R.CMDQ_BASE, CMDQ + 0x8_0000n);
      const { status, event } = core.translate({ streamId: vsid, iova: 0x1000n });
      const policy = vsmmu.policy(vsid);
      kinds[policy.kind]++;
      const refused =
        event === undefined || ['C_BAD_STE', 'C_BAD_STREAMID', 'F_STE_FETCH'].includes(event.name);
      // S1DSS lets a transaction without SubstreamID pass a stream that translates.
      const passed = policy.kind === 'translate' && (policy.ste[1] & 3n) === 1n ? 'translate' : 'bypass';
      const seen = status === 'ok' ? passed : refused ? 'abort' : 'translate';
      expect([i, vsid, config.toString(16), words.map((w) => w.toString(16)), policy.kind]).toEqual([
        i,
        vsid,
        config.toString(16),
        words.map((w) => w.toString(16)),
        seen,
      ]);
      // Nothing of this STE is to answer for the next.
      core.reset();
    }
    expect(Math.min(...Object.values(kinds))).toBeGreaterThan(2);
  });
});
