// A driver over a device whose commands take time: it waits as a driver does, which is to let time pass.
import { describe, expect, test } from '@jest/globals';
import { RW } from './support/guest.js';
import { FREE, Host, type HostOptions } from './support/host.js';

const SID = 0x10;
const PAGE = 4096;
const IOVA = 0x5000n;
/** gem5's: a fetch of 1 + 100 cycles for each command, the first a cycle after the doorbell. */
const COMMAND = 101n;

describe.each<NonNullable<HostOptions['cmdSync']>>(['poll', 'msi'])(
  'asyncCommands, CMD_SYNC by %s',
  (cmdSync) => {
    test('an unmap returns when its invalidation and CMD_SYNC are done, and the page is gone', async () => {
      const h = await Host.create({ cmdSync, smmu: { timing: 'gem5-default', asyncCommands: true } });
      const domain = h.iommu.domainAlloc({ type: 'dma' });
      h.iommu.attachDevice(domain, h.device(SID));
      h.iommu.map(domain, IOVA, FREE, PAGE, RW);
      expect(h.outcome(SID, IOVA)).toBe(`0x${FREE.toString(16)}`);
      h.smmu.advance(h.smmu.now + 10_000n);
      const from = h.smmu.now;
      h.iommu.unmap(domain, IOVA, BigInt(PAGE));
      // One TLBI and the CMD_SYNC.
      expect(h.smmu.now - from).toBe(1n + 2n * COMMAND);
      expect(h.outcome(SID, IOVA)).toBe('abort F_TRANSLATION');
    });
  },
);
