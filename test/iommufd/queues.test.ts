// VEVENTQ and FAULT_QUEUE: records as bytes, sequence numbers, lost events, page requests and their answers.
import { describe, expect, test } from '@jest/globals';
import { decodeStruct, encodeStruct, IOMMU_HWPT_FAULT_ID_VALID, structs } from '../../src/iommufd/index.js';
import { Veventq } from '../../src/iommufd/veventq.js';
import type { EventOwner } from '../../src/iommufd/veventq.js';
import { codeOf } from '../iommu/support/host.js';
import { Guest } from '../iommu/support/guest.js';
import { BYPASS, image, IPA, nesting, PA, RAM_BYTES, SID, VSID, type Nesting } from './support/machine.js';
import { cd, ended } from './support/cd.js';

const RECORD = 40;

/** A guest whose CD translates page 0x1000, with stalls or without. */
async function guest(
  options: { stall?: boolean; fault?: boolean } = {},
): Promise<Nesting & { file: number; faultFd: number }> {
  const n = await nesting();
  const { h, fd, devId, viommuId } = n;
  const { faultId, fd: faultFd } = fd.faultQueueAlloc();
  fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
  const { fd: file } = fd.veventqAlloc({ viommuId, depth: 2 });
  const memory = new Guest(h, IPA, PA, RAM_BYTES);
  const table = memory.table();
  table.map(0x1000n, IPA + 0x30_0000n, 4096n, 3);
  const at = cd(memory, table, options.stall === true);
  const flags = options.fault === true ? IOMMU_HWPT_FAULT_ID_VALID : 0;
  fd.attachDevice(
    devId,
    fd.hwptAlloc({ devId, ptId: viommuId, data: { ste: [at | 0xbn, 0xd4n] }, flags, faultId }),
  );
  return { ...n, file, faultFd };
}

describe('VEVENTQ', () => {
  test('a stage 1 fault: header and the record, its StreamID the guest’s', async () => {
    const { h, fd, file } = await guest();
    expect(fd.poll(file)).toBe(false);
    expect(fd.read(file, 4096)).toEqual(new Uint8Array(0));
    const { event } = h.translate(SID, 0x5123n);
    expect(fd.poll(file)).toBe(true);
    const record = fd.read(file, 4096);
    const [word0, word1, word2, word3] = event!.words;
    expect(word0 >> 32n).toBe(BigInt(SID));
    expect(record).toEqual(
      new Uint8Array([...image(0, 0), ...image((word0 & 0xffff_ffffn) | (VSID << 32n), word1, word2, word3)]),
    );
    expect(fd.read(file, 4096).length).toBe(0);
  });

  test('sequence numbers; a full queue has one header for all that were lost, which gives way', async () => {
    const { h, fd, file } = await guest();
    for (let i = 0; i < 5; i++) h.translate(SID, 0x5000n + BigInt(i));
    const bytes = fd.read(file, 4096);
    expect(bytes.length).toBe(2 * RECORD + 8);
    expect(bytes.subarray(2 * RECORD)).toEqual(image(1, 4)); // LOST_EVENTS, the last of them
    h.translate(SID, 0x6000n);
    h.translate(SID, 0x6000n);
    h.translate(SID, 0x6000n); // lost: header 7
    expect(fd.read(file, RECORD).subarray(0, 8)).toEqual(image(0, 5));
    h.translate(SID, 0x6000n); // there is room: the header gives way, the gap tells
    const rest = fd.read(file, 4096);
    expect([rest.subarray(0, 8), rest.subarray(RECORD, RECORD + 8)]).toEqual([image(0, 6), image(0, 8)]);
    expect(rest.length).toBe(2 * RECORD);
  });

  test('sequence numbers go to 2^31 - 1, then to 0', () => {
    // No test reports 2^31 events: the queue begins near the end.
    const queue = new Veventq({ users: 0 } as EventOwner, 1, 0x7fff_fffe);
    const numbers: number[] = [];
    for (let i = 0; i < 4; i++) {
      queue.report([0n, 0n, 0n, 0n]);
      numbers.push(decodeStruct(structs.iommufdVeventHeader, queue.read(RECORD)).sequence);
    }
    expect(numbers).toEqual([0x7fff_fffe, 0x7fff_ffff, 0, 1]);
  });

  test('a buffer that holds no record: EINVAL; of a larger one, whole records only', async () => {
    const { h, fd, file } = await guest();
    h.translate(SID, 0x5000n);
    h.translate(SID, 0x5000n);
    for (const count of [0, 8, RECORD - 1]) expect(codeOf(() => fd.read(file, count))).toBe('EINVAL');
    expect(fd.read(file, 2 * RECORD - 1).length).toBe(RECORD);
    expect(fd.read(file, RECORD).length).toBe(RECORD);
    expect(codeOf(() => fd.write(file, new Uint8Array(8)))).toBe('EINVAL');
    expect(codeOf(() => fd.read(99, RECORD))).toBe('EBADF');
  });

  test('of stage 2, and of a device without VDEVICE, nothing is told', async () => {
    const { h, fd, file, devId, nested } = await guest();
    h.translate(SID, 0x1000n); // mapped
    fd.attachDevice(devId, nested(BYPASS));
    h.translate(SID, IPA - 0x1000n); // stage 2 has nothing there
    expect(fd.poll(file)).toBe(false);
    const other = fd.bindDevice(h.device(0x20));
    fd.attachDevice(other, nested(BYPASS));
    h.translate(0x20, IPA - 0x1000n);
    expect(fd.poll(file)).toBe(false);
  });

  test('onReadable is called with each record', async () => {
    const { h, fd, file } = await guest();
    let calls = 0;
    fd.watch(file, () => calls++);
    h.translate(SID, 0x5000n);
    h.translate(SID, 0x5000n);
    expect(calls).toBe(2);
  });
});

