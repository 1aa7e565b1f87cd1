// The descriptors that a run of walks read, counted by level at its end.
import * as Cache from '../abi/cache';
import * as DeviceCounters from '../abi/device-counters';
import * as Layout from '../abi/layout';
import { base } from '../memory/base';
import { add } from '../memory/sum';
import * as Probes from './probes';

/** Rows of a run at most: counts of twelve bits stand side by side. */
export const MOST: u32 = 4095;

// Where the descriptors read at a level are counted. stage2: 0 stage 1, 5 stage 2.
@inline
function levelReads(stage2: i32, level: i32): usize {
  return base + Layout.COUNTERS + DeviceCounters.LEVEL_READS + ((<usize>(stage2 + level + 1)) << 3);
}

@inline
function countOf(counts: u64, level: i32): u64 {
  return (counts >> (12 * <u64>(level + 1))) & MOST;
}

/** Counts the descriptors of walks that all began at `start`; `counts`: of walks by the level of their leaf. Gives how many they are. */
export function countReads(start: i32, stage2: i32, counts: u64): u64 {
  let walks: u64 = 0;
  let all: u64 = 0;
  for (let level = 3; level >= start; level--) {
    walks += countOf(counts, level);
    add(levelReads(stage2, level), walks);
    all += walks;
  }
  return all;
}

/**
 * The same of walks through walk caches; `counts`: of walks by the level of the first descriptor that was read. A level below that was
 * looked up in vain and filled, the one above it answered (State.S1_PROBE).
 */
export function countCached(start: i32, counts: u64): u64 {
  let walks: u64 = 0;
  let all: u64 = 0;
  for (let level = start; level <= 3; level++) {
    walks += countOf(counts, level);
    const w = Probes.tableCache(level);
    add(w + Cache.MISSES, walks);
    add(w + Cache.FILLS, walks);
    if (level < 3) add(w + Cache.HITS, countOf(counts, level + 1));
    add(levelReads(0, level), walks);
    all += walks;
  }
  return all;
}
