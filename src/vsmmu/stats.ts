/** What a virtual SMMU has done. */

/** Counts since creation. */
export interface VirtualSmmuStats {
  /** Changes of a stream that the host was asked for. */
  installs: number;
  /** Times that a stream was looked at and the host had nothing to change. */
  skippedInstalls: number;
  /** Changes that the host refused. */
  failedInstalls: number;
  /** Calls that handed commands to the host, and the commands in them. */
  batches: number;
  forwarded: number;
  /** Batches that failed, and full invalidations in their place that worked. */
  failedBatches: number;
  resyncs: number;
  /** Commands taken from the guest's queue, and those that were illegal. */
  commands: number;
  illegalCommands: number;
  syncs: number;
  /** Records put into the guest's Event queue; dropped because it was off or in error; lost because it was full. */
  events: number;
  droppedEvents: number;
  overflowedEvents: number;
  /** Events that the host lost on the way here. */
  hostLostEvents: number;
  /** Stalled transactions that the guest was told of, and its answers. */
  stalls: number;
  answeredStalls: number;
}

export function noStats(): VirtualSmmuStats {
  return {
    installs: 0,
    skippedInstalls: 0,
    failedInstalls: 0,
    batches: 0,
    forwarded: 0,
    failedBatches: 0,
    resyncs: 0,
    commands: 0,
    illegalCommands: 0,
    syncs: 0,
    events: 0,
    droppedEvents: 0,
    overflowedEvents: 0,
    hostLostEvents: 0,
    stalls: 0,
    answeredStalls: 0,
  };
}
