import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { directoryFiles, readCapture } from '../../src/capture/directory.js';
import { wordsOf } from '../../src/capture/timeline.js';

/** Figures of data/README.md. */
const SETS = [
  { name: 'linux-s1-4k', expected: 1497, accesses: 2355, commands: 2312, events: 5, translations: 19137 },
  { name: 'linux-s2-4k', expected: 1714, accesses: 3237, commands: 3206, events: 2, translations: 24852 },
  { name: 'linux-nested-4k', expected: 312, accesses: 179, commands: 129, events: 9, translations: 395 },
];

describe.each(SETS)('$name', (set) => {
  const directory = join('data', set.name);
  const capture = readCapture(directory);
  const accesses = capture.timeline.filter((entry) => entry.kind === 'mmio');

  test('holds what its README says', () => {
    expect(capture.expected).toHaveLength(set.expected);
    expect(accesses).toHaveLength(set.accesses);
    expect(capture.commands).toHaveLength(set.commands);
    expect(capture.events).toHaveLength(set.events);
    expect(capture.timeline.filter((entry) => entry.kind === 'xlat')).toHaveLength(set.translations);
  });

  test('the accesses of the timeline are those of mmio.jsonl', () => {
    const file = directoryFiles(directory).get('mmio.jsonl')!;
    const listed = new TextDecoder().decode(file.bytes).trim().split('\n');
    expect(
      accesses.map(({ n, write, offset, size, value }) =>
        JSON.stringify({
          n,
          op: write ? 'w' : 'r',
          off: `0x${offset.toString(16)}`,
          size,
          val: `0x${value.toString(16)}`,
        }),
      ),
    ).toEqual(listed);
  });

  test('every command was consumed because of the access that names it', () => {
    const consumers = accesses.flatMap(({ n, commands }) =>
      commands === undefined ? [] : Array.from({ length: commands[1] - commands[0] + 1 }, () => n),
    );
    expect(capture.commands.map(({ access }) => access)).toEqual(consumers);
  });

  test('the command queue in memory holds the commands', () => {
    const queue = capture.memory.find(({ kinds }) => kinds.includes('CMDQ'))!;
    const words = wordsOf(queue.bytes.subarray(0, 16 * set.commands));
    expect(words).toEqual(capture.commands.flatMap((command) => command.words));
  });
});

describe('a directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'capture-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('that does not exist is one sentence', () => {
    expect(() => readCapture(join(directory, 'nowhere'))).toThrow(
      /nowhere: no such directory, expected a capture\.$/,
    );
  });

  test('that is a file is one sentence', () => {
    expect(() => readCapture('package.json')).toThrow('package.json: not a directory, expected a capture.');
  });

  test('plain files win over compressed ones', () => {
    writeFileSync(join(directory, 'a'), 'plain');
    writeFileSync(join(directory, 'a.gz'), 'not gzip');
    expect(new TextDecoder().decode(directoryFiles(directory).get('a')!.bytes)).toBe('plain');
  });

  test('a damaged .gz file is one sentence', () => {
    writeFileSync(join(directory, 'registers.json.gz'), 'not gzip');
    expect(() => gunzipSync('not gzip')).toThrow();
    expect(() => readCapture(directory)).toThrow(/registers\.json\.gz: not valid gzip \(.*\)\.$/);
  });
});
