// What the published types promise: each line of these programs compiles under strict TypeScript against the built package, or is
// refused where a comment says so (`@ts-expect-error` is itself an error where the line is accepted).
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const FOLDER = 'dist/type-checks';
const TSC = 'node_modules/@typescript/native/bin/tsc';

const PROGRAMS: Record<string, string> = {
  'a profile is one of those that exist': `
    import type { IdentificationName, SmmuOptions } from 'smmuv3-wasm';
    const names: IdentificationName[] = ['v3.2', 'v3.4', 'mmu600'];
    const good: SmmuOptions[] = [{ id: 'v3.4' }, { id: names[0] }, { id: { idr5: 0x75 } }];
    // @ts-expect-error there is no such profile
    const version: SmmuOptions = { id: 'v9.9' };
    // @ts-expect-error any string may name none
    const text: SmmuOptions = { id: String(good.length) };
    // @ts-expect-error no such register
    const register: SmmuOptions = { id: { idr9: 1 } };
    export { version, text, register };`,
  'the name of an event is one of those that there are': `
    import type { EventName, EventRecord } from 'smmuv3-wasm';
    export function stage(event: EventRecord): number {
      switch (event.name) {
        case 'F_TRANSLATION':
        case 'F_PERMISSION':
        case 'F_ACCESS':
        case 'F_ADDR_SIZE':
          return event.s2 === true ? 2 : 1;
        case 'C_BAD_STE':
        case 'C_BAD_CD':
          return 0;
        // @ts-expect-error misspelt
        case 'F_TRANSLATON':
          return 1;
        default:
          return -1;
      }
    }
    export const names: EventName[] = ['E_PAGE_REQUEST', 'IMPDEF_0xe0', 'reserved_0x30'];
    // @ts-expect-error no event of the architecture's
    export const other: EventName = 'F_SOMETHING';`,
  'status tells whether there is a stag': `
    import { Smmu, type StalledTranslation, type Translation } from 'smmuv3-wasm';
    const smmu = await Smmu.create();
    const t: Translation = smmu.translate({ streamId: 0, iova: 0n });
    if (t.status === 'stalled') {
      const stag: number = t.stag;
      const record: bigint = t.event.words[0];
      const waiting: StalledTranslation = t;
      console.log(stag, record, waiting);
    } else {
      const none: undefined = t.stag;
      // @ts-expect-error it has ended
      const stag: number = t.stag;
      console.log(none, stag);
    }
    // @ts-expect-error nobody has asked for the status yet
    const early: number = t.stag;
    await Smmu.create({
      onResume({ outcome }) {
        // @ts-expect-error what is resumed stalls no more
        if (outcome.status === 'stalled') console.log(early);
      },
    });`,
  'offer takes what run takes': `
    import type { ClosedLoop, OfferedRows } from 'smmuv3-wasm';
    const loop: ClosedLoop = { outstanding: 4, minGap: 1, requesters: 2, firstOffer: 5n };
    export const rows: OfferedRows = { start: 1, count: 2, ...loop };
    // @ts-expect-error a cycle is a bigint
    export const wrong: OfferedRows = { outstanding: 4, firstOffer: 5 };`,
};

test('programs compile, and what must not be accepted is not', () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  Object.entries(PROGRAMS).forEach(([name, text], i) => {
    writeFileSync(join(FOLDER, `${i}.ts`), `// ${name}\n${text}\nexport {};\n`);
  });
  const options = {
    extends: '../../tsconfig.json',
    compilerOptions: { rootDir: '.', noEmit: true, declaration: false, strict: true, noUnusedLocals: false },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(options));
  const { stdout, status } = spawnSync(process.execPath, [TSC, '-p', FOLDER], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
