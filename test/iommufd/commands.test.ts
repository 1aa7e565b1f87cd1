// HWPT_INVALIDATE: which commands a guest may give, what the host makes of them, and what entry_num says.
import { describe, expect, test } from '@jest/globals';
import { InvalidationError } from '../../src/iommufd/index.js';
import type { NativeCommand } from '../../src/iommu/index.js';
import { hexed } from '../iommu/support/host.js';
import { nesting, S1, VSID, type Nesting } from './support/machine.js';

async function guest(): Promise<Nesting> {
  const n = await nesting();
  n.fd.vdeviceAlloc({ viommuId: n.viommuId, devId: n.devId, virtId: VSID });
  n.fd.attachDevice(n.devId, n.nested(S1));
  return n;
}

const send = ({ h, fd, viommuId }: Nesting, entries: NativeCommand[]): string[] =>
  hexed(h.commands(() => expect(fd.hwptInvalidate({ hwptId: viommuId, entries })).toBe(entries.length)));

/** The error, and how many were handled. */
function failure(action: () => unknown): [string, number] {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidationError) return [error.code, error.entryNum];
    throw error;
  }
  return ['nothing thrown', -1];
}

const SYNC = 'fc02046 0';
const NH_VA: NativeCommand = [0x7_ffff_0000_0012n | (5n << 48n), 0x1234_5000n | 1n];

describe('guest commands as the host sends them', () => {
  test.each<[string, NativeCommand, string]>([
    ['TLBI_NSNH_ALL becomes NH_ALL of the VMID', [0x30n, 0n], '100000010 0'],
    ['TLBI_NSNH_ALL: dword 1 becomes 0', [0x30n, 0xfffn], '100000010 0'],
    ['TLBI_NH_ALL: VMID replaced', [0xffff_0000_0010n, 0n], '100000010 0'],
    ['TLBI_NH_ASID: VMID replaced, ASID kept', [0x7_ffff_0000_0011n, 0n], '7000100000011 0'],
    ['TLBI_NH_VA: VMID replaced, ASID kept', [0x7_ffff_0000_0012n, 0n], '7000100000012 0'],
    ['TLBI_NH_VA: address, leaf and range kept', [0x7_ffff_0030_3012n, 0xabc_d501n], '7000100303012 abcd501'],
    ['TLBI_NH_VAA', [0xffff_0000_0013n, 0x1000n], '100000013 1000'],
    ['CFGI_CD: StreamID replaced', [0x8_0000_0005n, 1n], '456700000005 1'],
    ['CFGI_CD: SubstreamID kept', [0x8_0000_7005n, 1n], '456700007005 1'],
    ['CFGI_CD_ALL', [0x8_0000_0006n, 0n], '456700000006 0'],
  ])('%s', async (_, command, sent) => {
    expect(send(await guest(), [command])).toEqual([sent, SYNC]);
  });

  test('ATC_INV goes to the device’s StreamID; an SMMU without ATS finds it illegal, and its driver goes on', async () => {
    const n = await guest();
    expect(n.fd.hwptInvalidate({ hwptId: n.viommuId, entries: [[0x8_0000_0040n, 52n]] })).toBe(1);
    expect(n.h.iommu.errors).toMatchObject([{ kind: 'command-illegal', command: [0x4567_0000_0040n, 52n] }]);
  });

  test('an unknown StreamID: EIO', async () => {
    const n = await guest();
    for (const opcode of [0x05n, 0x06n, 0x40n]) {
      const entries: NativeCommand[] = [[0x9_0000_0000n | opcode, 0n]];
      expect(failure(() => n.fd.hwptInvalidate({ hwptId: n.viommuId, entries }))).toEqual(['EIO', 0]);
    }
  });

  test('every other opcode: EIO, nothing sent', async () => {
    const n = await guest();
    const good = [0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x30, 0x40];
    for (let opcode = 0; opcode < 256; opcode++) {
      if (good.includes(opcode)) continue;
      const entries: NativeCommand[] = [[0x8_0000_0000n | BigInt(opcode), 0n]];
      const sent = n.h.commands(() =>
        expect([opcode, ...failure(() => n.fd.hwptInvalidate({ hwptId: n.viommuId, entries }))]).toEqual([
          opcode,
          'EIO',
          0,
        ]),
      );
      expect(sent).toEqual([]);
    }
  });
});

