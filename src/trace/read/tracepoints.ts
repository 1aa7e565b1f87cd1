/**
 * The text of Linux's iommu tracepoints (include/trace/events/iommu.h), from ftrace, trace-cmd or perf script: mappings that
 * come and go, and faults. Older kernels print the first address alone, newer ones "first - end"; some name the device.
 */
import type { Bytes } from './bytes.js';
import { CaptureError } from '../../base/capture-error.js';

export type MappingEvent =
  | {
      readonly kind: 'map';
      readonly device: string;
      readonly iova: bigint;
      readonly pa: bigint;
      readonly size: bigint;
    }
  | { readonly kind: 'unmap'; readonly device: string; readonly iova: bigint; readonly size: bigint }
  | { readonly kind: 'fault'; readonly device: string; readonly iova: bigint; readonly write: boolean };

const EVENT = /\b(map|unmap|io_page_fault|attach_device_to_domain): +IOMMU: ?(.*)$/;
const RANGE = /\biova=(0x[0-9a-f]{1,16})(?: +- +(0x[0-9a-f]{1,16}))?/i;
const PHYSICAL = /\bpaddr=(0x[0-9a-f]{1,16})\b/i;
const SIZE = /(?:^| )size=(0x[0-9a-f]+|[0-9]+)\b/i;
const UNMAPPED = /\bunmapped_size=(0x[0-9a-f]+|[0-9]+)\b/i;
const DEVICE = /\bdev(?:ice)?=(\S+)/;
const FLAGS = /\bflags=(0x[0-9a-f]+)\b/i;
/** IOMMU_FAULT_WRITE of include/linux/iommu.h. */
const FAULT_WRITE = 1n;

/** Lines of trace headers, of other tracepoints and of what did nothing are passed over, and counted. */
export class TracepointSource {
  readonly format = 'iommu';
  skipped = 0;

  constructor(private readonly bytes: Bytes) {}

  get name(): string {
    return this.bytes.name;
  }

  /** Line of the last event. */
  get line(): number {
    return this.bytes.line;
  }

  get fraction(): number {
    return this.bytes.stream.fraction?.() ?? 0;
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** The events in their order. */
  async *events(): AsyncGenerator<MappingEvent> {
    // A map names its device in some kernels only; without, it is taken for the one attached last.
    let device = '';
    do {
      while (this.bytes.nextLine()) {
        const found = EVENT.exec(this.bytes.text());
        if (found === null) {
          this.skipped++;
          continue;
        }
        const [, event, rest] = found;
        const named = DEVICE.exec(rest)?.[1];
        if (event === 'attach_device_to_domain') {
          device = named ?? device;
          this.skipped++;
        } else if (event === 'io_page_fault') {
          yield this.#fault(rest);
        } else {
          const mapping = this.#mapping(event, named ?? device, rest);
          if (mapping === undefined) this.skipped++;
          else yield mapping;
        }
      }
    } while (await this.bytes.more());
  }

  /** Undefined: nothing was mapped or unmapped, as when a driver unmaps what is not there. */
  #mapping(event: string, device: string, rest: string): MappingEvent | undefined {
    const range = RANGE.exec(rest);
    const iova = BigInt(range?.[1] ?? this.#fail('iova', 'a hexadecimal address'));
    const size = BigInt(SIZE.exec(rest)?.[1] ?? this.#fail('size', 'a number of bytes'));
    if (range?.[2] !== undefined && BigInt(range[2]) !== iova + size)
      this.#fail('iova', `an end of 0x${(iova + size).toString(16)}, size bytes from the start`);
    if (event === 'map') {
      const pa = BigInt(PHYSICAL.exec(rest)?.[1] ?? this.#fail('paddr', 'a hexadecimal address'));
      return size === 0n ? undefined : { kind: 'map', device, iova, pa, size };
    }
    const unmapped = BigInt(UNMAPPED.exec(rest)?.[1] ?? size);
    return unmapped === 0n ? undefined : { kind: 'unmap', device, iova, size: unmapped };
  }

  /** "IOMMU:<driver> <device> iova=… flags=…" */
  #fault(rest: string): MappingEvent {
    const iova = BigInt(RANGE.exec(rest)?.[1] ?? this.#fail('iova', 'a hexadecimal address'));
    const flags = BigInt(FLAGS.exec(rest)?.[1] ?? this.#fail('flags', 'a hexadecimal number'));
    const device = rest.slice(0, rest.search(RANGE)).trim().split(/\s+/).at(-1) ?? '';
    return { kind: 'fault', device, iova, write: (flags & FAULT_WRITE) !== 0n };
  }

  #fail(field: string, expected: string): never {
    throw new CaptureError(
      this.name,
      this.line,
      field,
      `got '${this.bytes.text().slice(0, 120)}', expected ${expected}`,
    );
  }
}
