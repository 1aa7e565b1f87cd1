import type { CaptureFiles } from '../../src/capture/parse.js';

/** A small well-formed capture: one file per entry, changed by the test. */
export const GOOD: Readonly<Record<string, string>> = {
  'registers.json': '{"note":"","registers":{"0x0":"0xd44101b","0x20":"0xd"}}',
  'memory.json':
    '{"note":"","segments":[{"paddr":"0x40000000","offset":0,"length":16,"kind":["STE"]},{"paddr":"0x40001000","offset":16,"length":16,"kind":["CD"]}]}',
  'timeline.jsonl': [
    '{"t":"mmio","n":0,"op":"r","off":"0x0","size":4,"val":"0xd44101b"}',
    '{"t":"mmio","n":1,"op":"w","off":"0x98","size":4,"val":"0x2","cmds":[0,0]}',
    '{"t":"xlat","sid":24,"iova":"0xffffd000","pa":"0x44119000","perm_bits":2,"stage":1,"ptes":[[1,3,"0x4410efe8","0x44119f47"]],"cfg":"miss"}',
    '{"t":"event","i":0,"type":"F_TRANSLATION","sid":25,"raw":"1000000019000000000000000002000000100000000000000000000000000000","after_mmio":1}',
    '{"t":"irq","irq":0}',
    '{"t":"mem","addr":"0x43e08000","val":"0x5e204b5993510","why":"test"}',
  ].join('\n'),
  'expected.jsonl': [
    '{"sid":24,"iova":"0x1000","rw":"r","result":{"pa":"0x2000","page_size":4096,"perm":"rw"},"source":"qemu-trace"}',
    '{"sid":24,"iova":"0x3000","rw":"w","result":{"fault":"F_PERMISSION","stage2":true},"source":"script-only"}',
    '{"sid":24,"iova":"0x5000","rw":"w","result":{"terminated":true,"event":null},"source":"qemu-frozen"}',
  ].join('\n'),
  'commands.jsonl': '{"i":0,"op":"SYNC","raw":"4620c00f000000000000000000000000","at_mmio":1}',
  'events.jsonl':
    '{"i":0,"type":"F_TRANSLATION","sid":25,"raw":"1000000019000000000000000002000000100000000000000000000000000000","after_mmio":1}',
};

/** Files with some of them replaced; undefined removes one. */
export function filesOf(changes: Readonly<Record<string, string | undefined>> = {}): CaptureFiles {
  const all: Record<string, string | undefined> = { ...GOOD, ...changes };
  return {
    name: 'made-up',
    get(file) {
      if (file === 'memory.bin') return { shown: file, bytes: Uint8Array.from({ length: 32 }, (_, i) => i) };
      const text = all[file];
      return text === undefined ? undefined : { shown: file, bytes: new TextEncoder().encode(text) };
    },
  };
}
