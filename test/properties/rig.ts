/** A device with caches and its twin without any, over one memory: what the twin says is what the tables say now. */
import { readFileSync } from 'node:fs';
import { Smmu, type SmmuOptions, type Translation } from '../../src/index.js';
import { machineOver } from '../host/machine-over.js';
import type { Command } from '../support/encode.js';
import { say, type Said, type Way } from '../support/ways.js';
import {
  CMDQEN,
  EVENTQEN,
  identification,
  R,
  RAM,
  RAM_BYTES,
  SMMUEN,
  type Machine,
} from '../support/machine.js';

const WASM_PAGE = 65536;
/** The twin's Event queue; the cached device has the machine's own. */
const TWIN_EVENTQ = RAM + 0x4000n;

export class Rig {
  private constructor(
    private readonly smmus: readonly [Smmu, Smmu],
    /** The cached device, with the builders of tables and structures. */
    public cached: Machine,
    public twin: Machine,
  ) {}

  static async create(caches: SmmuOptions['caches']): Promise<Rig> {
    const id = await identification({ RIL: 1, VMW: 1, STALL_MODEL: 1, STALL_MAX: 0 });
    const module = process.env['CORE'] ? { module: readFileSync(process.env['CORE']) } : {};
    const ram = [{ base: RAM, size: RAM_BYTES, offset: 0 }];
    const options = { id, timing: false, batchBytes: 4096, ram, ...module } as const;
    const align = (n: number): number => Math.ceil(n / WASM_PAGE) * WASM_PAGE;
    const first = RAM_BYTES;
    const second = first + align(Smmu.coreBytes({ ...options, caches }));
    const end = second + align(Smmu.coreBytes({ ...options, caches: false }));
    const memory = new WebAssembly.Memory({ initial: end / WASM_PAGE });
    const a = await Smmu.create({ ...options, caches, memory, coreBase: first });
    const b = await Smmu.create({ ...options, caches: false, memory, coreBase: second });
    return new Rig([a, b], machineOver(a), machineOver(b));
  }

  /** As new: registers, caches and memory. */
  start(e2h: boolean, vmw: number): void {
    const [a, b] = this.smmus;
    a.memory.view(RAM, RAM_BYTES).fill(0);
    for (const smmu of this.smmus) smmu.reset();
    this.cached = machineOver(a);
    this.twin = machineOver(b);
    for (const m of [this.cached, this.twin]) {
      m.cr0(0);
      m.smmu.write32(R.CR2, e2h ? 3 : 2);
      if (m === this.twin) m.eventQueue(TWIN_EVENTQ, 6);
      m.cr0(SMMUEN | EVENTQEN | CMDQEN | (vmw << 6));
    }
  }

  /** Through the Command queue, with CMD_SYNC. */
  command(...commands: Command[]): void {
    this.cached.command(...commands);
  }

  ask(m: Machine, sid: number, ssid: number | undefined, iova: bigint, write: boolean): Translation {
    const t = m.translate(sid, iova, {
      ...(ssid === undefined ? {} : { substreamId: ssid }),
      access: write ? 'write' : 'read',
      size: 1,
    });
    if (t.event) this.#drain(m);
    return t;
  }

  /** As `ask`, by a way that tells less. */
  askBy(way: Way, sid: number, ssid: number | undefined, iova: bigint, write: boolean): Said {
    const t = ssid === undefined ? {} : { substreamId: ssid };
    const said = say(this.cached, way, sid, iova, { ...t, access: write ? 'write' : 'read' });
    if (said.event !== undefined) this.#drain(this.cached);
    return said;
  }

  #drain(m: Machine): void {
    m.smmu.write32(R.EVENTQ_CONS, m.smmu.read32(R.EVENTQ_PROD));
  }

  dispose(): void {
    for (const smmu of this.smmus) smmu.dispose();
  }
}
