/** @type {import('../anchors.mjs').Mutant[]} */
export default [
  {
    at: 'state/gerror#gerrorActivate',
    find: 'if (gerrorActive(flag)) return false;',
    put: '',
    breaks: '§7.5: an active error stays active',
    tests: ['conformance/700', 'conformance/710'],
  },
  {
    at: 'state/regs#addressHighMask',
    find: '(oasBits() - 32)',
    put: '(oasBits() - 31)',
    breaks: '§6.3.24: address bits beyond OAS are RES0',
    tests: ['conformance/010'],
  },
  {
    at: 'state/pmu#passesFilter',
    find: 'ctz(~match) + 1',
    put: 'ctz(~match)',
    breaks: '§10.4: the lowest 0 of SMR is part of what SPAN ignores',
    tests: ['conformance/810', 'conformance/800'],
  },
  {
    at: 'state/pmu#passesFilter',
    find: 'groupField(PmcgRegister.CFGR_SID_FILTER_TYPE) ? 0 : n',
    put: 'n',
    breaks: '§10.4: with SID_FILTER_TYPE counter 0 filters for all',
    tests: ['conformance/810', 'conformance/800'],
  },
  {
    at: 'state/counters#countRead',
    find: 'stage2 * 5 + level + 1',
    put: 'stage2 * 4 + level + 1',
    breaks: 'reads of levels -1 to 3 are counted apart for both stages',
    tests: ['host/level-reads'],
  },
];
