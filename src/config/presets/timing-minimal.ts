import { fullPmcg } from './pmcg.js';
import { guess } from './provenance.js';

const LEAST = 'named after no product: the least that there can be';

/** One of everything, so that nothing overlaps and a latency can be added up by hand. */
export const minimalTiming = {
  clocks: { tcu: guess(1000, LEAST), tbu: guess(1000, LEAST) },
  tbu: {
    portBytes: guess(16, 'named after no product'),
    slots: guess(1, LEAST),
    writeBufferBeats: guess(0, 'named after no product: one slot is limit enough'),
    hazard: {
      mode: guess('none', 'with one slot no two transactions meet'),
      compareStream: guess(true, 'with one slot no two transactions meet'),
      wake: guess('page', 'with one slot no two transactions meet'),
    },
    ordered: guess(true, 'with one slot no two transactions meet'),
  },
  link: { down: guess(1, LEAST), up: guess(1, LEAST) },
  tcu: {
    slots: guess(1, LEAST),
    walkSlots: guess(1, LEAST),
    configSlots: guess(1, LEAST),
    front: guess(0, LEAST),
    walkStart: guess(0, LEAST),
    evaluate: guess(1, LEAST),
    stepPorts: guess(1, LEAST),
    probing: guess('sequential', 'without walk caches there is nothing to probe'),
    walkPorts: guess(1, LEAST),
  },
  memory: {
    latency: guess(100, 'named after no product: 100 ns'),
    ports: guess(1, LEAST),
    bytesPerBeat: guess(16, 'named after no product'),
    answerBytes: guess(0, 'named after no product: one access at a time is limit enough'),
    response: guess(1, LEAST),
  },
  prefetch: { mode: guess('off', LEAST), target: guess('tcu', LEAST) },
  commands: {
    fetch: guess(false, LEAST),
    execute: guess(0, LEAST),
    invalidate: guess(0, LEAST),
    sync: guess(0, LEAST),
  },
  eventWrite: guess(false, 'named after no product'),
  pmcg: fullPmcg('named after no product'),
};
