import { EVT_IPA, EVT_NUMBER, EVT_S2 } from '../../assembly/arch/events.js';
import type { EventWords } from '../capture/types.js';
import { decodeStructure } from '../inspect/decode.js';
import { eventName } from '../inspect/event.js';
import { bitsOf, hex, numberOf } from '../inspect/fields.js';
import type { Ledger } from './ledger.js';

/** Bits of the last word below the IPA field, which the architecture reserves. */
const BELOW_IPA = (1n << BigInt(bitsOf(EVT_IPA).lsb)) - 1n;

function differences(recorded: EventWords, got: EventWords): string {
  const theirs = decodeStructure('event', recorded).fields;
  const ours = decodeStructure('event', got).fields;
  const parts = theirs
    .filter((field) => field.name !== 'RES0')
    .flatMap((field) => {
      const own = ours.find((other) => other.name === field.name);
      if (own !== undefined && own.value === field.value) return [];
      return [
        `${field.name} is ${own === undefined ? 'absent' : hex(own.value)} instead of ${hex(field.value)}`,
      ];
    });
  return parts.length === 0
    ? `the words are ${got.map(hex).join(' ')} instead of ${recorded.map(hex).join(' ')}`
    : parts.join(', ');
}

/** Compares the record in the queue with the recorded one; true when they agree or depart in a known way. */
export function compareRecord(
  ledger: Ledger,
  where: string,
  recorded: EventWords,
  got: EventWords | undefined,
): boolean {
  if (got === undefined) {
    ledger.mismatch(
      where,
      `recorded ${eventName(numberOf(recorded, EVT_NUMBER))}, but the model wrote no event record`,
    );
    return false;
  }
  if (recorded.every((word, i) => word === got[i])) return true;
  const lowBitsOnly =
    numberOf(recorded, EVT_S2) === 1 &&
    recorded[0] === got[0] &&
    recorded[1] === got[1] &&
    recorded[2] === got[2] &&
    (recorded[3] & ~BELOW_IPA) === got[3];
  if (lowBitsOnly) {
    ledger.depart('s2-ipa-low-bits');
    return true;
  }
  ledger.mismatch(
    where,
    `the record of ${eventName(numberOf(recorded, EVT_NUMBER))} differs: ${differences(recorded, got)}`,
  );
  return false;
}
