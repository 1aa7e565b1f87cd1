// The stream of the last look-up whose micro TLB has the shape that loops know (tlb/quiet.ts): what its memo line leads to, step by step,
// at hand at once. A memo of the memo: forgotten with it, and when context numbers are.

/** 1 above a StreamID; 0: none. */
export let lastSid: u64 = 0;
/** Its micro TLB, where the tags of that begin, the number of the stream in them. */
export let lastMicro: usize = 0;
export let lastTags: usize = 0;
export let lastContext: u64 = 0;
/** Where its hits in the micro TLB are counted. */
export let lastCounter: usize = 0;

export function rememberStream(sid: u32, micro: usize, tags: usize, context: u32, counter: usize): void {
  lastSid = <u64>sid + 1;
  lastMicro = micro;
  lastTags = tags;
  lastContext = <u64>context;
  lastCounter = counter;
}

export function forgetLastStream(): void {
  lastSid = 0;
}
