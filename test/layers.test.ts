import { describe, expect, test } from '@jest/globals';
import { violations } from '../scripts/layers.mjs';

const check = (files: Record<string, string>): string[] => violations(new Map(Object.entries(files)));

describe('rooms of the core', () => {
  test('imports downwards and inside one room are fine', () => {
    expect(
      check({
        'assembly/arch/ste.ts': 'export const STE_V: i32 = 1;',
        'assembly/abi/layout.ts': 'export const VERSION: i32 = 1;',
        'assembly/memory/bus.ts': "import { STE_V } from '../arch/ste';",
        'assembly/tlb/micro.ts':
          "import { read64 } from '../memory/bus';\nimport { compare } from './compare';",
        'assembly/tlb/compare.ts': "import * as Layout from '../abi/layout';",
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

  test('arch and abi import nothing, not even each other', () => {
    expect(
      check({
        'assembly/abi/layout.ts': "import { STE_V } from '../arch/ste';",
        'assembly/abi/header.ts': "import { VERSION } from './layout';",
        'assembly/arch/ste.ts': "import type { X } from './cd.js';",
        'assembly/arch/cd.ts': '',
      }),
    ).toHaveLength(3);
  });

  test('packages, host files and unknown rooms are refused', () => {
    expect(
      check({
        'assembly/walk/stage1.ts': "import { memory } from 'util/memory';",
        'assembly/walk/stage2.ts': "import { Smmu } from '../../src/device/smmu';",
        'assembly/helpers/bits.ts': "import { R_CR0 } from '../arch/registers';",
        'assembly/index.ts': "import { bits } from './helpers/bits';",
        'assembly/arch/registers.ts': '',
        'src/device/smmu.ts': '',
      }),
    ).toHaveLength(3);
  });
});

describe('names of a file of the core', () => {
  const names = (count: number): string => Array.from({ length: count }, (_, i) => `name${i}`).join(', ');
  const file = (count: number): string =>
    `import * as Ste from '../arch/ste';\nimport {\n  ${names(count)},\n} from '../memory/bits';`;
  const others = { 'assembly/arch/ste.ts': '', 'assembly/memory/bits.ts': '' };

  test('39 may be imported, a namespace counting as one', () => {
    expect(check({ ...others, 'assembly/walk/stage1.ts': file(38) })).toEqual([]);
  });

  test('40 are too many', () => {
    expect(check({ ...others, 'assembly/walk/stage1.ts': file(39) })).toEqual([
      'assembly/walk/stage1.ts imports 40 names, and 39 are the most: import a namespace, or divide the file.',
    ]);
  });

  test('files of the host may import more', () => {
    expect(
      check({
        'src/device/smmu.ts': `import { ${names(60)} } from './names.js';`,
        'src/device/names.ts': '',
      }),
    ).toEqual([]);
  });
});

describe('the host', () => {
  test('may import arch and abi, and nothing else of the core', () => {
    expect(
      check({
        'src/device/smmu.ts':
          "import { STE_V } from '../../assembly/arch/ste.js';\nimport { VERSION } from '../../assembly/abi/layout.js';",
        'src/inspect/tlb.ts': "import { ways } from '../../assembly/tlb/micro.js';",
        'assembly/arch/ste.ts': '',
        'assembly/abi/layout.ts': '',
        'assembly/tlb/micro.ts': '',
      }),
    ).toEqual([
      "src/inspect/tlb.ts imports '../../assembly/tlb/micro.js': of the core the host may import arch/* and abi only.",
    ]);
  });

  test('an import upwards is named', () => {
    expect(
      check({
        'src/base/check.ts': "import { Smmu } from '../device/smmu.js';",
        'src/device/smmu.ts': '',
        'src/trace/rows.ts': "import type { Batch } from '../device/batch.js';",
        'src/device/batch.ts': '',
      }),
    ).toEqual([
      "src/base/check.ts imports '../device/smmu.js': device lies above base, and imports point downwards.",
      "src/trace/rows.ts imports '../device/batch.js': device lies above trace, and imports point downwards.",
    ]);
  });

  test('rooms of one floor do not know each other', () => {
    const [sentence] = check({
      'src/replay/replay.ts': "export { HostIommu } from '../iommu/index.js';",
      'src/iommu/index.ts': '',
    });
    expect(sentence).toContain('replay and iommu stand side by side');
  });

  test('the root holds index.ts only, and every folder is a room', () => {
    expect(
      check({
        'src/index.ts': "export { Smmu } from './device/smmu.js';",
        'src/device/smmu.ts': '',
      }),
    ).toEqual([]);
    const [root, folder] = check({
      'src/device.ts': "import { integer } from './base/check.js';",
      'src/helpers/bits.ts': "import { integer } from '../base/check.js';",
      'src/base/check.ts': '',
    });
    expect(root).toContain('src/device.ts is no room of the house');
    expect(folder).toContain('src/helpers is no room of the house');
  });

  test('a file of no room is named though it imports nothing', () => {
    expect(check({ 'src/loose.ts': '' })).toHaveLength(1);
  });

  test('imports no test or benchmark', () => {
    expect(check({ 'src/device/smmu.ts': "import { walk } from '../../test/oracle/walk.js';" })).toHaveLength(
      1,
    );
  });

  test('only src/core touches instances and their exports', () => {
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
          '// The instance.exports stay in src/core.\nconst m = new WebAssembly.Memory(d);',
      }),
    ).toEqual([]);
  });
});

describe('circles', () => {
  test('a circle is named once, with its way round', () => {
    expect(
      check({
        'src/base/c.ts': "import { a } from './a.js';",
        'src/base/b.ts': "export * from './c.js';",
        'src/base/a.ts': "import type { B } from './b.js';",
      }),
    ).toEqual(['Circle of imports: src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts.']);
  });

  test('a circle of rooms is named though no file is in a circle', () => {
    expect(
      check({
        'src/stats/stats.ts': "import type { Transaction } from '../device/transaction.js';",
        'src/device/transaction.ts': '',
        'src/device/smmu.ts': "import { stats } from '../stats/stats.js';",
      }),
    ).toEqual([
      "src/stats/stats.ts imports '../device/transaction.js': device lies above stats, and imports point downwards.",
      'Circle of rooms: src/device -> src/stats -> src/device.',
    ]);
    expect(
      check({
        'assembly/tlb/array.ts': "import { walk } from '../walk/stage1';",
        'assembly/walk/stage1.ts': '',
        'assembly/walk/fill.ts': "import { fill } from '../tlb/array';",
      }),
    ).toContain('Circle of rooms: assembly/tlb -> assembly/walk -> assembly/tlb.');
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
        'src/base/a.ts': "import './b.js';\nimport './c.js';",
        'src/base/b.ts': "import './d.js';",
        'src/base/c.ts': "const d = await import('./d.js');",
        'src/base/d.ts': '',
      }),
    ).toEqual([]);
  });
});

