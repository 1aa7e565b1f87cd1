/** Events of a virtual SMMU's devices, waiting for user space to read them (Linux, iommufd_veventq). */
import { IommuError } from '../base/errors.js';
import type { QueueFile } from './files.js';
import { FdObject } from './objects.js';
import { IOMMU_VEVENTQ_FLAG_LOST_EVENTS } from './uapi/constants.js';
import { encodeStruct } from './uapi/struct.js';
import { iommufdVeventHeader, iommuVeventArmSmmuv3 } from './uapi/structs.js';

/** Sequence numbers go from 0 to this one, then from 0 again. */
const SEQUENCE_LAST = 0x7fff_ffff;

interface Vevent {
  sequence: number;
  /** undefined: the header that tells of lost events. */
  readonly words: readonly [bigint, bigint, bigint, bigint] | undefined;
}

/** What the queue is of. */
export interface EventOwner {
  users: number;
  veventq: Veventq | undefined;
}

/** One event queue. */
export class Veventq extends FdObject implements QueueFile {
  readonly kind = 'VEVENTQ';
  onReadable: (() => void) | undefined;
  /** Bytes of a header, and of the record that follows it. */
  static readonly RECORD_BYTES = iommufdVeventHeader.size + iommuVeventArmSmmuv3.size;
  #deliver: Vevent[] = [];
  #sequence: number;

  constructor(
    readonly viommu: EventOwner,
    /** Events that it holds. */
    readonly depth: number,
    /** Sequence number of the first event. */
    sequence = 0,
  ) {
    super();
    this.#sequence = sequence;
    viommu.users++;
  }

  get readable(): boolean {
    return this.#deliver.length > 0;
  }

  /**
   * An event. In a full queue it is lost, and one header at the tail tells of all that were: it carries the sequence number of the
   * last, and gives way to the next event that finds room, whose number then tells alone.
   */
  report(words: readonly [bigint, bigint, bigint, bigint]): void {
    const last = this.#deliver.at(-1);
    const events =
      last !== undefined && last.words === undefined ? this.#deliver.length - 1 : this.#deliver.length;
    if (last !== undefined && last.words === undefined) this.#deliver.pop();
    this.#deliver.push({ sequence: this.#sequence, words: events === this.depth ? undefined : words });
    this.#sequence = this.#sequence === SEQUENCE_LAST ? 0 : this.#sequence + 1;
    this.onReadable?.();
  }

  read(count: number): Uint8Array {
    if (count < Veventq.RECORD_BYTES) {
      throw new IommuError('EINVAL', `${count} bytes hold no record of ${Veventq.RECORD_BYTES} bytes`);
    }
    const pieces: Uint8Array[] = [];
    let room = count;
    for (let next = this.#deliver.at(0); next !== undefined; next = this.#deliver.at(0)) {
      const bytes = recordOf(next);
      if (bytes.length > room) break;
      room -= bytes.length;
      pieces.push(bytes);
      this.#deliver.shift();
    }
    const all = new Uint8Array(count - room);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  write(): number {
    throw new IommuError('EINVAL', 'an event queue is only read');
  }

  close(): void {
    this.#deliver = [];
    this.users--;
  }

  release(): void {
    this.onReadable = undefined;
    this.viommu.veventq = undefined;
    this.viommu.users--;
  }
}

function recordOf({ sequence, words }: Vevent): Uint8Array {
  const flags = words === undefined ? IOMMU_VEVENTQ_FLAG_LOST_EVENTS : 0;
  const header = encodeStruct(iommufdVeventHeader, { flags, sequence });
  if (words === undefined) return header;
  const bytes = new Uint8Array(Veventq.RECORD_BYTES);
  bytes.set(header);
  bytes.set(encodeStruct(iommuVeventArmSmmuv3, { evt: [...words] }), header.length);
  return bytes;
}
