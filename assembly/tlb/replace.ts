// Replacement policies. A set's state is 8 bytes (tree bits of pseudo-LRU, or its own round-robin counter), an entry's is 8
// (LRU stamp, or re-reference prediction value).
import { pow2 } from '../memory/bits';
import { base, cacheAt, region } from '../memory/base';
import * as Cache from '../abi/cache';
import * as Header from '../abi/header';

const RRIP_DISTANT: u64 = 3;
const RRIP_LONG: u64 = 2;

@inline
export function setState(c: usize, set: u32): usize {
  return base + <usize>load<u32>(c, Cache.REPL) + <usize>(set * Cache.REPL_SET_BYTES);
}

@inline
function entryState(c: usize, i: u32): usize {
  return (
    base +
    <usize>load<u32>(c, Cache.REPL) +
    <usize>(load<u32>(c, Cache.SETS) * Cache.REPL_SET_BYTES + i * Cache.REPL_ENTRY_BYTES)
  );
}

/** The next number of the seeded generator (xorshift64, Marsaglia 2003). */
export function nextRandom(): u64 {
  let x = load<u64>(base, Header.SEED);
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  store<u64>(base, x, Header.SEED);
  return x;
}

// Masks of a way's path through the tree: `tree & and | or` points every node on it at the other side. Node 1 is the root; bit
// n of the state is node n.
@inline
export function wayMasks(c: usize, way: u32): usize {
  const slots = load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW);
  return entryState(c, slots) + <usize>(way * Cache.REPL_WAY_BYTES);
}

/** Makes the masks; once, when the cache is cleared. */
export function makeWayMasks(c: usize): void {
  const ways = load<u32>(c, Cache.WAYS);
  if (load<u32>(c, Cache.POLICY) != Cache.POLICY_PLRU) return;
  for (let way: u32 = 0; way < ways; way++) {
    let clear: u64 = 0;
    let set: u64 = 0;
    let node: u32 = 1;
    for (let half = ways >> 1; half > 0; half >>= 1) {
      const right: u32 = (way & half) != 0 ? 1 : 0;
      const bit = pow2(node);
      if (right) clear |= bit;
      else set |= bit;
      node = (node << 1) | right;
    }
    store<u64>(wayMasks(c, way), ~clear);
    store<u64>(wayMasks(c, way), set, 8);
  }
}

/**
 * For sixteen ways, by the tree's nodes 1 to 7: the nodes of these on the way to the victim [15:0], and the pair of ways that they
 * lead to [31:16]; node 8 + pair chooses within it. Once, when an instance is bound to its region.
 */
export function makeTree16(): void {
  const table = region(base + Header.TREE16);
  for (let upper: u32 = 0; upper < 128; upper++) {
    const tree = upper << 1;
    let path: u32 = 0;
    let node: u32 = 1;
    while (node < 8) {
      path |= 1 << node;
      node = (node << 1) | ((tree >> node) & 1);
    }
    store<u32>(table + ((<usize>upper) << 2), path | ((node - 8) << 16));
  }
}

/** Way `way` of a set was used. */
@inline
function plruUse(tree: usize, masks: usize): void {
  store<u64>(tree, (load<u64>(tree) & load<u64>(masks)) | load<u64>(masks, 8));
}

function plruVictim(state: usize, ways: u32): u32 {
  const tree = load<u64>(state);
  let node: u32 = 1;
  let way: u32 = 0;
  for (let half = ways >> 1; half > 0; half >>= 1) {
    const right = (<u32>(tree >> (<u64>node))) & 1;
    if (right) way |= half;
    node = (node << 1) | right;
  }
  return way;
}

/** A look-up hit entry i. */
export function noteUse(c: usize, i: u32): void {
  const policy = load<u32>(c, Cache.POLICY);
  if (policy == Cache.POLICY_ROUND_ROBIN || policy == Cache.POLICY_RANDOM) return;
  if (policy == Cache.POLICY_LRU) {
    const clock = load<u64>(c, Cache.CLOCK) + 1;
    store<u64>(c, clock, Cache.CLOCK);
    store<u64>(entryState(c, i), clock);
  } else if (policy == Cache.POLICY_PLRU) {
    const row = load<u32>(c, Cache.ROW);
    const set = i / row;
    plruUse(setState(c, set), wayMasks(c, i - set * row));
  } else {
    store<u64>(entryState(c, i), 0);
  }
}

/** Entry i was filled. */
export function noteFill(c: usize, i: u32): void {
  if (load<u32>(c, Cache.POLICY) == Cache.POLICY_RRIP) store<u64>(entryState(c, i), RRIP_LONG);
  else noteUse(c, i);
}

/** The round-robin counter of a set: its own, or that of the cache, which may be one for several. */
@inline
export function roundRobin(c: usize, set: u32): usize {
  if (load<u32>(c, Cache.COUNTER_PER_SET)) return setState(c, set);
  const shared = load<i32>(c, Cache.SHARED_COUNTER);
  return (shared ? cacheAt(shared - 1) : c) + Cache.COUNTER;
}

/** The way of `set` to replace: an invalid one first, else by policy. */
export function pickVictim(c: usize, set: u32): u32 {
  const ways = load<u32>(c, Cache.WAYS);
  const first = set * load<u32>(c, Cache.ROW);
  if (load<u32>(c, Cache.VALID) < load<u32>(c, Cache.ENTRIES)) {
    const tags = base + <usize>load<u32>(c, Cache.TAGS) + ((<usize>first) << 3);
    for (let way: u32 = 0; way < ways; way++) if (load<u64>(tags + ((<usize>way) << 3)) == 0) return way;
  }
  const policy = load<u32>(c, Cache.POLICY);
  if (policy == Cache.POLICY_ROUND_ROBIN) {
    // The counter steps before use.
    const counter = roundRobin(c, set);
    const next = (load<u32>(counter) + 1) % ways;
    store<u32>(counter, next);
    return next;
  }
  if (policy == Cache.POLICY_RANDOM) return <u32>((nextRandom() >> 32) % <u64>ways);
  if (policy == Cache.POLICY_PLRU) return plruVictim(setState(c, set), ways);
  if (policy == Cache.POLICY_LRU) {
    let oldest: u32 = 0;
    for (let way: u32 = 1; way < ways; way++) {
      if (load<u64>(entryState(c, first + way)) < load<u64>(entryState(c, first + oldest))) oldest = way;
    }
    return oldest;
  }
  // SRRIP (Jaleel et al., ISCA 2010): the first distant entry; when there is none all grow older.
  while (true) {
    for (let way: u32 = 0; way < ways; way++)
      if (load<u64>(entryState(c, first + way)) >= RRIP_DISTANT) return way;
    for (let way: u32 = 0; way < ways; way++) {
      const state = entryState(c, first + way);
      store<u64>(state, load<u64>(state) + 1);
    }
  }
}
