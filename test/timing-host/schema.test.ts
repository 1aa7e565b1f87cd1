import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { presets, timingSchema } from '../../src/index.js';
import { TIMING_FIELDS } from '../../src/config/timing-fields.js';

const FILE = new URL('../../src/config/timing.schema.json', import.meta.url);
const TEXT = `${JSON.stringify(timingSchema(), null, 2)}\n`;
if (process.env.UPDATE_SCHEMA === '1') writeFileSync(FILE, TEXT);

type Node = { [key: string]: Node | undefined } & { source?: unknown; unit?: unknown; default?: unknown };
const schema = timingSchema() as unknown as Node;
const at = (path: string): Node =>
  path.split('.').reduce<Node>((node, name) => node.properties![name]!, schema);

describe('the schema of timing configurations', () => {
  test('the file is what the code makes (UPDATE_SCHEMA=1 writes it)', () => {
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(TEXT));
  });

  test.each(Object.keys(TIMING_FIELDS))('%s has unit, range, default, source and description', (path) => {
    const node = at(path);
    expect(node).toMatchObject({
      unit: expect.any(String),
      source: expect.any(String),
      description: expect.any(String),
    });
    expect('enum' in node || node.type === ('boolean' as never) || 'maximum' in node).toBe(true);
    if (path !== 'memory.dataLatency') expect(node.default).toBeDefined();
  });
});

describe('presets', () => {
  test.each(Object.entries(presets))(
    '%s marks every value documented or guess, with a source',
    (_, preset) => {
      for (const path of Object.keys(TIMING_FIELDS)) {
        if (path === 'memory.dataLatency') continue;
        expect(preset.sources[path]).toMatchObject({
          grade: expect.stringMatching(/^(documented|guess)$/),
          source: expect.stringMatching(/.{8}/),
        });
      }
    },
  );

  test('published figures', () => {
    expect(presets['gem5-default'].timing).toMatchObject({
      tbu: {
        portBytes: 16,
        slots: 16,
        writeBufferBeats: 16,
        hazard: { mode: 'sleep', compareStream: false, wake: 'any' },
      },
      link: { down: 8, up: 8 },
      tcu: { slots: 64, walkSlots: 16, walkPorts: 4, probing: 'sequential' },
      memory: { ports: 1, bytesPerBeat: 16 },
      caches: 'gem5-default',
    });
    expect(presets['mmu600-agilex5'].timing).toMatchObject({
      clocks: { tcu: 600, tbu: 400 },
      link: { down: 6 },
      tcu: { slots: 64 },
      memory: { latency: 40 },
      tbu: { hazard: { mode: 'merge', wake: 'page' } },
    });
    expect(Object.isFrozen(presets.minimal.timing.tbu)).toBe(true);
  });
});
