/** @type {import('../anchors.mjs').Mutant[]} */
export default [
  {
    at: 'memory/bus#locate',
    find: 'size < 8 ? 0 : size - 7',
    put: 'size',
    breaks: 'a read does not reach beyond its window',
    tests: ['host/window-end'],
  },
  {
    at: 'memory/bus#locate',
    find: 'size - off >= <u64>len',
    put: 'true',
    breaks: 'an access lies in its window as a whole',
    tests: ['conformance/100'],
  },
  {
    at: 'memory/bus#cas64',
    find: 'if (load<u64>(at) != expected) return 0;',
    put: '',
    breaks: '§3.13: a descriptor that changed meanwhile is not overwritten',
    tests: ['timing-host/updates'],
  },
  {
    at: 'memory/bus#readInto',
    find: 'memory.fill(dst, 0, len);',
    put: '',
    breaks: 'sparse memory that was never written reads as 0',
    tests: ['conformance/100'],
  },
];
