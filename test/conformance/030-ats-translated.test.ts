// ATS is absent, so that no transaction may be marked Translated.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { CMDQEN, EVENTQEN, Machine, R } from '../support/machine.js';

const SID = 5;
const ADDRESS = 0xfedc_ba98_7654_3210n;
const F_TRANSL_FORBIDDEN = 0x07n;
const RNW = 1n << 35n;

describe.each([
  ['SMMUEN = 1', true],
  ['SMMUEN = 0', false],
])('IHI 0070 §3.9.1.3, §7.3.8 an ATS Translated transaction, %s', (_name, enable) => {
  let m: Machine;
  beforeEach(async () => {
    m = await Machine.create({ enable });
    if (!enable) {
      m.enable(EVENTQEN | CMDQEN);
      m.smmu.write32(R.GBPA, 0x8000_1000);
    }
  });

  test('aborts with F_TRANSL_FORBIDDEN, before any table is read', () => {
    const result = m.translate(SID, ADDRESS, { ats: 'translated' });
    expect(result.status).toBe('abort');
    expect(result.event?.name).toBe('F_TRANSL_FORBIDDEN');
    expect(result.reads).toEqual({ ste: 0, cd: 0, stage1: 0, stage2: 0 });
  });

  test.each([
    ['read', RNW],
    ['write', 0n],
  ] as const)('the record has StreamID, RnW and the whole address, and no SubstreamID: %s', (access, rnw) => {
    m.translate(SID, ADDRESS, { ats: 'translated', access, substreamId: 9, privileged: true });
    m.expectEvents([(BigInt(SID) << 32n) | F_TRANSL_FORBIDDEN, rnw, ADDRESS, 0n]);
  });
});
