/** @type {import('../anchors.mjs').Mutant[]} */
export default [
  {
    at: 'arch/geometry#contiguousLog2',
    find: 'level === 3 ? 7 : 5',
    put: 'level === 3 ? 5 : 7',
    breaks: 'DDI 0487 D8.7: a 16 KB group has 128 pages or 32 blocks',
    tests: ['conformance/540'],
  },
  {
    at: 'arch/geometry#blockAllowed',
    find: 'g === 12 ? ds : 0',
    put: '0',
    breaks: 'DDI 0487 D8.3.1.2: 512 GB blocks with DS',
    tests: ['conformance/200', 'conformance/300'],
  },
  {
    at: 'arch/geometry#stage1StartLevel',
    find: 'iasize - 1 - g',
    put: 'iasize - g',
    breaks: 'DDI 0487 D8.2: the first level of a stage 1 walk',
    tests: ['conformance/200'],
  },
  {
    at: 'arch/geometry#stage2StartLevel',
    find: 'sl0 === 4 ? -1',
    put: 'sl0 === 4 ? 0',
    breaks: '§5.2 S2SL0_2: level -1',
    tests: ['conformance/300', 'conformance/110'],
  },
];
