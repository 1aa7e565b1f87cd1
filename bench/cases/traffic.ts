/** Real traffic: what the bundled recordings translated, as batches; and a network card's ring whose buffers are mapped and unmapped. */
import * as Command from '../../assembly/arch/command.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import { readCapture } from '../../src/capture/directory.js';
import type { Capture } from '../../src/capture/types.js';
import { BUNDLED, bundledDirectory } from '../../src/cli/bundled.js';
import { FLAG_WRITE, type PresetName, presets, Smmu } from '../../src/index.js';
import { bringUp, deviceOptions } from '../../src/replay/device.js';
import { batchLoad, CHUNK_BYTES, chunksOf, type Rows } from '../batch-load.js';
import { Device } from '../device.js';
import { CHUNK_ROWS, type Load } from '../measure.js';
import type { Reference } from '../reference.js';
import type { Case } from '../row.js';

const PRESET: PresetName = 'mmu600-agilex5';
const TIMED: readonly PresetName[] = ['gem5-default', 'mmu600-agilex5'];

/** The transactions of a recording in their order, those that the final tables still translate, again and again. */
async function captureRows(capture: Capture): Promise<Rows> {
  const smmu = await Smmu.create({ ...deviceOptions(capture), caches: false });
  bringUp(smmu, capture);
  const known = capture.timeline.flatMap((entry) => {
    if (entry.kind !== 'xlat') return [];
    const access = entry.write ? 'write' : 'read';
    const { status, pa } = smmu.translate({ streamId: entry.streamId, iova: entry.iova, access, size: 1 });
    return status === 'ok' ? [{ ...entry, pa }] : [];
  });
  smmu.dispose();
  if (known.length === 0) throw new Error(`${capture.name}: no transaction is left to translate`);
  const rows = {
    streamId: new Uint32Array(CHUNK_ROWS),
    flags: new Uint32Array(CHUNK_ROWS),
    iova: new Uint32Array(2 * CHUNK_ROWS),
    pa: new Uint32Array(2 * CHUNK_ROWS),
  };
  const words = (address: bigint): [number, number] => [
    Number(address & 0xffff_ffffn),
    Number(address >> 32n),
  ];
  for (let row = 0; row < CHUNK_ROWS; row++) {
    const { streamId, iova, write, pa } = known[row % known.length];
    rows.streamId[row] = streamId;
    rows.flags[row] = write ? FLAG_WRITE : 0;
    rows.iova.set(words(iova), 2 * row);
    rows.pa.set(words(pa), 2 * row);
  }
  return rows;
}

async function captureCases(reference: Reference): Promise<Case[]> {
  const cases: Case[] = [];
  for (const name of BUNDLED) {
    const capture = readCapture(bundledDirectory(name));
    const rows = await captureRows(capture);
    for (const timing of [false, ...TIMED] as const) {
      const { caches } = presets[timing === false ? PRESET : timing];
      const smmu = await Smmu.create({ ...deviceOptions(capture), caches, timing, batchBytes: CHUNK_BYTES });
      bringUp(smmu, capture);
      const load = batchLoad(
        smmu,
        `${name}, ${timing === false ? 'time off' : timing}`,
        chunksOf(smmu, [rows]),
      );
      cases.push({
        group: 'recorded transactions as batches',
        name: load.name,
        load,
        reference: reference.tlbSimd,
      });
    }
  }
  return cases;
}

const PAGE = 4096;
const RING = 0x10_0000_0000;
const COMPLETIONS = RING + PAGE;
const BUFFERS = 0x20_0000_0000;
const OUTPUT = 0x1_0000_0000;
const SLOTS = 256;
const BEATS = 24;
/** Packets between two doorbells: so many buffers are unmapped, invalidated and mapped anew. */
const PACKETS = 64;
const ROWS = PACKETS * (BEATS + 2);
const ROUNDS = 40;
const ASID = 1;

