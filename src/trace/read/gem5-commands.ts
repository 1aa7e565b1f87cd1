/** Commands and request flags of gem5, as its packet traces number them. */
import * as Flag from '../../../assembly/abi/flag.js';

// MemCmd::Command (src/mem/packet.hh): the first six have never moved, the others are those of gem5 20 and later.
const READ = 1;
const WRITE = 4;

/** Flags of the transaction that a command makes; of one that is not here there is none. */
export const COMMANDS: ReadonlyMap<number, number> = new Map([
  [READ, 0],
  [WRITE, Flag.WRITE],
  [7, Flag.WRITE], // WritebackDirty
  [8, Flag.WRITE], // WritebackClean
  [9, Flag.WRITE], // WriteClean
  [11, 0], // SoftPFReq
  [13, 0], // HardPFReq
  [16, Flag.WRITE], // WriteLineReq
  [22, Flag.WRITE], // ReadExReq: read for ownership
  [24, 0], // ReadCleanReq
  [25, 0], // ReadSharedReq
  [33, Flag.ATOMIC | Flag.WRITE], // SwapReq
]);

// Request::FlagsType (src/mem/request.hh)
export const REQUEST_INSTRUCTION = 0x100n;
export const REQUEST_PRIVILEGED = 0x8000n;
