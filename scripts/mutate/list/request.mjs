/** @type {import('../anchors.mjs').Mutant[]} */
export default [
  {
    at: 'request/fault#direction',
    find: 'asRead ||',
    put: '',
    breaks: '§7.3.22: an atomic refused for its read is reported with RnW = 1',
    tests: ['conformance/330'],
  },
  {
    at: 'request/fault#identify',
    find: '| maskOf(EventRecord.SSV)',
    put: '',
    breaks: '§7.3: SSV stands beside the SubstreamID',
    tests: ['conformance/120'],
  },
  {
    at: 'request/fault#stage2Fault',
    find: 'cls == EventRecord.CLASS_TT &&',
    put: '',
    breaks: '§7.3.22: TTRnW belongs to CLASS TT',
    tests: ['conformance/400', 'conformance/330'],
  },
  {
    at: 'request/fault#translationForbidden',
    find: '& maskOf(EventRecord.RnW)',
    put: '',
    breaks: '§7.3.8: F_TRANSL_FORBIDDEN has RnW alone',
    tests: ['conformance/030'],
  },
  {
    at: 'request/fault#walkAbort',
    find: 'if (stage == 2) w |= maskOf(EventRecord.S2);',
    put: '',
    breaks: '§7.3.12: S2 of F_WALK_EABT',
    tests: ['conformance/300', 'conformance/400'],
  },
  {
    at: 'request/count#setsRead',
    find: '((<u64>2) << code) - 1',
    put: '((<u64>1) << code) - 1',
    breaks: 'what a main TLB reads until it hits, a page size after the other',
    tests: ['conformance/810'],
  },
  {
    at: 'request/count#countTbuMiss',
    find: '&& once(q, Machine.COUNTED_TBU_MISS)',
    put: '',
    breaks: '§10.3: a transaction misses once',
    tests: ['conformance/810', 'conformance/830'],
  },
];
