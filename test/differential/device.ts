/** The model under test, dressed for random cases: registers, memory and event queue of a case in, answers out. */
import { Smmu, type SmmuOptions, type Transaction, type Translation } from '../../src/index.js';
import type { MemoryImage } from '../oracle/random.js';
import { ID_PROFILES, QUEUE_WINDOW, RAM_WINDOWS, type RandomCase } from '../oracle/random.js';
import type { OracleTxn } from '../oracle/types.js';

// Register offsets and values by hand from IHI 0070 §6.2, so that a wrong constant of the model shows.
const CR0 = 0x20;
const CR1 = 0x28;
const CR2 = 0x2c;
const GBPA = 0x44;
const STRTAB_BASE = 0x80;
const STRTAB_BASE_CFG = 0x88;
const CMDQ_BASE = 0x90;
const CMDQ_PROD = 0x98;
const CMDQ_CONS = 0x9c;
const EVENTQ_BASE = 0xa0;
const EVENTQ_PROD = 0x100a8;
const EVENTQ_CONS = 0x100ac;
const SMMUEN = 1;
/** CR0: event queue and command queue. */
const QUEUES = 4 | 8;
const GATOS_CTRL = 0x100;
const GATOS_SID = 0x108;
const GATOS_ADDR = 0x110;
const GATOS_PAR = 0x118;
const ATOS = 0x8000; // IDR0[15]
/** IDR5.STALL_MAX of ID_PROFILES. */
const STALL_MAX = 64;
const UPDATE = 0x8000_0000;

/** Outside RAM_WINDOWS, inside the smallest output size. */
const QUEUE_BASE = QUEUE_WINDOW.base;
const QUEUE_LOG2 = 8;
const COMMANDS = QUEUE_BASE + 0x8000n;
/** Commands that may wait. */
const COMMANDS_LOG2 = 3;

const PAGE = 4096;
const ZERO_BYTES = 65536;
const ZERO = Buffer.alloc(ZERO_BYTES);

/** One device for all cases of an ID profile and a cache configuration. */
export class RandomDevice {
  /** Pages that may hold something else than zero; undefined: any page. */
  private written: Iterable<number> | undefined = [];
  private stalled = 0;

  private constructor(
    readonly smmu: Smmu,
    private read: number,
  ) {}

  static async create(
    profile: number,
    caches: SmmuOptions['caches'],
    timing: SmmuOptions['timing'] = false,
    core?: SmmuOptions['module'],
  ): Promise<RandomDevice> {
    const ram = [...RAM_WINDOWS.map((w) => ({ base: w.base, size: w.size })), QUEUE_WINDOW];
    const module =
      core !== undefined
        ? { module: core }
        : process.env['CORE']
          ? { module: (await import('node:fs')).readFileSync(process.env['CORE']) }
          : {};
    const smmu = await Smmu.create({
      id: { ...ID_PROFILES[profile], idr0: (ID_PROFILES[profile].idr0 | ATOS) >>> 0 },
      caches,
      timing,
      ram,
      batchBytes: 2 ** 18,
      ...module,
    });
    return new RandomDevice(smmu, 0);
  }

  /** Puts a case's memory and registers in place. */
  load(c: Pick<RandomCase, 'image' | 'state'>): void {
    const { smmu } = this;
    smmu.reset();
    if (this.written === undefined) for (const w of RAM_WINDOWS) smmu.memory.view(w.base, w.size).fill(0);
    else for (const page of this.written) smmu.memory.view(BigInt(page * PAGE), PAGE).fill(0);
    this.written = undefined;
    for (const [page, words] of c.image.pages) {
      smmu.memory.view(BigInt(page * PAGE), PAGE).set(bytesOf(words));
    }
    smmu.write32(CR1, c.state.cr1);
    smmu.write32(CR2, c.state.cr2);
    smmu.write32(GBPA, (c.state.gbpa | UPDATE) >>> 0);
    smmu.write64(STRTAB_BASE, c.state.strtabBase);
    smmu.write32(STRTAB_BASE_CFG, c.state.strtabBaseCfg);
    smmu.write64(EVENTQ_BASE, QUEUE_BASE | BigInt(QUEUE_LOG2));
    smmu.write32(EVENTQ_PROD, 0);
    smmu.write32(EVENTQ_CONS, 0);
    this.read = 0;
    this.stalled = 0;
    smmu.write64(CMDQ_BASE, COMMANDS | BigInt(COMMANDS_LOG2));
    smmu.write32(CMDQ_PROD, 0);
    smmu.write32(CMDQ_CONS, 0);
    smmu.write32(CR0, QUEUES);
    smmu.write32(CR0, QUEUES | (c.state.cr0 & SMMUEN));
  }

  translate(t: OracleTxn): Translation {
    const translation = this.smmu.translate(asTransaction(t));
    if (translation.status === 'stalled' && ++this.stalled === STALL_MAX) this.abortStalls();
    return translation;
  }

