// Stage 2 of the addresses of stage 1 descriptors in a straight nested walk, page by page, remembered from one row of a batch to the
// next: as long as nothing but straight walks has happened no memory has been written, and the walk that is left out would read what it
// read before. The descriptors count as read all the same (State.S2_READ).
import * as Ahead from '../abi/ahead';
import * as Header from '../abi/header';
import { base, region } from '../memory/base';

const EPOCH: u64 = 1 << 40;

let epoch: u64 = 0;
let configuration: usize = 0;

@inline
function lines(): usize {
  return region(base + Header.AHEAD) + Ahead.PAGES;
}

/** Empties the memory of what is remembered. Once, when an instance is bound to its region. */
export function bindTablePages(): void {
  memory.fill(lines(), 0, Ahead.PAGE_COUNT * Ahead.PAGE_BYTES);
  epoch = 0;
  configuration = 0;
}

/** Memory or configurations may have changed: a call from outside begins, or the machine has run. */
@inline
export function forgetTablePages(): void {
  configuration = 0;
}

/** What is remembered is for configuration c from here on. */
@inline
export function rememberFor(c: usize): void {
  if (c == configuration) return;
  configuration = c;
  epoch += EPOCH;
  if (!(epoch >> 63)) return;
  bindTablePages();
  configuration = c;
  epoch = EPOCH;
}

/** The line of the page that `ipa` lies in, for `isKnown` and `noteTablePage`. */
@inline
export function tablePage(ipa: u64): usize {
  return lines() + <usize>(((<u32>(ipa >> 12)) & (Ahead.PAGE_COUNT - 1)) * Ahead.PAGE_BYTES);
}

/** The line is that of the page of `ipa`. */
@inline
export function isKnown(line: usize, ipa: u64): bool {
  return load<u64>(line, Ahead.KEY) == (epoch | (ipa >> 12));
}

/** Stage 2 led from `ipa` to `pa`, by `reads`. */
@inline
export function noteTablePage(line: usize, ipa: u64, pa: u64, reads: u64): void {
  store<u64>(line, epoch | (ipa >> 12), Ahead.KEY);
  store<u64>(line, pa & ~0xfff, Ahead.PA);
  store<u64>(line, reads, Ahead.READS);
}
