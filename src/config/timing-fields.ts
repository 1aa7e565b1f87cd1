/** Every field of a timing configuration once: what it is, its unit and what it may be. */

interface IntegerField {
  readonly kind: 'integer';
  readonly unit: string;
  readonly least: number;
  readonly most: number;
}
interface ChoiceField {
  readonly kind: 'choice';
  readonly unit: string;
  readonly values: readonly number[];
}
interface WordField {
  readonly kind: 'word';
  readonly words: readonly string[];
}
interface BooleanField {
  readonly kind: 'boolean';
}

/** One field. */
export type TimingField = (IntegerField | ChoiceField | WordField | BooleanField) & {
  readonly description: string;
};

const integer = (description: string, unit: string, least: number, most: number): TimingField => ({
  kind: 'integer',
  description,
  unit,
  least,
  most,
});
const choice = (description: string, unit: string, ...values: number[]): TimingField => ({
  kind: 'choice',
  description,
  unit,
  values,
});
const word = (description: string, ...words: string[]): TimingField => ({ kind: 'word', description, words });
const boolean = (description: string): TimingField => ({ kind: 'boolean', description });

const MAX_CYCLES = 100_000;
const TCU = 'TCU cycles';
const TBU = 'TBU cycles';

/** By path. The sections are what stands before the last dot. */
export const TIMING_FIELDS: Readonly<Record<string, TimingField>> = {
  'clocks.tcu': integer("Frequency of the TCU's clock, whose cycles the API counts", 'MHz', 1, 10_000),
  'clocks.tbu': integer("Frequency of every TBU's clock", 'MHz', 1, 10_000),

  'tbu.portBytes': integer("Bytes per beat at a TBU's port towards the device", 'bytes', 1, 4096),
  'tbu.slots': integer('Transactions that a TBU holds until they are forwarded', 'transactions', 1, 512),
  'tbu.writeBufferBeats': integer('Write buffer of a TBU; 0: no limit', 'beats', 0, 65_536),
  'tbu.hazard.mode': word(
    "A miss in a page that another one of the TBU is being translated for: 'sleep' until the answer and look up again, " +
      "'merge' with it, or 'none': both go to the TCU",
    'none',
    'sleep',
    'merge',
  ),
  'tbu.hazard.compareStream': boolean('Whether only transactions of one stream wait for each other'),
  'tbu.hazard.wake': word(
    "Which answers wake one that waits: its own page's, or any of the TBU",
    'page',
    'any',
  ),
  'tbu.ordered': boolean('Whether transactions of one requester and direction leave in order'),

  'link.down': integer('From TBU to TCU', TBU, 1, MAX_CYCLES),
  'link.up': integer('From TCU to TBU', TCU, 1, MAX_CYCLES),

  'tcu.slots': integer('Requests that the TCU holds, those on the links included', 'requests', 1, 65_536),
  'tcu.walkSlots': integer('Table walks at once', 'walks', 1, 65_536),
  'tcu.configSlots': integer(
    'Configuration fetches at once, of STE and CD; 0: no limit',
    'fetches',
    0,
    65_536,
  ),
  'tcu.front': integer("Between a request's arrival and its first look-up", TCU, 0, MAX_CYCLES),
  'tcu.walkStart': integer('To start the walk of a stage', TCU, 0, MAX_CYCLES),
  'tcu.evaluate': integer('To evaluate a descriptor', TCU, 0, MAX_CYCLES),
  'tcu.stepPorts': integer('Walk starts and evaluations at once', 'steps', 1, 65_536),
  'tcu.probing': word(
    'Whether the walk caches are looked up level by level from the last one, or all at once',
    'sequential',
    'parallel',
  ),
  'tcu.walkPorts': integer('Look-ups at once in all walk caches together', 'look-ups', 1, 65_536),

  'memory.latency': integer("From the issue of a TCU's access to its answer", TCU, 0, MAX_CYCLES),
  'memory.dataLatency': integer("Of a client's own access; default: memory.latency", TCU, 0, MAX_CYCLES),
  'memory.ports': integer('Accesses that may be issued at once', 'accesses', 1, 65_536),
  'memory.bytesPerBeat': integer('Bytes per beat of an issue', 'bytes', 1, 4096),
  'memory.answerBytes': integer(
    'Bytes per TCU cycle that table accesses are answered with; 0: no limit',
    'bytes',
    0,
    4096,
  ),
  'memory.response': integer("From memory's answer to the response at the device", TBU, 0, MAX_CYCLES),

  'prefetch.mode': word(
    "One request ahead of a translation: 'ste' for the streams whose STE[121:120] says so, 'forward' or 'backward' for all",
    'off',
    'ste',
    'forward',
    'backward',
  ),
  'prefetch.target': word(
    "Where to: the TCU's caches alone, or the TBU's main TLB as well, over the link",
    'tcu',
    'tbu',
  ),

  'commands.fetch': boolean('Whether each command is read from memory: an issue and memory.latency'),
  'commands.execute': integer('To execute a command', TCU, 0, MAX_CYCLES),
  'commands.invalidate': integer(
    "For which an invalidation holds a look-up port of every TBU's TLB; 0: the TBUs are not asked",
    TBU,
    0,
    MAX_CYCLES,
  ),
  'commands.sync': integer('That a CMD_SYNC takes besides', TCU, 0, MAX_CYCLES),

  eventWrite: boolean("Whether a fault's response waits until its event record has been written"),

  'pmcg.counters': integer(
    'Counters of each group (PMCG): one group for the TCU, one for each TBU',
    'counters',
    1,
    64,
  ),
  'pmcg.counterBits': choice('Size of a counter', 'bits', 32, 36, 40, 44, 48, 64),
  'pmcg.msi': boolean('Whether groups send MSIs (CFGR.MSI)'),
  'pmcg.capture': boolean('Whether groups capture their counters (CFGR.CAPTURE)'),
  'pmcg.relocate': boolean(
    'Whether counters stand in page 1 of a group (CFGR.RELOC_CTRS), at 0x1000 and 0x10000',
  ),
  'pmcg.filterPerCounter': boolean(
    'Whether each counter has a StreamID filter of its own; else that of counter 0 rules all (CFGR.SID_FILTER_TYPE)',
  ),
};

/** Names of the fields and sections directly inside a section; '' is the configuration itself. */
export function namesIn(section: string): string[] {
  const prefix = section === '' ? '' : `${section}.`;
  const names = Object.keys(TIMING_FIELDS)
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('.')[0]);
  return [...new Set(names)];
}
