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
