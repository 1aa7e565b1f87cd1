// What a stretch (stretch.ts) keeps of a row that has been looked up.
import * as Entry from '../abi/entry';
import * as Stretch from '../abi/stretch';
import { copy16 } from '../memory/copy';
import { hitAddress, hitStatus } from '../translate/fast';
import { answeredBy } from '../walk/hit';

/** The row of record r hit the entry at e, of address space `owner`: what it holds while it is in flight, and what its device gets. */
@inline
export function keep(r: usize, e: usize, owner: u32, va: u64, place: u32): void {
  copy16(r + Stretch.IMAGE, e, Entry.BYTES);
  store<u32>(r, owner, Stretch.OWNER);
  store<u64>(r, hitAddress(e, va), Stretch.PA);
  store<u32>(r, hitStatus(e, answeredBy(e, place)), Stretch.STATUS);
}
