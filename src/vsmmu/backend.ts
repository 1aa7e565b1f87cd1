/** What a virtual SMMU asks of the host: the seam between the guest's registers and the physical SMMU's driver. */
import type { NativeCommand, VirtualSte } from '../iommu/index.js';

/** What becomes of a stream's transactions. 'bypass' is stage 2 alone: guest-physical addresses. */
export type StreamPolicy =
  | { readonly kind: 'abort' }
  | { readonly kind: 'bypass' }
  | {
      readonly kind: 'translate';
      /** Words 0 and 1 of the guest's STE, cut down to what a host takes. */
      readonly ste: VirtualSte;
    };

/** What the host's SMMU can do. */
export interface HostAbilities {
  /** IDR0 to IDR5. */
  readonly idr: readonly number[];
  readonly aidr: number;
  /** PCIe ATS from the device to the SMMU. */
  readonly ats: boolean;
  /** The device's PASID bits, or the SMMU's. */
  readonly maxPasidLog2: number;
  /** Stalled transactions are told of, and {@link VsmmuBackend.respond} answers them. */
  readonly stalls: boolean;
  /** Faults of stage 2 on the guest's own tables are told of. */
  readonly stage2Faults: boolean;
}

/** A record's four words, the lowest first (IHI 0070 §7.3). */
export type EventWords = readonly [bigint, bigint, bigint, bigint];

/** What the host has to tell. */
export type BackendEvent =
  /** A fault of the guest's: the physical record with the guest's StreamID. */
  | { readonly kind: 'event'; readonly vsid: number; readonly words: EventWords; readonly sequence?: number }
  /** Events up to this sequence number were lost on the way. */
  | { readonly kind: 'lost'; readonly sequence: number }
  /** A stalled transaction. The record, or what it can be made of. */
  | {
      readonly kind: 'stall';
      readonly vsid: number;
      readonly stag: number;
      readonly words: EventWords;
      /** Gives it back to the host in {@link VsmmuBackend.respond}. */
      readonly token: unknown;
    };

/** An answer to a stalled transaction: try again, abort, or end as the device's TERM_MODEL has it (reads as zero). */
export type StallAnswer = 'retry' | 'abort' | 'terminate';

/**
 * A host. What fails throws, and then the stream is as it was, or aborts; nothing here is asked twice at once.
 */
export interface VsmmuBackend<Device> {
  /** With a device: what it and its SMMU can do. */
  hwInfo(device?: Device): HostAbilities;
  /** Takes a device in under a StreamID of the guest's. From the first moment on it aborts. */
  addStream(vsid: number, device: Device): void;
  /** Lets a device go: it aborts, and the StreamID is free. */
  removeStream(vsid: number): void;
  setStream(vsid: number, policy: StreamPolicy): void;
  /** Sends the guest's commands, and returns when they have taken effect. A failure means: none of them counts. */
  invalidate(commands: readonly NativeCommand[]): void;
  respond(token: unknown, answer: StallAnswer): void;
  /** Set by the virtual SMMU: called for what the host has to tell. */
  onEvent: ((event: BackendEvent) => void) | undefined;
  /** Gives back what the backend made for itself. Every stream is gone. */
  close(): void;
}
