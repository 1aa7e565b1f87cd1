// Commands that invalidate, what they name, and the transactions that hold it: docs/timing.md "invalidation" and "commands".

/** A command, as far as time and caches are concerned. Addresses are those of pages of 4 KiB. */
export type Command =
  | {
      readonly kind: 'va';
      readonly asid: number;
      readonly vmid: number;
      readonly address: number;
      readonly leaf: boolean;
    }
  | { readonly kind: 'asid'; readonly asid: number; readonly vmid: number }
  | { readonly kind: 'stage 1' | 'both stages'; readonly vmid: number }
  | { readonly kind: 'ipa'; readonly vmid: number; readonly address: number; readonly leaf: boolean }
  | { readonly kind: 'everything' }
  | { readonly kind: 'stream'; readonly sid: number }
  | { readonly kind: 'other' }
  | { readonly kind: 'sync' };

/** Something of a translation that commands can name: a leaf or a Table descriptor, and the addresses that it serves. */
export interface Piece {
  readonly by: 'va' | 'ipa';
  readonly asid: number;
  readonly vmid: number;
  readonly from: number;
  readonly bytes: number;
  readonly leaf: boolean;
}

function names(command: Command, piece: Piece): boolean {
  const { by, asid, vmid, from, bytes, leaf } = piece;
  const covers = (at: number): boolean => at >= from && at < from + bytes;
  switch (command.kind) {
    case 'va':
      return (
        by === 'va' &&
        command.vmid === vmid &&
        command.asid === asid &&
        covers(command.address) &&
        (leaf || !command.leaf)
      );
    case 'asid':
      return by === 'va' && command.vmid === vmid && command.asid === asid;
    case 'stage 1':
      return by === 'va' && command.vmid === vmid;
    case 'both stages':
      return command.vmid === vmid;
    case 'ipa':
      return by === 'ipa' && command.vmid === vmid && covers(command.address) && (leaf || !command.leaf);
    case 'everything':
      return true;
    default:
      return false;
  }
}

/** What a cached value, or one on its way into a cache, is named by. */
export interface Named {
  readonly pieces: readonly Piece[];
  /** The stream, where CFGI names it. */
  readonly sid?: number;
}

export function namesValue(command: Command, { pieces, sid }: Named): boolean {
  if (command.kind === 'stream') return command.sid === sid;
  return pieces.some((piece) => names(command, piece));
}

/** A transaction under way. */
export interface Flight {
  readonly sid: number;
  /** Invalidations that were before it. */
  began: number;
  /** It has used the stream's configuration. */
  configured: boolean;
  first: readonly Piece[];
  second: readonly Piece[];
  overtaken: boolean;
}

/** The invalidations so far, and who holds what they name. */
export class Invalidations {
  private readonly list: Command[] = [];
  private readonly flights = new Set<Flight>();
  private overtaken = 0;
  private waiting: (() => void) | undefined;

  begin(sid: number): Flight {
    const flight = {
      sid,
      began: this.list.length,
      configured: false,
      first: [],
      second: [],
      overtaken: false,
    };
    this.flights.add(flight);
    return flight;
  }

  /** It has gone to memory, or its event is recorded. */
  leave(flight: Flight): void {
    this.flights.delete(flight);
    if (!flight.overtaken) return;
    this.overtaken--;
    if (this.overtaken > 0) return;
    this.waiting?.();
    this.waiting = undefined;
  }

  /** The command has had its effect on the caches. */
  note(command: Command): void {
    this.list.push(command);
    for (const flight of this.flights) {
      const { sid, configured, first, second } = flight;
      const held = { pieces: [...first, ...second], ...(configured ? { sid } : {}) };
      if (flight.overtaken || !namesValue(command, held)) continue;
      flight.overtaken = true;
      this.overtaken++;
    }
  }

  /** The value may not be filled: a command named it since the transaction began. */
  forbids({ began }: Flight, value: Named): boolean {
    return this.list.slice(began).some((command) => namesValue(command, value));
  }

  /** Calls `then` when nobody holds anything; false: nobody does. */
  await(then: () => void): boolean {
    if (this.overtaken === 0) return false;
    this.waiting = then;
    return true;
  }
}
