/** Transactions one at a time: done at once, or submitted and polled. */
import * as Header from '../../assembly/abi/header.js';
import * as Request from '../../assembly/abi/request.js';
import * as Result from '../../assembly/abi/result.js';
import * as Status from '../../assembly/abi/status.js';
import type { Delivery } from './delivery.js';
import type { Tickets } from './tickets.js';
import type { Timeline } from './timeline.js';
import type { Transaction } from './transaction.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';
import { BLOCK_BYTES, checkTransaction, MAIN_BLOCK, writeRequest } from './request.js';

/** What they work on. */
export interface SinglesParts {
  readonly core: Core;
  readonly state: CoreMemory;
  readonly tickets: Tickets;
  readonly delivery: Delivery;
  /** Undefined: time is off. */
  readonly timeline: Timeline | undefined;
}

/** The single transactions of one device. */
export class Singles {
  constructor(private readonly parts: SinglesParts) {}

  /** Runs the transaction to its end; its results stand in the main block, and callbacks have not run. */
  execute(transaction: Transaction): void {
    const { core, state, tickets, timeline } = this.parts;
    const inputs = checkTransaction(transaction);
    const now = timeline === undefined ? state.get64(Header.NOW) : 0n;
    const arrival = tickets.arrival(transaction.arrival, now);
    timeline?.complete();
    writeRequest(state, inputs, timeline === undefined ? arrival : (transaction.arrival ?? 0n));
    tickets.arrived(arrival);
    core.translate();
    timeline?.collect();
  }

  /** @returns the ticket */
  submit(transaction: Transaction): number {
    const { state, tickets, delivery, timeline } = this.parts;
    if (timeline !== undefined) {
      const inputs = checkTransaction(transaction);
      const arrival = tickets.arrival(transaction.arrival, 0n);
      const ticket = timeline.submit(inputs, transaction.arrival ?? 0n);
      tickets.arrived(arrival);
      return ticket;
    }
    this.execute(transaction);
    const ticket = tickets.issue();
    tickets.finish(ticket, state.slice(MAIN_BLOCK, BLOCK_BYTES).slice());
    delivery.settleKeeping();
    return ticket;
  }

  /** A look-up of what is no transaction: the main block says that it ended in an abort. @returns -1 */
  refuseLookup(): number {
    const { state } = this.parts;
    state.slice(MAIN_BLOCK, BLOCK_BYTES).fill(0);
    state.set32(MAIN_BLOCK + Request.STATUS, Status.ABORT);
    return -1;
  }

  /** The address that a look-up with time on gave, after what it left. */
  looked(timeline: Timeline, result: number): number {
    if (result >= 0) return result;
    timeline.collect();
    this.parts.delivery.settleKeeping();
    return result === -1 ? -1 : Result.LEFT_SOMETHING - result;
  }
}
