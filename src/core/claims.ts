/**
 * Places in lent memories that belong to living devices. A core's region is its device's alone; windows are RAM, which several
 * devices may share.
 */

/** [start, end) of a linear memory. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** What an option asks for, as a message calls it. */
export interface NamedSpan extends Span {
  readonly name: string;
}

/** What one device has of a memory, until it is released. */
export interface Claim {
  readonly core: NamedSpan;
  readonly windows: readonly NamedSpan[];
  readonly release: () => void;
}

const living = new WeakMap<WebAssembly.Memory, Set<Claim>>();

/**
 * Takes a core's region and its windows for a new device.
 * @throws RangeError when a core would lie on another's core or window, or a window on another's core
 */
export function claimPlace(
  memory: WebAssembly.Memory,
  core: NamedSpan,
  windows: readonly NamedSpan[],
): Claim {
  const claims = living.get(memory) ?? new Set<Claim>();
  for (const other of claims) {
    refuseOverlap(core, 'core', other.core);
    for (const window of other.windows) refuseOverlap(core, 'RAM', window);
    for (const window of windows) refuseOverlap(window, 'core', other.core);
  }
  const claim: Claim = { core, windows, release: () => void claims.delete(claim) };
  claims.add(claim);
  living.set(memory, claims);
  return claim;
}

function refuseOverlap(asked: NamedSpan, what: string, taken: Span): void {
  if (asked.start >= taken.end || taken.start >= asked.end) return;
  throw new RangeError(
    `${asked.name} would take ${asked.start} to ${asked.end} of the lent memory, where ${taken.start} to ${taken.end} is the ${what} of a device that has not been disposed of`,
  );
}
