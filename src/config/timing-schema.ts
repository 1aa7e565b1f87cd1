/** The JSON Schema of a timing configuration with its caches, which `timing.schema.json` holds. */
import { presets, type PresetName } from './presets/index.js';
import { DEFAULT_PRESET, MAX_ENTRIES, MAX_WAYS } from './resolve-caches.js';
import { namesIn, TIMING_FIELDS } from './timing-fields.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Schema = Record<string, Json>;

/** JSON Schema 2020-12. `unit`, `source` and `presets` are annotations of ours; `source` is that of the default. */
export function timingSchema(): Schema {
  const schema = section('');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'timing.schema.json',
    title: 'Timing configuration',
    description: `When things happen in a device. What is left out has its default, the value of '${DEFAULT_PRESET}'.`,
    ...schema,
    properties: { ...(schema.properties as Schema), caches: caches() },
    $defs: { cache: geometry() },
  };
}

function section(path: string): Schema {
  const properties = namesIn(path).map((name): [string, Schema] => {
    const inner = path === '' ? name : `${path}.${name}`;
    return [name, inner in TIMING_FIELDS ? field(inner) : section(inner)];
  });
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function field(path: string): Schema {
  const known = TIMING_FIELDS[path];
  const values = Object.entries(presets).flatMap(([name, preset]): [string, Schema][] => {
    const origin = preset.sources[path];
    const value = valueAt(preset.timing, path);
    return origin === undefined ? [] : [[name, { value, grade: origin.grade, source: origin.source }]];
  });
  const own = presets[DEFAULT_PRESET];
  const origin = own.sources[path];
  const more: Schema =
    origin === undefined
      ? { source: 'guess: the same memory answers walks and clients' }
      : {
          default: valueAt(own.timing, path),
          source: `${origin.grade}: ${origin.source}`,
          presets: Object.fromEntries(values),
        };
  switch (known.kind) {
    case 'integer':
      return {
        type: 'integer',
        description: known.description,
        unit: known.unit,
        minimum: known.least,
        maximum: known.most,
        ...more,
      };
    case 'choice':
      return { enum: known.values, description: known.description, unit: known.unit, ...more };
    case 'word':
      return { enum: known.words, description: known.description, unit: 'one of the words', ...more };
    case 'boolean':
      return { type: 'boolean', description: known.description, unit: 'true or false', ...more };
  }
}

function valueAt(config: object, path: string): Json {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Schema | undefined)?.[name], config);
  return value as Json;
}

function caches(): Schema {
  const one: Schema = { anyOf: [{ $ref: '#/$defs/cache' }, { const: false }] };
  const levels: Schema = { type: 'array', maxItems: 4, items: one, description: 'Element n is level n' };
  const nonFinalStage2: Schema = {
    type: 'boolean',
    default: true,
    description: 'Whether stage 2 entries serve the addresses of tables and context descriptors too',
    unit: 'true or false',
    source:
      'documented: Intel Agilex 5 HPS TRM, its walk-count matrix; gem5 v24.0.0.1 has false (wc_nonfinal_enable)',
  };
  const sharedCounter: Schema = {
    type: 'boolean',
    default: false,
    description: 'Round-robin replacement counts once for all walk caches, not in each',
    unit: 'true or false',
    source: 'documented: gem5 v24.0.0.1 has true (WalkCache, one nextToReplace); guess elsewhere: false',
  };
  const named = (description: string): Schema => ({ ...one, description });
  return {
    description: 'The caches, when the option of that name says nothing',
    default: DEFAULT_PRESET,
    anyOf: [
      { enum: Object.keys(presets) as PresetName[] },
      { const: false },
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          microTlb: named('In each TBU, the first to be asked'),
          mainTlb: named('In each TBU, asked when the micro TLB misses'),
          tcuTlb: named('In the TCU: whole translations of all TBUs'),
          configCache: named('In the TCU: STE and CD of a StreamID and SubstreamID'),
          ipaCache: named('In the TCU: IPA to PA'),
          tbus: { type: 'integer', minimum: 1, maximum: 64, default: 1, unit: 'TBUs', source: 'guess: one' },
          walkCaches: {
            description: 'In the TCU: descriptors by stage and level, or one cache for all',
            anyOf: [
              { const: false },
              {
                type: 'object',
                additionalProperties: false,
                required: ['unified'],
                properties: { unified: one, nonFinalStage2 },
              },
              {
                type: 'object',
                additionalProperties: false,
                properties: {
                  s1: levels,
                  s2: levels,
                  levelMinus1: {
                    type: 'object',
                    additionalProperties: false,
                    properties: { s1: one, s2: one },
                    description: 'Level -1 of 52-bit tables',
                  },
                  nonFinalStage2,
                  sharedCounter,
                },
              },
            ],
          },
        },
      },
    ],
  };
}

const MODEL = 'the range is that of the model';

function geometry(): Schema {
  const count = (description: string, unit: string, maximum: number, more: Schema = {}): Schema => ({
    type: 'integer',
    description,
    unit,
    minimum: 1,
    maximum,
    source: MODEL,
    ...more,
  });
  const words = (description: string, source: string, ...names: string[]): Schema => ({
    enum: names,
    description,
    unit: 'one of the words',
    source,
  });
  return {
    type: 'object',
    additionalProperties: false,
    required: ['entries', 'ways', 'policy'],
    properties: {
      entries: count('Entries in all', 'entries', MAX_ENTRIES),
      ways: {
        anyOf: [{ type: 'integer', minimum: 1, maximum: MAX_WAYS }, { const: 'full' }],
        description: 'Entries of one set',
        unit: 'entries',
        source: MODEL,
      },
      sets: count('Default: entries / ways', 'sets', MAX_ENTRIES),
      policy: words(
        'How a set gives up an entry',
        'documented: MMU-600AE and MMU-700 TRM, gem5 SMMUv3.py',
        ...['round-robin', 'lru', 'plru', 'rrip', 'random'],
      ),
      counter: {
        ...words('Where round-robin counts', 'documented: gem5 has one counter for a cache', 'cache', 'set'),
        default: 'cache',
      },
      tag: words(
        "What an entry belongs to; default 'stream' in a TBU, 'context' in the TCU",
        'documented: MMU-600AE TRM, gem5 SMMUv3',
        ...['stream', 'context'],
      ),
      index: {
        ...words(
          'How a set is chosen',
          'documented: gem5 SMMUv3 (modulo; xor of the TCU TLB and the IPA cache), MMU-700 TRM (hash)',
          ...['modulo', 'xor', 'hash'],
        ),
        default: 'modulo',
      },
      latency: count("Of a look-up, in cycles of the part's clock", 'cycles', 0xffff, {
        minimum: 0,
        default: 1,
        source: 'guess: no look-up time is published; one cycle is the least',
      }),
      slots: count('Look-ups that may overlap', 'look-ups', 0xffff, {
        default: 1,
        source: 'guess: nothing is published for all caches',
      }),
      enabled: {
        type: 'boolean',
        default: true,
        description: 'false: as if it were not there',
        unit: 'true or false',
        source: MODEL,
      },
    },
  };
}
