/** What real files contain beyond the ideal, row by row of the tables in docs/traces.md. */
import { describe, expect, test } from '@jest/globals';
import { FLAG_WRITE } from '../../src/index.js';
import { isMapping, openTrace, singleStream, type MappingEvent } from '../../src/trace/index.js';
import { packetTrace, readAt, type TracePacket } from './gem5.js';
import { open, read, refusal, rowsOf, streamOf } from './support.js';

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const times = async (bytes: Uint8Array, sort?: number): Promise<number[]> =>
  (await read(bytes, { streams: singleStream(0), ...(sort === undefined ? {} : { sort }) })).map(
    ({ time }) => time,
  );

describe("gem5's packets", () => {
  const good = [readAt(5000n), readAt(7000n), readAt(7000n, 0x2000n)];

  test('several packets of one tick are in their order', async () => {
    const rows = await read(packetTrace(good));
    expect(rows.map(({ iova, time }) => [iova, time])).toEqual([
      [0x1000, 0],
      [0x1000, 2],
      [0x2000, 2],
    ]);
  });

  test('ticks that go back are refused with the packet', async () => {
    expect(await refusal(packetTrace([...good, readAt(6999n)]))).toBe(
      'trace, packet 4, field "tick": got 6999, expected 7000 or more, that of the packet before: a trace whose ticks go back is sorted with --sort.',
    );
  });

  test('the first packet later than the second', async () => {
    expect(await refusal(packetTrace([readAt(2_000_000n), readAt(1_000_000n)]))).toContain(
      'packet 2, field "tick"',
    );
    expect(await times(packetTrace([readAt(2_000_000n), readAt(1_000_000n)]), 1)).toEqual([0, 1000]);
  });

  test('a tick counter that wrapped', async () => {
    const wrapped = packetTrace([readAt(2n ** 64n - 1000n), readAt(0n)]);
    expect(await refusal(wrapped)).toContain(
      'packet 2, field "tick": got 0, expected 18446744073709550616 or more',
    );
  });

  test('two traces put together with cat', async () => {
    const [one, two] = [
      packetTrace([readAt(1000n), readAt(9000n)]),
      packetTrace([readAt(2000n), readAt(3000n)]),
    ];
    expect(await refusal(joined(one, two))).toContain('packet 3, field "tick": got 2000, expected 9000');
    expect(await times(joined(one, two), 16)).toEqual([0, 1, 2, 8]);
    expect(await times(joined(one, packetTrace([readAt(9000n)])))).toEqual([0, 8, 8]);
    expect(await refusal(joined(one, packetTrace([], 10n ** 9n)))).toBe(
      'trace, field "tick_freq": got 1000000000, expected 1000000000000 as in the trace before.',
    );
    expect(await refusal(joined(one, two.subarray(0, 4)))).toBe(
      'trace, field "header": is missing, expected a PacketHeader behind "gem5".',
    );
  });

  test.each<[string, TracePacket]>([
    ['a response', { ...readAt(1n), command: 2 }],
    ['a command that is not known', { ...readAt(1n), command: 250 }],
    ['a size of 0', { ...readAt(1n), size: 0 }],
    ['no size', { tick: 1n, address: 0x1000n }],
    ['no address', { tick: 1n, size: 64 }],
  ])('%s is passed over and counted', async (_, packet) => {
    const source = await open(packetTrace([packet, ...good]));
    expect(await rowsOf(source)).toHaveLength(3);
    expect(source.skipped).toBe(1);
  });

  test.each([
    [
      { ...readAt(1n), size: 4097 },
      'field "size": got 4097 bytes at 0x1000, expected a transaction inside one 4 KiB page.',
    ],
    [
      { ...readAt(1n, 0x1fe0n) },
      'field "size": got 64 bytes at 0x1fe0, expected a transaction inside one 4 KiB page.',
    ],
    [{ address: 0n, size: 1 }, 'field "tick": is missing, expected the packet’s time.'],
  ])('%j is refused', async (packet, sentence) => {
    expect(await refusal(packetTrace([readAt(0n), packet]))).toBe(`trace, packet 2, ${sentence}`);
  });

  test('a packet cut off, wherever', async () => {
    const whole = packetTrace(good);
    const last = whole.length - packetTrace(good.slice(0, 2)).length;
    for (let cut = 1; cut < last; cut++) {
      expect(await refusal(whole.subarray(0, whole.length - cut))).toMatch(
        /^trace, packet 3: ends inside it, expected more than \d+ bytes? of it\.$/,
      );
    }
  });

  test('no packets, and no header', async () => {
    expect(await read(packetTrace([]))).toEqual([]);
    expect(await refusal(packetTrace([]).subarray(0, 9))).toBe(
      'trace, field "header": is missing, expected a PacketHeader behind "gem5".',
    );
    expect(await refusal(new TextEncoder().encode('gem5'))).toContain('field "header": is missing');
  });

  test('a clock that divides no tick exactly does not drift', async () => {
    // 333 MHz: a cycle is 3003.003… ticks.
    const seconds = 3n;
    const rows = await read(packetTrace([readAt(0n), readAt(seconds * 10n ** 12n)]), {
      streams: singleStream(0),
      clock: 333,
    });
    expect(rows[1].time).toBe(3 * 333_000_000);
  });

  test('--sort puts packets in order that are displaced by no more than it looks ahead', async () => {
    let state = 12345;
    const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
    for (let round = 0; round < 40; round++) {
      const count = 1 + random(60);
      const reach = 1 + random(8);
      const packets: TracePacket[] = [];
      for (let i = 0; i < count; i++) packets.push(readAt(BigInt(1000 * random(20)), BigInt(i + 1) << 12n));
      const sorted = [...packets].sort((a, b) => Number(a.tick! - b.tick!));
      // Displaced: every packet is put behind up to `reach` of those after it.
      const displaced = [...sorted.entries()]
        .map(([i, packet]) => ({ packet, at: i + random(reach + 1) + i / 1e6 }))
        .sort((a, b) => a.at - b.at)
        .map(({ packet }) => packet);
      const rows = await read(packetTrace(displaced), { streams: singleStream(0), sort: reach });
      const key = (time: bigint | number, address: bigint | number): string => `${time} ${address}`;
      const first = sorted[0].tick!;
      expect(rows.map(({ time }) => time)).toEqual(sorted.map(({ tick }) => Number((tick! - first) / 1000n)));
      expect(rows.map(({ time, iova }) => key(time, iova)).sort()).toEqual(
        sorted.map(({ tick, address }) => key((tick! - first) / 1000n, address!)).sort(),
      );
    }
  });

  test('--sort that looks too little ahead names the packet that came too late', async () => {
    const trace = packetTrace([readAt(3000n), readAt(4000n), readAt(5000n), readAt(1000n)]);
    expect(await times(trace, 3)).toEqual([0, 2, 3, 4]);
    await expect(times(trace, 2)).rejects.toThrow(
      'trace, packet 4, field "tick": got 1000, expected 3000 or more, that of the packet before: --sort looked 2 packets ahead and must look further.',
    );
  });
});

