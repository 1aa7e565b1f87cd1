/** Cache configurations of the properties. */
import type { SmmuOptions } from '../../src/index.js';
import { SPACIOUS } from '../support/machine.js';

type Caches = SmmuOptions['caches'];

const full = { entries: 512, ways: 'full', policy: 'lru' } as const;
const small = (
  entries: number,
  ways: number,
  policy: 'random' | 'rrip' | 'lru' | 'plru' | 'round-robin',
) => ({
  entries,
  ways,
  policy,
});

/** Never an entry too many for them: what is missing was removed by a command. `streamOnly`: all TLBs are tagged by stream. */
export const ROOMY: { name: string; caches: Caches; streamOnly: boolean }[] = [
  { name: 'each level and stage its own, mixed tags', caches: SPACIOUS, streamOnly: false },
  {
    name: 'context tags alone, a unified walk cache',
    caches: {
      microTlb: { ...full, tag: 'context' },
      mainTlb: { ...full, tag: 'context' },
      tcuTlb: { ...full, tag: 'context', index: 'hash' },
      configCache: full,
      walkCaches: { unified: { entries: 4096, ways: 'full', policy: 'lru' } },
    },
    streamOnly: false,
  },
  {
    name: 'stream tags alone, no walk caches',
    caches: {
      microTlb: { ...full, tag: 'stream' },
      mainTlb: { ...full, tag: 'stream', policy: 'random' },
      configCache: full,
      ipaCache: full,
      walkCaches: false,
    },
    streamOnly: true,
  },
  {
    name: 'one TLB alone, context tags',
    caches: { mainTlb: { ...full, tag: 'context' }, configCache: false },
    streamOnly: false,
  },
];

/** What silicon and models have, and caches so small that everything competes. */
export const TIGHT: { name: string; caches: Caches }[] = [
  { name: 'mmu600-agilex5', caches: 'mmu600-agilex5' },
  { name: 'gem5-default', caches: 'gem5-default' },
  { name: 'mmu700-server', caches: 'mmu700-server' },
  { name: 'minimal', caches: 'minimal' },
  {
    name: 'a few entries of every policy',
    caches: {
      microTlb: { ...small(4, 2, 'plru'), tag: 'stream' },
      mainTlb: { ...small(6, 3, 'random'), tag: 'context', index: 'xor' },
      tcuTlb: { ...small(8, 4, 'rrip'), tag: 'context', index: 'hash' },
      configCache: small(3, 1, 'round-robin'),
      walkCaches: { unified: small(10, 5, 'lru') },
      ipaCache: small(5, 5, 'random'),
    },
  },
  {
    name: 'a few entries, walk caches by level',
    caches: {
      microTlb: { ...small(2, 2, 'lru'), tag: 'context' },
      mainTlb: { ...small(8, 2, 'round-robin'), tag: 'stream', index: 'hash' },
      configCache: small(4, 4, 'rrip'),
      walkCaches: {
        s1: [small(1, 1, 'lru'), small(2, 1, 'lru'), small(4, 2, 'random'), small(6, 2, 'plru')],
        s2: [false, small(2, 2, 'plru'), small(4, 4, 'rrip'), false],
      },
    },
  },
];
