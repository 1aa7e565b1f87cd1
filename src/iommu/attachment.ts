/** What a domain knows of the devices that are attached to it. */

/** A doorbell for message-signalled interrupts, as a guest sees it. */
export interface GuestMsiBinding {
  /** Address that the device writes: gIOVA. */
  readonly iova: bigint;
  /** What the guest's stage 1 makes of it: gDB. */
  readonly gpa: bigint;
  readonly size: number;
}

/** An attached device. */
export interface Attachment {
  readonly streamIds: readonly number[];
  /** The real doorbell: hDB. */
  readonly msiDoorbell: bigint | undefined;
  /** By gIOVA. */
  readonly msiBindings: ReadonlyMap<bigint, GuestMsiBinding>;
}