describe("QEMU's log", () => {
  const line = (rest: string): string => `smmuv3_translate_success smmuv3-iommu-memory-region-24-0 ${rest}\n`;
  const good = line('sid=0x18 iova=0xffffd000 translated=0x44119000 perm=0x3 stage=1');

  test('lines of others, of the guest, of other events, and none at all', async () => {
    const source = await open(
      `[    1.2] arm-smmu-v3: ias 44-bit\n${good}smmu_iotlb_lookup_hit sid\n\r\n#\n[ 2.0] boot${good}smmuv3_cmdq_opcode <--- 0x46\n`,
    );
    expect(await rowsOf(source)).toHaveLength(2);
    expect(source.skipped).toBe(4);
  });

  test('two devices in one log, in the order of the log', async () => {
    const rows = await read(`${good}${line('sid=32 iova=0x1000 translated=0x1000 perm=0x1')}${good}`);
    expect(rows.map(({ sid }) => sid)).toEqual([24, 32, 24]);
  });

  test('a last line cut off, wherever it shows', async () => {
    const abort = 'smmuv3_translate_abort region sid=0x10 abort on iova:0x8000000 is_write=1';
    expect(await read(`${good}${abort}`)).toMatchObject([{}, { sid: 16, flags: FLAG_WRITE, size: 1 }]);
    for (const whole of [abort, good.trimEnd().replace(' stage=1', '')]) {
      // From behind the event's name to before the last field's last digit.
      for (let end = whole.indexOf('sid='); end < whole.length; end++)
        expect(await refusal(`${good}${whole.slice(0, end)}`)).toMatch(
          /^trace, line 2, field "\w+": is missing/,
        );
    }
  });

  test('an address beyond 64 bits and a StreamID beyond 32', async () => {
    expect(await refusal(line('sid=0x18 iova=0x10000000000000000 perm=0x3'))).toContain('field "iova"');
    expect(await refusal(line('sid=4294967296 iova=0x1000 perm=0x3'))).toContain('field "sid"');
  });
});