describe('the playground', () => {
  test('imports the entries of the package, its own rooms below, and other packages', () => {
    expect(
      check({
        'src/index.ts': '',
        'src/explain/index.ts': '',
        'web/src/parts/numbers.ts': "import { render } from 'preact';",
        'web/src/walk/path.ts':
          "import { explain } from '../../../src/explain/index.js';\nimport { hex } from '../parts/numbers.js';",
        'web/src/app/app.tsx': "import { Smmu } from '../../../src/index.js';\nimport '../walk/path.js';",
      }),
    ).toEqual([]);
  });

  test('what is no entry, a room above or beside, and an unknown room are refused', () => {
    expect(
      check({
        'src/device/smmu.ts': '',
        'web/src/parts/numbers.ts': "import { Smmu } from '../../../src/device/smmu.js';",
        'web/src/walk/path.ts': "import '../bind/form.js';",
        'web/src/bind/form.tsx': "import '../app/app.js';",
        'web/src/app/app.tsx': '',
        'web/src/helpers/numbers.ts': '',
      }),
    ).toEqual([
      "web/src/parts/numbers.ts imports '../../../src/device/smmu.js': of the package web/ imports entries only, which are named index.ts.",
      "web/src/walk/path.ts imports '../bind/form.js': walk and bind stand side by side, and imports point downwards.",
      "web/src/bind/form.tsx imports '../app/app.js': app lies above bind, and imports point downwards.",
      expect.stringContaining('web/src/helpers is no room of the house'),
    ]);
  });
});