describe('FAULT_QUEUE', () => {
  test('a stalled transaction: its record, and SUCCESS retries it', async () => {
    const { h, fd, devId, faultFd } = await guest({ stall: true, fault: true });
    const stalled = h.translate(SID, 0x5123n, true);
    expect(stalled.status).toBe('stalled');
    const record = fd.read(faultFd, 4096);
    // flags LAST_PAGE, dev_id, no PASID, grpid = STAG, perm WRITE 2, addr, length 0, cookie 1
    expect(record).toEqual(image(2, devId, 0, stalled.stag!, 2, 0, 0x5123n, 0, 1));
    expect(fd.write(faultFd, encodeStruct(structs.iommuHwptPageResponse, { cookie: 1, code: 0 }))).toBe(8);
    expect(h.smmu.takeResumed()).toEqual([]); // stalled again: nothing is mapped there yet
    const again = decodeStruct(structs.iommuHwptPgfault, fd.read(faultFd, RECORD));
    expect(again).toMatchObject({ addr: 0x5123n, cookie: 2 });
    fd.write(faultFd, encodeStruct(structs.iommuHwptPageResponse, { cookie: 2, code: 1 }));
    expect(ended(h)).toEqual(['abort']);
  });

  test('responses: unknown cookie, unknown code, wrong length: EINVAL; each cookie once', async () => {
    const { h, fd, faultFd } = await guest({ stall: true, fault: true });
    h.translate(SID, 0x5000n);
    const respond = (cookie: number, code: number): string =>
      codeOf(() => fd.write(faultFd, encodeStruct(structs.iommuHwptPageResponse, { cookie, code })));
    expect(respond(1, 1)).toBe('EINVAL'); // not read yet
    fd.read(faultFd, RECORD);
    expect(respond(2, 1)).toBe('EINVAL');
    expect(respond(1, 2)).toBe('EINVAL');
    expect(codeOf(() => fd.write(faultFd, new Uint8Array(7)))).toBe('EINVAL');
    expect(codeOf(() => fd.read(faultFd, RECORD - 1))).toBe('EINVAL');
    expect(respond(1, 1)).toBe('nothing thrown');
    expect(respond(1, 1)).toBe('EINVAL');
  });

  test('without a fault queue the transaction aborts', async () => {
    const { h } = await guest({ stall: true });
    expect(h.translate(SID, 0x5000n).status).toBe('stalled');
    expect(ended(h)).toEqual(['abort']);
  });

  test.each(['detach', 'replace', 'close', 'unbind'])('%s answers what waits with INVALID', async (how) => {
    const { h, fd, devId, faultFd, nested } = await guest({ stall: true, fault: true });
    h.translate(SID, 0x5000n);
    h.translate(SID, 0x6000n);
    fd.read(faultFd, RECORD);
    if (how === 'detach') fd.detachDevice(devId);
    else if (how === 'replace') fd.attachDevice(devId, nested(BYPASS));
    else if (how === 'close') fd.close(faultFd);
    else fd.unbindDevice(devId);
    expect(ended(h)).toEqual(['abort', 'abort']);
    if (how !== 'close') expect(fd.poll(faultFd)).toBe(false);
  });
});
