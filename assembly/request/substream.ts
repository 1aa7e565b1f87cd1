// Which context of a stream: Machine.SUBSTREAM, and what configurations and entries keep of it. 0: no SubstreamID. Fields are packed
// as those of arch/.
import * as Flag from '../abi/flag';
import { bits32, maskOf32 } from '../memory/bits';

export const ID: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]
export const SSV: i32 = (0 << 16) | (31 << 8) | 1; // [31]

/** The word of a transaction. */
@inline
export function word(flags: u32, ssid: u32): u32 {
  return flags & Flag.SSV ? bits32(ssid, ID) | maskOf32(SSV) : 0;
}

/** The SubstreamID; 0 without one. */
@inline
export function id(word: u32): u32 {
  return bits32(word, ID);
}

/** A stream's context in 53 bits: StreamID [31:0], SubstreamID [51:32], SSV [52]. */
@inline
export function withStream(sid: u32, word: u32): u64 {
  return ((<u64>bits32(word, SSV)) << 52) | ((<u64>id(word)) << 32) | (<u64>sid);
}
