// Hardware updates of descriptors while time passes between the read and the update (IHI 0070 §3.13).
import { expect, test } from '@jest/globals';
import type { Translation } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import { stage1 } from '../support/streams.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const VA = 0x7000n;
const OLD = DATA;
const NEW = DATA + 0x1_0000n;
const AF = 1n << 10n;

test('§3.13 a descriptor that software changed meanwhile is not overwritten: it is read again', async () => {
  let issued = false;
  const m = await timedMachine(gem5(100), {
    walkLatency: ({ write }) => {
      issued ||= write;
      return 100;
    },
  });
  const { tables } = stage1(m, SID, { cdFields: { HA: 1 } });
  tables.map(VA, OLD, s1Leaf({ af: 0 }));
  m.smmu.submit({ streamId: SID, iova: VA });
  while (!issued) m.smmu.advance(m.smmu.now + 1n);
  tables.map(VA, NEW, s1Leaf({ af: 0 }));
  m.smmu.drain();
  const done: Translation[] = [];
  expect(m.smmu.poll(done)).toBe(1);
  expect(done[0]).toMatchObject({ status: 'ok', pa: NEW });
  expect(tables.read(VA, 3)).toBe(NEW | s1Leaf({ af: 0 }) | AF | 3n);
  m.smmu.dispose();
});
