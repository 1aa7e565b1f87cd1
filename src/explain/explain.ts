import type { Transaction, Translation } from '../device/transaction.js';
import * as Register from '../../assembly/arch/register.js';
import * as Ste from '../../assembly/arch/ste.js';
import { show } from '../base/check.js';
import { hex, numberOf } from '../base/fields.js';
import type { Configuration } from './configuration.js';
import type { IdRegisters } from '../inspect/lint-ste.js';
import { Narrator, type ExplainedStep, type Scene } from './narrate.js';
import type { TraceStep } from '../inspect/steps.js';
import { whyRefused } from './why.js';

/** The part of a device that an explanation needs. */
export interface Explainable {
  readonly id: IdRegisters;
  read32(offset: number): number;
  readonly memory: { read64(pa: bigint): bigint };
  /** Translates, and gives the steps that the core took. */
  trace(transaction: Transaction): {
    readonly translation: Translation;
    readonly steps: readonly TraceStep[];
  };
}

/** A translation in words. */
export interface Explanation {
  readonly transaction: Transaction;
  readonly translation: Translation;
  readonly steps: readonly ExplainedStep[];
  /** The STE and the CD that decided; undefined where none was reached. */
  readonly configuration: Configuration;
  /** How it ended, in one sentence. */
  readonly conclusion: string;
  /** For a fault: why, in one sentence with its section. */
  readonly why: string | undefined;
}

function reader(device: Explainable): Scene['read'] {
  return (address, words) => {
    try {
      return Array.from({ length: words }, (_, i) => device.memory.read64(address + BigInt(8 * i)));
    } catch {
      return undefined;
    }
  };
}

/** Whose part of a nested stream refused; empty when it is not known to be one. */
function partOf({ event }: Translation, ste: readonly bigint[] | undefined): string {
  if (ste === undefined || numberOf(ste, Ste.Config) !== Ste.CONFIG_S1_TRANSLATE_S2_TRANSLATE) return '';
  if (event?.s2 === undefined) return '';
  return event.s2 ? ', by the host’s part (stage 2)' : ', by the guest’s part (stage 1)';
}

function concluded(translation: Translation, ste: readonly bigint[] | undefined): string {
  const { status, event, pa, pageSize, permissions } = translation;
  if (status === 'ok') {
    const allowed = [
      permissions.read ? 'read' : '',
      permissions.write ? 'write' : '',
      permissions.execute ? 'execute' : '',
    ].filter((name) => name !== '');
    return `Physical address ${hex(pa)}, in a page of ${hex(pageSize)} bytes that allows ${allowed.join(', ') || 'nothing'}.`;
  }
  const how = { abort: 'Aborted', 'raz-wi': 'Reads as zero, writes are ignored', stalled: 'Stalled' }[status];
  if (event === undefined) return `${how}, without an event.`;
  return `${how} with ${event.name}${partOf(translation, ste)}${event.recorded ? '' : ' (not recorded)'}.`;
}

/**
 * Translates a transaction and says in words what happened at each step, and why it failed if it did. It is a translation as any
 * other: caches fill, and a fault is recorded.
 * @throws RangeError or TypeError as `translate`
 */
export function explain(device: Explainable, transaction: Transaction): Explanation {
  if (typeof (device as Partial<Explainable> | undefined)?.trace !== 'function')
    throw new TypeError(`device must be an Smmu, not ${show(device)}`);
  const { translation, steps } = device.trace(transaction);
  const scene: Scene = {
    streamId: transaction.streamId,
    iova: transaction.iova,
    speculative: transaction.speculative === true,
    registers: { ...device.id, cr2: device.read32(Register.CR2) },
    read: reader(device),
  };
  const narrator = new Narrator(scene);
  const told = steps.flatMap((step) => narrator.tell(step) ?? []);
  const { configuration } = narrator;
  const why = translation.status === 'ok' ? undefined : whyRefused({ scene, configuration, steps });
  return {
    transaction,
    translation,
    steps: told,
    configuration,
    conclusion: concluded(translation, configuration.ste),
    why,
  };
}

/**
 * Why a transaction fails, in one sentence with its section; undefined when it does not. As {@link explain}, it translates.
 * @throws RangeError or TypeError as `translate`
 */
export function why(device: Explainable, transaction: Transaction): string | undefined {
  return explain(device, transaction).why;
}