/**
 * A card that receives: it reads a descriptor, writes a packet of 1,536 bytes into its buffer and a completion. After 64 packets
 * their buffers get other pages: the PTEs are rewritten, and 64 TLBI by VA and a doorbell follow. One operation is one transaction.
 */
async function ringCase(reference: Reference): Promise<Case> {
  const { caches } = presets[PRESET];
  const device = await Device.create({ caches, ramBytes: 4 * 2 ** 20, batchBytes: CHUNK_BYTES });
  const root = device.table();
  device.stage1(1, root, ASID);
  device.map(1, root, RING, OUTPUT);
  device.map(1, root, COMPLETIONS, OUTPUT + PAGE);
  const pages = Array.from({ length: SLOTS }, (_, slot) => {
    device.map(1, root, BUFFERS + slot * PAGE, OUTPUT + (2 + slot) * PAGE);
    return 2 + slot;
  });
  const batches = Array.from({ length: SLOTS / PACKETS }, (_, part) => {
    const batch = device.smmu.createBatch(ROWS);
    let row = 0;
    const put = (iova: number, write: boolean): void => {
      batch.iovaWords.set([iova, iova / 2 ** 32], 2 * row);
      batch.flags[row] = write ? FLAG_WRITE : 0;
      batch.size[row++] = 16;
    };
    for (let slot = part * PACKETS; slot < (part + 1) * PACKETS; slot++) {
      put(RING + 16 * slot, false);
      for (let beat = 0; beat < BEATS; beat++) put(BUFFERS + slot * PAGE + 64 * beat, true);
      put(COMPLETIONS + 16 * slot, true);
    }
    batch.streamId.fill(1);
    return batch;
  });
  const commands = batches.map((_, part) =>
    Array.from({ length: PACKETS }, (_, n): [bigint, bigint] => [
      BigInt(Opcode.TLBI_NH_VA) | (BigInt(ASID) << BigInt((Command.TLBI_ASID >>> 8) & 0xff)),
      BigInt(BUFFERS + (part * PACKETS + n) * PAGE) | (1n << BigInt((Command.TLBI_Leaf >>> 8) & 0xff)),
    ]),
  );
  let free = 2 + SLOTS;
  const load: Load = {
    name: 'receive ring, buffers mapped and unmapped',
    operations: ROUNDS * ROWS,
    work: () => {
      for (let round = 0; round < ROUNDS; round++) {
        const part = round % batches.length;
        const { ok } = device.smmu.translateBatch(batches[part]);
        if (ok !== ROWS) throw new Error(`the ring: ${ok} of ${ROWS} rows passed`);
        for (let slot = part * PACKETS; slot < (part + 1) * PACKETS; slot++) {
          pages[slot] = free = free + 1 < 2 ** 18 ? free + 1 : 2 + SLOTS;
          device.map(1, root, BUFFERS + slot * PAGE, OUTPUT + pages[slot] * PAGE);
        }
        device.queue(commands[part]);
        device.ring();
      }
    },
    check: () => {
      device.checkConsumed();
      batches.forEach((batch, part) => {
        device.smmu.translateBatch(batch);
        for (let n = 0; n < PACKETS; n++) {
          const row = n * (BEATS + 2) + 1;
          const page = batch.paWords[2 * row] / PAGE + batch.paWords[2 * row + 1] * 2 ** 20 - OUTPUT / PAGE;
          const expected = pages[part * PACKETS + n];
          if (page !== expected)
            throw new Error(`the ring: packet ${n} went to page ${page}, not ${expected}`);
        }
      });
    },
  };
  const detail = (): string =>
    `${PACKETS} TLBI and PTEs each ${ROWS} transactions, the driver's part included`;
  return { group: 'network card', name: load.name, load, reference: reference.tlbSimd, detail };
}

export async function trafficCases(reference: Reference): Promise<Case[]> {
  return [...(await captureCases(reference)), await ringCase(reference)];
}
