import * as EventRecord from '../../assembly/arch/event-record.js';
import type { EventWords } from '../capture/types.js';
import { decodeStructure } from '../inspect/decode.js';
import { eventName } from '../inspect/event.js';
import { bitsOf, hex, numberOf, valueOf } from '../base/fields.js';
import type { DepartureName } from './departures.js';
import type { Ledger } from './ledger.js';

/** Bits of the last word below the IPA field, which the architecture reserves. */
const BELOW_IPA = (1n << BigInt(bitsOf(EventRecord.IPA).lsb)) - 1n;

const S2 = 1n << BigInt(bitsOf(EventRecord.S2).lsb);

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

/**
 * Whether `low` can be IPA[11:0] of what stage 2 refused: of the output of stage 1, which pages keep; of a descriptor or CD, whose
 * address the record does not tell, a multiple of 8.
 */
function lowBitsOfIpa(recorded: EventWords, low: bigint): boolean {
  if (numberOf(recorded, EventRecord.CLASS) !== EventRecord.CLASS_IN) return low % 8n === 0n;
  return low === (valueOf(recorded, EventRecord.InputAddr) & BELOW_IPA);
}

/** The known ways in which a recorded record may depart from what the architecture says, which is `got`. */
function departuresOf(recorded: EventWords, got: EventWords): DepartureName[] | undefined {
  const found: DepartureName[] = [];
  let [low, flags] = [recorded[3], recorded[1]];
  const tableWalk =
    numberOf(recorded, EventRecord.CLASS) === EventRecord.CLASS_TT && numberOf(got, EventRecord.S2) === 1;
  if (tableWalk && (flags & S2) === 0n) {
    flags |= S2;
    found.push('s2-clear-for-table-walk');
  }
  if ((flags & S2) !== 0n && (low & BELOW_IPA) !== 0n) {
    if (!lowBitsOfIpa(recorded, low & BELOW_IPA)) return undefined;
    low &= ~BELOW_IPA;
    found.push('s2-ipa-low-bits');
  }
  const agrees = recorded[0] === got[0] && flags === got[1] && recorded[2] === got[2] && low === got[3];
  return agrees ? found : undefined;
}

/** Compares the record in the queue with the recorded one. */
export function compareRecord(
  ledger: Ledger,
  where: string,
  recorded: EventWords,
  got: EventWords | undefined,
): void {
  const name = eventName(numberOf(recorded, EventRecord.NUMBER));
  if (got === undefined) {
    ledger.mismatch(where, `recorded ${name}, but the model wrote no event record`);
    return;
  }
  const departures = departuresOf(recorded, got);
  if (departures === undefined)
    ledger.mismatch(where, `the record of ${name} differs: ${differences(recorded, got)}`);
  else departures.forEach((departure) => ledger.depart(departure));
}
