// GATOS_PAR of an external abort on a stage 2 descriptor: the class is told, an address is not (IHI 0070 §9.1.4).
import { beforeEach, describe, test } from '@jest/globals';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { BOTH, S1, S2, expectCode, gatosRequest } from '../support/gatos.js';
import { HOLE, Machine, SPACIOUS } from '../support/machine.js';
import { nested, stage1, stage2, type Nested } from '../support/streams.js';

const VA = 0x7654_3000n;
const IPA = 0x9_8765_4000n;
const PA = 0x1_2345_6000n;
const F_CD_FETCH = 0x09;
const F_WALK_EABT = 0x0b;
const F_TRANSLATION = 0x10;
const CD = 1;
const TT = 2;
const IN = 3;
let m: Machine;
let n: Nested;
beforeEach(async () => {
  m = await Machine.create({ id: { ATOS: 1 } });
  n = nested(m, 0, { ramLevel: 3 });
  n.tables.map(VA, IPA, s1Leaf());
  n.s2.map(IPA, PA, s2Leaf());
});
const ask = (type: number, address = VA): bigint => {
  m.command(cmd.cfgiAll(), cmd.nsnhAll());
  return gatosRequest(m, { address, type });
};
/** The stage 2 table of level 3 for `ipa` cannot be read. */
const abort = (ipa: bigint): void => void n.s2.raw(ipa, 2, HOLE | 3n);
/** Stage 2 does not map it. */
const unmap = (ipa: bigint): void => void n.s2.raw(ipa, 2, 0n);
const table = (): bigint => n.tables.slot(VA, 3) + 0x4000_0000n;

describe('IHI 0070 §9.1.4 TYPE 0b11: F_WALK_EABT at stage 2 has a REASON and FADDR 0, other faults the IPA', () => {
  test('of the output: IN', () => {
    abort(IPA);
    expectCode(ask(BOTH), F_WALK_EABT, IN, 0n);
    unmap(IPA);
    expectCode(ask(BOTH), F_TRANSLATION, IN, IPA);
  });
  test('of a stage 1 descriptor: TT', () => {
    // Its table gets a stage 2 table of its own, so that the CD's page stays mapped.
    const apart = 0xa_0000_0000n;
    n.s2.map(apart, table() - 0x4000_0000n, s2Leaf());
    n.tables.raw(VA, 2, (apart & ~0xfffn) | 3n);
    abort(apart);
    expectCode(ask(BOTH), F_WALK_EABT, TT, 0n);
    unmap(apart);
    expectCode(ask(BOTH), F_TRANSLATION, TT, apart);
  });
  test('of the CD: CD', () => {
    abort(n.cdIpa);
    expectCode(ask(BOTH), F_WALK_EABT, CD, 0n);
    unmap(n.cdIpa);
    expectCode(ask(BOTH), F_TRANSLATION, CD, n.cdIpa & ~0xfffn);
  });
});

describe('IHI 0070 §9.1.4 INV_STAGE: a stage that the STE does not enable, read now or remembered', () => {
  const INV_STAGE = 0xfe;
  const rows: [string, number, (machine: Machine) => void][] = [
    ['stage 2 of stage 1 alone', S2, (machine) => stage1(machine, 0).tables.map(VA, PA, s1Leaf())],
    ['both of stage 1 alone', BOTH, (machine) => stage1(machine, 0).tables.map(VA, PA, s1Leaf())],
    ['stage 1 of stage 2 alone', S1, (machine) => stage2(machine, 0).map(VA, PA, s2Leaf())],
    ['both of stage 2 alone', BOTH, (machine) => stage2(machine, 0).map(VA, PA, s2Leaf())],
  ];
  test.each(rows)('%s', async (_name, type, prepare) => {
    const machine = await Machine.create({ id: { ATOS: 1 }, caches: SPACIOUS });
    prepare(machine);
    expectCode(gatosRequest(machine, { address: VA, type }), INV_STAGE);
    machine.expectOk(0, VA, PA);
    expectCode(gatosRequest(machine, { address: VA, type }), INV_STAGE);
    machine.expectEvents();
  });
});

describe('IHI 0070 §9.1.4 the other types', () => {
  test('TYPE 0b10: REASON IN, FADDR 0, whatever the fault', () => {
    abort(IPA);
    expectCode(ask(S2, IPA), F_WALK_EABT, IN, 0n);
    unmap(IPA);
    expectCode(ask(S2, IPA), F_TRANSLATION, IN, 0n);
  });
  test('TYPE 0b01 of a nested stream: as if the fetch had aborted, REASON 0, FADDR 0', () => {
    const apart = 0xa_0000_0000n;
    n.s2.map(apart, table() - 0x4000_0000n, s2Leaf());
    n.tables.raw(VA, 2, apart | 3n);
    abort(apart);
    expectCode(ask(S1), F_WALK_EABT, 0, 0n);
    abort(n.cdIpa);
    expectCode(ask(S1), F_CD_FETCH, 0, 0n);
  });
  test('F_WALK_EABT of stage 1 has REASON 0 and FADDR 0 for every type', () => {
    n.tables.raw(VA, 2, 0x5_0000_0000n | 3n);
    n.s2.map(0x5_0000_0000n, HOLE, s2Leaf());
    expectCode(ask(BOTH), F_WALK_EABT, 0, 0n);
    expectCode(ask(S1), F_WALK_EABT, 0, 0n);
  });
});
