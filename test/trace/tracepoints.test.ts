import { expect, test } from '@jest/globals';
import { isMapping, openTrace, type MappingEvent } from '../../src/trace/index.js';
import { sample, streamOf } from './support.js';

async function events(text: string | Uint8Array): Promise<MappingEvent[]> {
  const source = await openTrace(streamOf(text));
  if (!isMapping(source)) throw new Error('holds transactions');
  const all: MappingEvent[] = [];
  for await (const event of source.events()) all.push(event);
  return all;
}

test('the sample, with both ways to print a range', async () => {
  const all = await events(sample('iommu-tracepoints.txt'));
  const device = '0000:00:03.0';
  expect(all.map(({ kind }) => kind)).toEqual(['map', 'map', 'map', 'unmap', 'map', 'unmap', 'fault']);
  expect(all[1]).toEqual({ kind: 'map', device, iova: 0xffffc000n, pa: 0x440f1000n, size: 8192n });
  expect(all[5]).toEqual({ kind: 'unmap', device, iova: 0xffffe000n, size: 4096n });
  expect(all[6]).toEqual({ kind: 'fault', device, iova: 0xffffe040n, write: true });
});

test('devices where the kernel names them', async () => {
  const line = 'map: IOMMU: dev=1d84000.ufshc iova=0x0000000ffff36000 paddr=0x00000001164d8000 size=4096\n';
  expect(await events(line)).toMatchObject([{ device: '1d84000.ufshc', iova: 0xffff36000n }]);
});

test('an end that is not the start and the size', async () => {
  await expect(events('map: IOMMU: iova=0x1000 - 0x3000 paddr=0x4000 size=4096\n')).rejects.toThrow(
    /^trace, line 1, field "iova": got 'map: .*', expected an end of 0x2000, size bytes from the start\.$/,
  );
});