  /** One command, which has been consumed at return. */
  command(words: readonly [bigint, bigint]): void {
    const prod = this.smmu.read32(CMDQ_PROD);
    const at = COMMANDS + BigInt((prod % 2 ** COMMANDS_LOG2) * 16);
    words.forEach((word, i) => this.smmu.memory.write64(at + BigInt(8 * i), word));
    this.smmu.write32(CMDQ_PROD, (prod + 1) % 2 ** (COMMANDS_LOG2 + 1));
    if (this.smmu.read32(CMDQ_CONS) !== this.smmu.read32(CMDQ_PROD))
      throw new Error('a command was not consumed');
  }

  /** An address translation operation for both stages or one (§9.1): true when it gives an address. */
  addressOperation(t: OracleTxn, stages: 1 | 2 | 3, inhibitUpdates: boolean): boolean {
    const ssid = t.ssv ? (1n << 52n) | (BigInt(t.ssid) << 32n) : 0n;
    this.smmu.write64(GATOS_SID, BigInt(t.streamId) | ssid);
    const bit = (on: boolean, n: number): bigint => (on ? 1n << BigInt(n) : 0n);
    const how = bit(t.privileged, 9) | bit(!t.write, 8) | bit(t.instruction, 7) | bit(inhibitUpdates, 6);
    this.smmu.write64(GATOS_ADDR, (t.addr & ~0xfffn) | (BigInt(stages) << 10n) | how);
    this.smmu.write32(GATOS_CTRL, 1);
    return (this.smmu.read64(GATOS_PAR) & 1n) === 0n;
  }

  /** Makes the pages of `image` what memory holds now; whatever is not zero lies in them. */
  capture(image: MemoryImage): void {
    this.written = [...image.pages.keys()];
    for (const [page, words] of image.pages) {
      bytesOf(words).set(this.smmu.memory.view(BigInt(page * PAGE), PAGE));
    }
  }

  /** Room for new stalls: SMMUEN = 0 terminates those that wait and leaves the caches alone (§6.3.9). */
  abortStalls(): void {
    this.stalled = 0;
    this.smmu.write32(CR0, QUEUES);
    this.smmu.write32(CR0, QUEUES | SMMUEN);
    this.smmu.takeResumed();
  }

  /** The records written since the last call, with the STAG of stalls masked. */
  takeRecords(): (readonly bigint[])[] {
    const prod = this.smmu.read32(EVENTQ_PROD);
    const mask = 2 ** (QUEUE_LOG2 + 1) - 1;
    const records: (readonly bigint[])[] = [];
    if ((this.read & mask) === (prod & mask)) return records;
    while ((this.read & mask) !== (prod & mask)) {
      const at = QUEUE_BASE + BigInt((this.read % 2 ** QUEUE_LOG2) * 32);
      records.push(maskStag([0n, 8n, 16n, 24n].map((n) => this.smmu.memory.read64(at + n))));
      this.read++;
    }
    this.smmu.write32(EVENTQ_CONS, this.read & mask);
    return records;
  }

  /** The first physical address at which memory differs from `image`, or undefined. */
  memoryDifference(image: MemoryImage): bigint | undefined {
    const pages = [...image.pages.keys()].sort((a, b) => a - b);
    let next = 0;
    for (const w of RAM_WINDOWS) {
      const bytes = bufferOf(this.smmu.memory.view(w.base, w.size));
      const first = Number(w.base) / PAGE;
      for (let at = 0; at < w.size;) {
        const page = pages[next] - first;
        // Up to the next page of the image everything is zero still.
        const end = page * PAGE < w.size ? page * PAGE : w.size;
        for (; at < end; at += ZERO_BYTES) {
          const stop = Math.min(at + ZERO_BYTES, end);
          if (bytes.compare(ZERO, 0, stop - at, at, stop) !== 0)
            return firstDifference(w.base, bytes, at, ZERO);
        }
        at = end;
        if (at === w.size) break;
        const expected = bufferOf(bytesOf(image.pages.get(first + page)!));
        if (bytes.compare(expected, 0, PAGE, at, at + PAGE) !== 0) {
          return firstDifference(w.base, bytes, at, expected);
        }
        at += PAGE;
        next++;
      }
    }
    this.written = pages;
    return undefined;
  }
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The word that differs: `bytes` from `at` on against `expected`. */
function firstDifference(base: bigint, bytes: Buffer, at: number, expected: Buffer): bigint {
  let i = 0;
  while (bytes[at + i] === expected[i]) i++;
  return base + BigInt(at + (i & ~7));
}

export function asTransaction(t: OracleTxn): Transaction {
  const transaction: { -readonly [Key in keyof Transaction]: Transaction[Key] } = {
    streamId: t.streamId,
    iova: t.addr,
    access: t.write ? 'write' : 'read',
    instruction: t.instruction,
    privileged: t.privileged,
    atomic: t.atomic,
    speculative: t.speculative,
    memType: t.attrs.memType,
    shareability: t.attrs.sh,
    allocHints: t.attrs.alloc,
    size: 1,
  };
  if (t.ssv) transaction.substreamId = t.ssid;
  return transaction;
}

export function maskStag(words: readonly bigint[]): readonly bigint[] {
  const stalled = (words[1] >> 31n) & 1n;
  return stalled ? words.map((w, i) => (i === 1 ? w & ~0xffffn : w)) : words;
}
