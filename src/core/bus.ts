/** What the core asks of its surroundings: memory outside RAM windows, wires, the latency of a table access. */

/** Where addresses outside every RAM window go. Synchronous; it runs inside the core and may not enter the device. */
export interface Bus {
  /**
   * Fills `into` from `address` on. `into` lies in the core's memory and is valid only until the function returns.
   * @returns false or undefined: external abort
   */
  read(address: number, into: Uint8Array): boolean;
  /** @returns false or undefined: external abort */
  write(address: number, from: Uint8Array): boolean;
  /**
   * Compare-and-exchange of the 8 bytes at `address`, little-endian, for hardware update of table entries. Without it such an
   * update outside RAM is an external abort.
   * @returns the value found, which tells whether it was replaced; undefined: external abort
   */
  compareExchange64?(address: number, expected: bigint, value: bigint): bigint | undefined;
}

/** Who raised a wired interrupt. */
export type InterruptSource = 'eventq' | 'priq' | 'cmd-sync' | 'gerror' | 'sev' | 'pmcg';

/** A table access of a timed device, as `SmmuOptions.walkLatency` is told of it. One object serves all calls: copy what is kept. */
export interface WalkAccess {
  /** Physical address; exact, addresses have 52 bits. */
  readonly address: number;
  readonly bytes: 8 | 64;
  /** What is read: an entry of the stream table or a CD table, of level 1 or the last, or a descriptor of stage 1 or 2. */
  readonly what: 'l1std' | 'ste' | 'l1cd' | 'cd' | 'stage1' | 'stage2';
  /** Of a descriptor, -1..3; else 0. */
  readonly level: number;
  /** true: a hardware update of the descriptor (access flag, dirty state). */
  readonly write: boolean;
  readonly streamId: number;
  /** TCU cycle at which it was issued. */
  readonly cycle: number;
}

/** What of a device's options decides how the core meets its surroundings. */
export interface Embedder {
  /**
   * true: a command has its effect, and CMDQ_CONS moves, when the command engine comes to it as time passes. false, the default:
   * both at the doorbell; the engine is busy for as long all the same. Needs `timing`.
   */
  readonly asyncCommands?: boolean;
  /**
   * Your memory's latency: TCU cycles, 0..16,777,215, from the issue of a table access to its answer, asked for each in the
   * order of issue, in place of `timing.memory.latency`. Runs inside the core, as {@link Bus} does. Needs `timing`.
   */
  readonly walkLatency?: (access: WalkAccess) => number;
  /** The TBU of a stream, 0..tbus - 1, asked once for each stream. Default: all on TBU 0. Runs inside the core, as {@link Bus} does. */
  readonly tbuOf?: (streamId: number) => number;
  /** Where addresses outside every window go. Default: external abort. */
  readonly bus?: Bus;
  /**
   * An MSI that neither RAM nor the bus took.
   * @returns false: the write aborts, which GERROR records
   */
  readonly onMsi?: (address: bigint, data: number) => boolean | void;
}
