import { describe, expect, test } from '@jest/globals';
import { violations } from '../scripts/layers.mjs';

const check = (files: Record<string, string>): string[] => violations(new Map(Object.entries(files)));

describe('rooms of the core', () => {
  test('imports downwards and inside one room are fine', () => {
    expect(
      check({
        'assembly/arch/ste.ts': 'export const STE_V: i32 = 1;',
        'assembly/abi.ts': 'export const ABI_VERSION: i32 = 1;',
        'assembly/memory/bus.ts': "import { STE_V } from '../arch/ste';",
        'assembly/tlb/micro.ts':
          "import { read64 } from '../memory/bus';\nimport { compare } from './compare';",
        'assembly/tlb/compare.ts': "import * as abi from '../abi';",
        'assembly/index.ts': "export { lookup } from './tlb/micro';",
      }),
    ).toEqual([]);
  });

  test('an import upwards is named', () => {
    expect(
      check({
        'assembly/memory/bus.ts': "import { lookup } from '../tlb/micro';",
        'assembly/tlb/micro.ts': '',
      }),
    ).toEqual([
      "assembly/memory/bus.ts imports '../tlb/micro': tlb lies above memory, and imports point downwards.",
    ]);
  });

  test('rooms of one floor do not know each other', () => {
    const [sentence] = check({
      'assembly/memory/bus.ts': "export { add } from '../stats/counters';",
      'assembly/stats/counters.ts': '',
    });
    expect(sentence).toContain('memory and stats stand side by side');
  });

  test('arch and abi import nothing, not even each other', () => {
    expect(
      check({
        'assembly/abi.ts': "import { STE_V } from './arch/ste';",
        'assembly/arch/ste.ts': "import type { X } from './cd.js';",
        'assembly/arch/cd.ts': '',
      }),
    ).toHaveLength(2);
  });

  test('packages, host files and unknown rooms are refused', () => {
    expect(
      check({
        'assembly/walk/stage1.ts': "import { memory } from 'util/memory';",
        'assembly/walk/stage2.ts': "import { Smmu } from '../../src/smmu';",
        'assembly/helpers/bits.ts': "import { R_CR0 } from '../arch/registers';",
        'assembly/index.ts': "import { bits } from './helpers/bits';",
        'assembly/arch/registers.ts': '',
        'src/device/smmu.ts': '',
      }),
    ).toHaveLength(4);
  });
});

describe('the host', () => {
  test('may import arch and abi, and nothing else of the core', () => {
    expect(
      check({
        'src/device/smmu.ts':
          "import { STE_V } from '../assembly/arch/ste.js';\nimport { VERSION } from '../assembly/abi.js';",
        'src/inspect/tlb.ts': "import { ways } from '../../assembly/tlb/micro.js';",
        'assembly/arch/ste.ts': '',
        'assembly/abi.ts': '',
        'assembly/tlb/micro.ts': '',
      }),
    ).toEqual([
      "src/inspect/tlb.ts imports '../../assembly/tlb/micro.js': of the core the host may import arch/* and abi only.",
    ]);
  });

  test('imports no test or benchmark', () => {
    expect(check({ 'src/device/smmu.ts': "import { walk } from '../test/oracle/walk.js';" })).toHaveLength(1);
  });

  test('only src/wasm touches instances and their exports', () => {
    const instantiate = 'const { instance } = await WebAssembly.instantiate(module, {}); instance.exports;';
    expect(check({ 'src/core/load.ts': instantiate })).toEqual([]);
    expect(check({ 'src/device/smmu.ts': instantiate })).toHaveLength(1);
    expect(check({ 'src/device/smmu.ts': 'core.exports.reset();' })).toHaveLength(1);
    expect(
      check({ 'src/device/smmu.ts': "import { instantiate } from '@assemblyscript/loader';" }),
    ).toHaveLength(1);
    expect(
      check({
        'src/device/smmu.ts':
          '// The instance.exports stay in src/wasm.\nconst m = new WebAssembly.Memory(d);',
      }),
    ).toEqual([]);
  });
});

describe('circles', () => {
  test('a circle is named once, with its way round', () => {
    expect(
      check({
        'src/c.ts': "import { a } from './a.js';",
        'src/b.ts': "export * from './c.js';",
        'src/a.ts': "import type { B } from './b.js';",
      }),
    ).toEqual(['Circle of imports: src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts.']);
  });

  test('circles inside one room of the core count too', () => {
    expect(
      check({
        'assembly/walk/stage1.ts': "import { s2 } from './stage2';",
        'assembly/walk/stage2.ts': "import { s1 } from './stage1';",
      }),
    ).toEqual([
      'Circle of imports: assembly/walk/stage1.ts -> assembly/walk/stage2.ts -> assembly/walk/stage1.ts.',
    ]);
  });

  test('a diamond is no circle', () => {
    expect(
      check({
        'src/a.ts': "import './b.js';\nimport './c.js';",
        'src/b.ts': "import './d.js';",
        'src/c.ts': "const d = await import('./d.js');",
        'src/d.ts': '',
      }),
    ).toEqual([]);
  });
});
