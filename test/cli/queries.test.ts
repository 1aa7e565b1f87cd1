import { describe, expect, test } from '@jest/globals';
import { smmuv3 } from './run.js';

describe('smmuv3 translate', () => {
  test('the address, its page and what was read', async () => {
    expect(await smmuv3('translate', 'linux-s1-4k', '--sid', '0x20', '--iova', '0xff200000')).toEqual({
      code: 0,
      out: '0x40000000\npage of 0x200000 bytes, rwx\nmemory reads: 2 STE, 1 CD, 3 stage 1, 0 stage 2\n',
      err: '',
    });
  });

  test('a fault is an answer, not an error', async () => {
    const { code, out } = await smmuv3(
      'translate',
      'data/linux-s1-4k',
      '--sid',
      '32',
      '--iova',
      '0',
      '--write',
    );
    expect({ code, out }).toEqual({ code: 0, out: 'abort with F_TRANSLATION\n' });
  });

  test('--json', async () => {
    const { out } = await smmuv3(
      'translate',
      'linux-nested-4k',
      '--sid',
      '0x30',
      '--iova',
      '0x10000000',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({
      transaction: { streamId: 0x30, iova: '0x10000000', access: 'read' },
      translation: { status: 'ok', pa: '0x426d0000', pageSize: '0x1000' },
    });
  });
});

describe('smmuv3 explain', () => {
  test('steps, conclusion and reason', async () => {
    const { code, out } = await smmuv3('explain', 'linux-s1-4k', '--sid', '0x20', '--iova', '0', '--write');
    expect(code).toBe(0);
    expect(out).toMatch(/^write of StreamID 0x20 at 0x0\n/);
    expect(out).toMatch(/^ 1\. Look-up in the micro TLB of TBU 0: miss$/m);
    expect(out).toMatch(/^ {6}Config +0\[3:1\] +5 {2}stage 1 translates, stage 2 bypasses$/m);
    expect(out).toMatch(
      /\nAborted with F_TRANSLATION\.\nWhy: The stage 1 level 1 descriptor at 0x44ebf000 is 0x0: .*\n$/,
    );
  });

  test('--json has the same steps with decoded fields', async () => {
    const { out } = await smmuv3(
      'explain',
      'linux-s2-4k',
      '--sid',
      '0x19',
      '--iova',
      '0x100000000000',
      '--json',
    );
    const explanation = JSON.parse(out) as {
      why: string;
      steps: { kind: string; decoded?: { kind: string } }[];
    };
    expect(explanation.why).toMatch(/44 bits of IAS/);
    expect(explanation.steps.flatMap(({ decoded }) => decoded?.kind ?? [])).toEqual(['l1std', 'ste']);
  });
});

describe('smmuv3 replay', () => {
  test('a bundled capture by name', async () => {
    const { code, out, err } = await smmuv3('replay', 'linux-nested-4k');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^linux-nested-4k {2}0 mismatches$/m);
  });

  test('--json is one document with the totals at its top level', async () => {
    const { code, out } = await smmuv3('replay', '--bundled', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(report).toMatchObject({
      mismatches: 0,
      accesses: 5771,
      translations: 44384,
      events: 16,
      questions: 3523,
    });
    expect((report['captures'] as { name: string }[]).map(({ name }) => name)).toEqual([
      'linux-s1-4k',
      'linux-s2-4k',
      'linux-nested-4k',
    ]);
  });
});
