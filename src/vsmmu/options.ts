/** How a virtual SMMU is made. */
import { hex, integer, oneOf, optionalFunction, record } from '../base/check.js';
import type { GuestMemory } from '../core/guest-memory.js';
import type { HostAbilities, VsmmuBackend } from './backend.js';
import type { VirtualInterrupt } from './errors-and-wires.js';
import type { AnnouncedId } from './identification.js';
import type { OnFailure } from './streams.js';

/** Options of `VirtualSmmu.create`. */
export interface VirtualSmmuOptions<Device> {
  /** The host: `bindBackend` or `iommufdBackend`. */
  readonly backend: VsmmuBackend<Device>;
  /** Guest RAM by guest-physical address; outside it throws RangeError. */
  readonly memory: GuestMemory;
  /** What the guest is told that its SMMU can do. Default: what any host can stand in for. */
  readonly id?: AnnouncedId;
  /**
   * What becomes of a stream whose new STE the host refuses. Default 'abort'. 'keep': the old translation stays, and with it the
   * guest's old tables, which it is about to use for something else.
   */
  readonly onFailure?: OnFailure;
  /**
   * Whether the guest is told of an STE that is ILLEGAL. Default 'silent', which is what a host can do. 'record': C_BAD_STE when
   * CFGI_STE names it, once, and not with each transaction.
   */
  readonly badSte?: 'silent' | 'record';
  /**
   * Who is told that the guest's own tables lie where it has no RAM. Default 'host'. 'guest': F_CD_FETCH or F_WALK_EABT, with the
   * guest-physical address; the host must tell of such faults.
   */
  readonly s2FetchFaults?: 'host' | 'guest';
  /** Commands go to the host together, up to CMD_SYNC. Default true; false: one by one. */
  readonly batch?: boolean;
  /** GBPA.ABORT after reset. Default false: firmware's DMA works before a driver runs. */
  readonly resetAbort?: boolean;
  /** Guest-physical window that leads to doorbells (MSIs); the guest's firmware tables must name it. Default 1 MiB at 0x0800_0000. */
  readonly msiWindow?: { readonly base: bigint; readonly size: number };
  readonly onInterrupt?: (source: VirtualInterrupt) => void;
  /**
   * The host cannot even stop a device. Nothing of the guest's can be relied on from here: stop the guest. Without it:
   * `VirtualSmmu.fatalErrors`.
   */
  readonly onFatal?: (error: Error) => void;
}

const PAGE = 4096;
const MSI_WINDOW = { base: 0x0800_0000n, size: 0x10_0000 } as const;

/** The options with every value in them. @throws RangeError or TypeError naming the option */
export function checkOptions<Device>(
  options: VirtualSmmuOptions<Device>,
): Required<Omit<VirtualSmmuOptions<Device>, 'id' | 'onInterrupt' | 'onFatal'>> {
  record(options, 'options', [
    'backend',
    'memory',
    'id',
    'onFailure',
    'badSte',
    's2FetchFaults',
    'batch',
    'resetAbort',
    'msiWindow',
    'onInterrupt',
    'onFatal',
  ]);
  const { backend, memory, msiWindow = MSI_WINDOW } = options;
  record(backend, 'backend', Object.keys(backend));
  optionalFunction(options.onInterrupt, 'onInterrupt');
  optionalFunction(options.onFatal, 'onFatal');
  checkWindow(memory, msiWindow);
  return {
    backend,
    memory,
    msiWindow,
    onFailure: oneOf(options.onFailure ?? 'abort', 'onFailure', ['abort', 'keep']),
    badSte: oneOf(options.badSte ?? 'silent', 'badSte', ['silent', 'record']),
    s2FetchFaults: oneOf(options.s2FetchFaults ?? 'host', 's2FetchFaults', ['host', 'guest']),
    batch: options.batch !== false,
    resetAbort: options.resetAbort === true,
  };
}

/** @throws RangeError for an option that this host cannot follow */
export function checkHostOptions(s2FetchFaults: 'host' | 'guest', host: HostAbilities): void {
  if (s2FetchFaults === 'guest' && !host.stage2Faults)
    throw new RangeError("s2FetchFaults cannot be 'guest': this host does not tell of faults of stage 2");
}

/** A doorbell behind guest RAM would be written in place of it. */
function checkWindow(memory: GuestMemory, { base, size }: { base: bigint; size: number }): void {
  integer(size, 'msiWindow.size', 0, 2 ** 30);
  for (let at = 0; at < size; at += PAGE) {
    let ram = true;
    try {
      memory.read(base + BigInt(at), 1);
    } catch {
      ram = false;
    }
    if (ram)
      throw new RangeError(`msiWindow must lie outside guest RAM, which has ${hex(base + BigInt(at))}`);
  }
}