describe('blocks and entry_num', () => {
  test('blocks of 63, one CMD_SYNC after each', async () => {
    const n = await guest();
    const sent = send(n, new Array<NativeCommand>(130).fill(NH_VA));
    expect(sent.length).toBe(130 + 3);
    expect(sent.flatMap((command, i) => (command === SYNC ? [i] : []))).toEqual([63, 127, 132]);
  });

  test('no entries: nothing happens; entry_num 0', async () => {
    expect(send(await guest(), [])).toEqual([]);
  });

  test('a bad command at index k says k, though those before it in its block were not sent', async () => {
    const n = await guest();
    const entries: NativeCommand[] = [...new Array<NativeCommand>(70).fill(NH_VA), [0x46n, 0n], NH_VA];
    const sent = hexed(
      n.h.commands(() =>
        expect(failure(() => n.fd.hwptInvalidate({ hwptId: n.viommuId, entries }))).toEqual(['EIO', 70]),
      ),
    );
    expect(sent.length).toBe(64); // the first block and its CMD_SYNC, and none of the seven after it
  });

  test('a block that cannot be sent says all but one', async () => {
    const n = await guest();
    n.h.smmu.write32(0x20, 1); // CMDQEN is gone: the driver waits in vain
    const entries = new Array<NativeCommand>(5).fill(NH_VA);
    expect(failure(() => n.fd.hwptInvalidate({ hwptId: n.viommuId, entries }))).toEqual(['ETIMEDOUT', 4]);
  });

  test('wrong type, wrong entry length, too many: EINVAL with 0', async () => {
    const { fd, viommuId: hwptId } = await guest();
    const bytes = new Uint8Array(32);
    bytes[0] = bytes[16] = 0x30;
    expect(failure(() => fd.hwptInvalidate({ hwptId, entries: bytes, dataType: 0 }))).toEqual(['EINVAL', 0]);
    expect(failure(() => fd.hwptInvalidate({ hwptId, entries: bytes, entryLen: 8 }))).toEqual(['EINVAL', 0]);
    expect(failure(() => fd.hwptInvalidate({ hwptId, entries: bytes, entryLen: 0 }))).toEqual(['EINVAL', 0]);
    expect(
      failure(() => fd.hwptInvalidate({ hwptId, entries: new Uint8Array(8192), entryLen: 8192 })),
    ).toEqual(['EINVAL', 0]);
    const many = new Array<NativeCommand>(2 ** 19 + 1).fill(NH_VA);
    expect(failure(() => fd.hwptInvalidate({ hwptId, entries: many }))).toEqual(['EINVAL', 0]);
    expect(fd.hwptInvalidate({ hwptId, entries: bytes })).toBe(2);
    bytes[16] = 0;
    expect(fd.hwptInvalidate({ hwptId, entries: bytes, entryLen: 32 })).toBe(1);
  });

  test('a larger entry: taken when the rest is 0, else E2BIG', async () => {
    const { fd, viommuId: hwptId } = await guest();
    const bytes = new Uint8Array(24);
    bytes[0] = 0x30;
    expect(fd.hwptInvalidate({ hwptId, entries: bytes, entryLen: 24 })).toBe(1);
    bytes[20] = 1;
    expect(failure(() => fd.hwptInvalidate({ hwptId, entries: bytes, entryLen: 24 }))).toEqual(['E2BIG', 0]);
  });

  test('not a VIOMMU: ENOENT, EINVAL, EOPNOTSUPP', async () => {
    const { fd, parent, ioasId, nested } = await guest();
    const entries: NativeCommand[] = [[0x30n, 0n]];
    expect(failure(() => fd.hwptInvalidate({ hwptId: 99, entries }))).toEqual(['ENOENT', 0]);
    expect(failure(() => fd.hwptInvalidate({ hwptId: parent, entries }))).toEqual(['EINVAL', 0]);
    expect(failure(() => fd.hwptInvalidate({ hwptId: ioasId, entries }))).toEqual(['EINVAL', 0]);
    expect(failure(() => fd.hwptInvalidate({ hwptId: nested(S1), entries }))).toEqual(['EOPNOTSUPP', 0]);
  });
});

describe('the parent', () => {
  test('unmap while a nested page table uses it: S2_IPA, SYNC, NH_ALL of the VMID, SYNC', async () => {
    const n = await guest();
    const sent = hexed(n.h.commands(() => n.fd.ioasUnmap(n.ioasId, 0x8000_0000n, 16n << 20n)));
    const opcodes = sent.map((command) => parseInt(command.split(' ')[0].slice(-2), 16));
    expect(opcodes.filter((opcode, i) => opcode !== opcodes[i - 1])).toEqual([0x2a, 0x46, 0x10, 0x46]);
  });
});
