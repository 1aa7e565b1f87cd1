// Asks a snapshot's questions, in Node and in a page alike: whoever calls brings the modules, so that this file imports none.

/** The files of a capture that the questions need. */
export const FILES = [
  'registers.json',
  'memory.json',
  'memory.bin.gz',
  'timeline.jsonl.gz',
  'expected.jsonl.gz',
  'commands.jsonl.gz',
  'events.jsonl',
];

/** @param {any} value */
const json = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v));

/**
 * @param {{ Smmu: any, parseCapture: any, deviceOptions: any, bringUp: any, Questioner: any, Ledger: any }} modules
 * @param {string} name
 * @param {Map<string, Uint8Array>} files uncompressed, by name without `.gz`
 * @returns {Promise<{ asked: number, mismatches: number, first: string[], departures: Record<string, number>, answers: string[] }>}
 */
export async function answer(modules, name, files) {
  const { Smmu, parseCapture, deviceOptions, bringUp, Questioner, Ledger } = modules;
  const capture = parseCapture({
    name,
    get: (/** @type {string} */ file) => {
      const bytes = files.get(file);
      return bytes === undefined ? undefined : { shown: file, bytes };
    },
  });
  const smmu = await Smmu.create(deviceOptions(capture));
  bringUp(smmu, capture);
  /** @type {string[]} */
  const answers = [];
  const translator = {
    translate: (/** @type {any} */ transaction) => {
      const translation = smmu.translate(transaction);
      answers.push(json(translation));
      return translation;
    },
  };
  const ledger = new Ledger(name);
  const questioner = new Questioner(smmu, smmu.id, translator, ledger);
  for (const row of capture.expected) questioner.ask(row);
  smmu.dispose();
  return {
    asked: questioner.asked,
    mismatches: ledger.mismatches,
    first: ledger.first.map((/** @type {{ explanation: string }} */ m) => m.explanation),
    departures: Object.fromEntries(ledger.departures),
    answers,
  };
}
