// The stream of the last look-up whose micro TLB has the shape that loops know (tlb/quiet.ts): what its memo line leads to, step by step,
// at hand at once. A memo of the memo: forgotten with it, and when context numbers are.

const NONE: u64 = 0xffffffffffffffff;
/** Bits of 2^52 that stay in a tag. */
const INTEGER_REST: u64 = 0x3000000000000000;
/** Its StreamID; above 32 bits: none. */
export let lastSid: u64 = 0xffffffffffffffff; // a literal: of a name the compiler makes start code
/** The same with time on, which has look-ups of its own (timing/again.ts). */
export let timedSid: u64 = 0xffffffffffffffff;
/** Its micro TLB, where the tags of that begin, the number of the stream in them. */
export let lastMicro: usize = 0;
export let lastTags: usize = 0;
export let lastContext: u64 = 0;
/** What makes a tag of `lastContext` of a page with the highest bits of 2^52 above it (translate/quick.ts). */
export let lastSummand: u64 = 0;
/** Hints of the ways in which pages are (tlb/quiet.ts). */
export let lastHints: usize = 0;
/** Where its hits in the micro TLB are counted. */
export let lastCounter: usize = 0;

export function rememberStream(
  sid: u32,
  micro: usize,
  tags: usize,
  context: u32,
  counter: usize,
  hints: usize,
): void {
  lastSid = <u64>sid;
  lastMicro = micro;
  lastTags = tags;
  lastContext = <u64>context;
  lastSummand = <u64>context - INTEGER_REST;
  lastCounter = counter;
  lastHints = hints;
}

/** The stream just remembered is one of look-ups with time on. */
export function withTime(): void {
  timedSid = lastSid;
  lastSid = NONE;
}

export function forgetLastStream(): void {
  lastSid = NONE;
  timedSid = NONE;
}
