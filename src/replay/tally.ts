import type { Smmu, Transaction, Translation } from '../device/smmu.js';

/** Wall-clock time that one stream's translations took. */
export interface StreamTime {
  translations: number;
  milliseconds: number;
}

/** Translates and keeps the time by stream. */
export class Translator {
  readonly streams = new Map<number, StreamTime>();

  constructor(private readonly smmu: Smmu) {}

  translate(transaction: Transaction): Translation {
    let stream = this.streams.get(transaction.streamId);
    if (stream === undefined) {
      stream = { translations: 0, milliseconds: 0 };
      this.streams.set(transaction.streamId, stream);
    }
    const start = performance.now();
    const result = this.smmu.translate(transaction);
    stream.milliseconds += performance.now() - start;
    stream.translations++;
    return result;
  }
}

/** Whether an access passed with its address, no table having been asked. */
export function bypassed(translation: Translation, iova: bigint): boolean {
  return translation.status === 'ok' && translation.pa === iova && translation.hit === 'none';
}

/** A translation's outcome for a message. */
export function outcome(translation: Translation): string {
  if (translation.status === 'ok') {
    return `0x${translation.pa.toString(16)}${translation.hit === 'none' ? ' (bypass)' : ''}`;
  }
  const event = translation.event;
  return event === undefined
    ? `${translation.status} without an event`
    : `${translation.status} with ${event.name}`;
}
