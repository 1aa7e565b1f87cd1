// Back ends for tests: one without hardware that fails on a wrong order of calls, and a recorder around any.
import type {
  BackendEvent,
  HostAbilities,
  StallAnswer,
  StreamPolicy,
  VsmmuBackend,
} from '../../../src/vsmmu/index.js';
import type { NativeCommand } from '../../../src/iommu/index.js';

/** IDR0 to IDR5 of a rich host without stalls, written by hand (IHI 0070 §6.3.1 to §6.3.6). */
export const HOST_IDR = [
  // ST_LEVEL 1, TERM_MODEL 0, STALL_MODEL 1, TTENDIAN 0, CD2L, VMID16, ASID16, HTTU 2, COHACC, TTF 2, S1P, S2P
  (1 << 27) | (1 << 24) | (1 << 19) | (1 << 18) | (1 << 12) | (2 << 6) | (1 << 4) | (2 << 2) | 3,
  // CMDQS 19, EVENTQS 19, SSIDSIZE 20, SIDSIZE 32
  (19 << 21) | (19 << 16) | (20 << 6) | 32,
  0,
  // BBML 2, RIL, HAD
  (2 << 11) | (1 << 10) | (1 << 2),
  0,
  // GRAN64K, GRAN16K, GRAN4K, OAS 48 bits
  (1 << 6) | (1 << 5) | (1 << 4) | 5,
] as const;

export const ABILITIES: HostAbilities = {
  idr: HOST_IDR,
  aidr: 3,
  ats: false,
  maxPasidLog2: 20,
  stalls: false,
  stage2Faults: true,
};

/** A host that keeps books only, and throws AssertionError-like Errors where the order of calls is wrong. */
export class StrictBackend implements VsmmuBackend<string> {
  onEvent: ((event: BackendEvent) => void) | undefined;
  readonly streams = new Map<number, { device: string; kind: StreamPolicy['kind'] }>();
  /** What is wrong is kept here as well: the virtual SMMU may take a failure for the host's. */
  readonly wrong: string[] = [];
  readonly answers: [unknown, StallAnswer][] = [];
  #inside = false;
  #closed = false;

  constructor(readonly abilities: HostAbilities = ABILITIES) {}

  hwInfo(): HostAbilities {
    return this.abilities;
  }

  addStream(vsid: number, device: string): void {
    this.#call(() => {
      if (this.streams.has(vsid)) this.#refuse(`StreamID ${vsid} is taken`);
      if ([...this.streams.values()].some((stream) => stream.device === device))
        this.#refuse(`${device} has a StreamID already`);
      this.streams.set(vsid, { device, kind: 'abort' });
    });
  }

  removeStream(vsid: number): void {
    this.#call(() => {
      if (this.#stream(vsid).kind !== 'abort') this.#refuse(`StreamID ${vsid} leaves without aborting first`);
      this.streams.delete(vsid);
    });
  }

  setStream(vsid: number, policy: StreamPolicy): void {
    this.#call(() => {
      const stream = this.#stream(vsid);
      if (stream.kind === policy.kind && policy.kind !== 'translate')
        this.#refuse(`${policy.kind} over itself`);
      stream.kind = policy.kind;
    });
  }

  invalidate(commands: readonly NativeCommand[]): void {
    this.#call(() => {
      if (commands.length === 0) this.#refuse('an empty batch');
      for (const [word0] of commands) {
        const opcode = Number(word0 & 0xffn);
        if (![0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x30, 0x40].includes(opcode))
          this.#refuse(`opcode ${opcode} is not for a host`);
        const named = opcode === 5 || opcode === 6 || opcode === 0x40;
        if (named && this.#stream(Number(word0 >> 32n)).kind !== 'translate')
          this.#refuse(`opcode ${opcode} for a stream that does not translate`);
      }
    });
  }

  respond(token: unknown, answer: StallAnswer): void {
    if (this.answers.some(([known]) => known === token))
      this.#refuse(`token ${String(token)} is answered twice`);
    this.answers.push([token, answer]);
  }

  close(): void {
    if (this.streams.size > 0) this.#refuse('closed with streams');
    this.#closed = true;
  }

  #call(work: () => void): void {
    if (this.#closed) this.#refuse('called after close');
    if (this.#inside) this.#refuse('called from inside a call');
    this.#inside = true;
    try {
      work();
    } finally {
      this.#inside = false;
    }
  }

  #stream(vsid: number): { device: string; kind: StreamPolicy['kind'] } {
    return this.streams.get(vsid) ?? this.#refuse(`StreamID ${vsid} is unknown`);
  }

  #refuse(what: string): never {
    this.wrong.push(what);
    throw new Error(what);
  }
}

const hex = (value: bigint): string => value.toString(16);

/** Writes down what a back end is asked, and fails where a test wants it. */
export class Recorder<Device> implements VsmmuBackend<Device> {
  /** Calls whose text begins so fail, before anything has happened, as often as the number says. */
  readonly failing = new Map<string, number>();
  /** Instead: asked for each call. */
  failNext: ((call: string) => boolean) | undefined;
  /** Asked for each batch that has been sent. */
  failAfter: ((call: string) => boolean) | undefined;
  /** Every batch. */
  readonly batches: NativeCommand[][] = [];
  /** What each stream was last made to do, successfully. */
  readonly applied = new Map<number, StreamPolicy['kind']>();

  constructor(
    readonly inner: VsmmuBackend<Device>,
    readonly ops: string[],
  ) {}

  get onEvent(): ((event: BackendEvent) => void) | undefined {
    return this.inner.onEvent;
  }
  set onEvent(handler: ((event: BackendEvent) => void) | undefined) {
    this.inner.onEvent = handler;
  }
  hwInfo(device?: Device): HostAbilities {
    return this.inner.hwInfo(device);
  }
  addStream(vsid: number, device: Device): void {
    this.#note(`add(${vsid})`);
    this.inner.addStream(vsid, device);
    this.applied.set(vsid, 'abort');
  }
  removeStream(vsid: number): void {
    this.#note(`remove(${vsid})`);
    this.inner.removeStream(vsid);
    this.applied.delete(vsid);
  }
  setStream(vsid: number, policy: StreamPolicy): void {
    this.#note(
      policy.kind === 'translate'
        ? `install(${vsid}, ${policy.ste.map(hex).join(', ')})`
        : `${policy.kind}(${vsid})`,
    );
    this.inner.setStream(vsid, policy);
    this.applied.set(vsid, policy.kind);
  }
  invalidate(commands: readonly NativeCommand[]): void {
    this.batches.push([...commands]);
    const call = `invalidate(${commands.length})`;
    this.#note(call);
    this.inner.invalidate(commands);
    if (this.failAfter?.(call) === true) throw new Error(`${call} fails, and was done`);
  }
  respond(token: unknown, answer: StallAnswer): void {
    this.#note(`respond(${answer})`);
    this.inner.respond(token, answer);
  }
  close(): void {
    this.inner.close();
  }

  #note(call: string): void {
    this.ops.push(call);
    for (const [prefix, left] of this.failing) {
      if (left === 0 || !call.startsWith(prefix)) continue;
      this.failing.set(prefix, left - 1);
      throw new Error(`${call} fails`);
    }
    if (this.failNext?.(call) === true) throw new Error(`${call} fails`);
  }
}
