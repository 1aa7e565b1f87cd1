/** The counter groups as the embedder reaches them (IHI 0070 chapter 10). */
import { big, integer, registerOffset } from '../base/check.js';
import type { CounterGroup } from '../stats/stats.js';
import type { BusBridge } from '../core/bus-bridge.js';
import type { Core } from '../core/exports.js';

const U32 = 0xffff_ffff;
const U64 = (1n << 64n) - 1n;

/** All groups of a device. */
export class CounterGroups {
  /** 0: the TCU's, then those of the TBUs. */
  readonly all: readonly CounterGroup[];
  /** `needed`: a register was written, so that a look-up may end with an interrupt of a counter. */
  readonly use = { needed: false };

  /** @param settle delivers callbacks */
  constructor(
    tbus: number,
    private readonly core: Core,
    private readonly bridge: BusBridge,
    private readonly settle: () => void,
  ) {
    this.all = Object.freeze(Array.from({ length: 1 + tbus }, (_, n) => this.#group(n)));
  }

  #group(n: number): CounterGroup {
    const { core } = this;
    return {
      read32: (offset) => this.#read(() => core.pmcgRead32(n, registerOffset(offset))),
      read64: (offset) =>
        this.#read(() => {
          if (registerOffset(offset) % 8 !== 0) return 0n;
          const low = core.pmcgRead32(n, offset);
          return (BigInt(core.pmcgRead32(n, offset + 4)) << 32n) | BigInt(low);
        }),
      write32: (offset, value) =>
        this.#write(() => core.pmcgWrite32(n, registerOffset(offset), integer(value, 'value', 0, U32))),
      write64: (offset, value) =>
        this.#write(() => {
          registerOffset(offset);
          big(value, 'value', 0n, U64);
          if (offset % 8 !== 0) return;
          core.pmcgWrite32(n, offset, Number(value & 0xffff_ffffn));
          core.pmcgWrite32(n, offset + 4, Number(value >> 32n));
        }),
    };
  }

  /** Bringing a counter of cycles up to date may overflow it. */
  #read<T>(access: () => T): T {
    if (this.bridge.barred) this.bridge.refuse();
    const value = access();
    this.settle();
    return value;
  }

  #write(access: () => void): void {
    if (this.bridge.barred) this.bridge.refuse();
    this.use.needed = true;
    access();
    this.settle();
  }
}