describe("Linux's iommu tracepoints", () => {
  const events = async (text: string): Promise<{ all: MappingEvent[]; skipped: number }> => {
    const source = await openTrace(streamOf(text), { format: 'iommu' });
    if (!isMapping(source)) throw new Error('holds transactions');
    const all: MappingEvent[] = [];
    for await (const event of source.events()) all.push(event);
    return { all, skipped: source.skipped };
  };
  const map = 'map: IOMMU: iova=0x1000 paddr=0x4000 size=4096\n';

  test.each([
    ['an unmap that unmapped nothing', 'unmap: IOMMU: iova=0xaaaae000 size=4096 unmapped_size=0\n'],
    ['a map of nothing', 'map: IOMMU: iova=0x1000 paddr=0x4000 size=0\n'],
    ['lost events', 'CPU:1 [LOST 12 EVENTS]\n'],
    ['a header', '# tracer: nop\n'],
    ['another tracepoint', ' x-1 [0] d..2 1.0: add_device_to_group: IOMMU: groupID=1 device=0000:00:03.0\n'],
    ['a detach', ' x-1 [0] d..2 1.0: detach_device_from_domain: IOMMU: device=0000:00:03.0\n'],
  ])('%s is passed over and counted', async (_, line) => {
    expect(await events(`${map}${line}${map}`)).toMatchObject({ all: [{}, {}], skipped: 1 });
  });

  test('an unmap of a part: what was unmapped', async () => {
    expect((await events('unmap: IOMMU: iova=0x1000 size=8192 unmapped_size=4096\n')).all).toEqual([
      { kind: 'unmap', device: '', iova: 0x1000n, size: 4096n },
    ]);
  });

  test('devices that no line names: the one attached last', async () => {
    const attach = (device: string): string => `attach_device_to_domain: IOMMU: device=${device}\n`;
    const { all } = await events(`${map}${attach('a')}${map}${attach('b')}${map}`);
    expect(all.map(({ device }) => device)).toEqual(['', 'a', 'b']);
  });

  test('perf script: names before and behind the event', async () => {
    const line =
      'kworker/0:1   12 [000]   12.345678: iommu:map: IOMMU: iova=0x1000 - 0x2000 paddr=0x4000 size=4096\n';
    expect((await events(line)).all).toMatchObject([{ kind: 'map', iova: 0x1000n }]);
  });

  test('a last line cut off where it shows', async () => {
    const whole = 'map: IOMMU: iova=0x1000 paddr=0x4000 size=4096';
    for (let end = whole.indexOf('iova='); end <= whole.indexOf('size=') + 4; end++)
      await expect(events(`${map}${whole.slice(0, end)}`)).rejects.toThrow(/^trace, line 2, field "/);
    const fault = 'io_page_fault: IOMMU:arm-smmu-v3 0000:00:03.0 iova=0x00000000ffffd000 flags=0x';
    for (let end = fault.indexOf('iova='); end <= fault.length; end++)
      await expect(events(`${map}${fault.slice(0, end)}`)).rejects.toThrow(/^trace, line 2, field "/);
  });
});

describe('CSV, JSON Lines and the binary form', () => {
  test('nothing at all', async () => {
    for (const format of [undefined, 'csv', 'jsonl', 'binary', 'qemu', 'gem5', 'iommu', 'timeline'] as const)
      expect(await refusal('', format === undefined ? {} : { format })).toBe(
        'trace: is empty, expected a trace.',
      );
  });

  test('a counter that wrapped', async () => {
    expect(await refusal('iova,stream_id,arrival\n0,0,4294967290\n0,0,4\n')).toBe(
      'trace, line 3, field "arrival": got 4, expected 4294967290 or more, the one before.',
    );
  });

  test('a JSON number above 2^53: the sentence has what stands in the file', async () => {
    for (const number of ['9007199254740993', '18446744073709551615', '1726500001123456789'])
      expect(await refusal(`{"iova": ${number} ,"stream_id":1}`)).toBe(
        `trace, line 1, field "iova": got ${number}, expected "${number}" in quotes: programs round JSON's numbers above 2^53.`,
      );
    expect(await refusal('{"iova":1e300,"stream_id":1}')).toContain('expected a 64-bit number');
  });
});
