import { documented, guess } from './provenance.js';

const ARM = 'Arm MMU-700 TRM (101542)';

/** Arm MMU-700 as a server could have it: no server's is published, so most is a choice within what the TRM allows. */
export const mmu700ServerTiming = {
  clocks: {
    tcu: guess(1000, 'not published for any server'),
    tbu: guess(1000, 'not published for any server'),
  },
  tbu: {
    portBytes: guess(32, 'a choice of the integrator; 256 bits'),
    slots: guess(256, `${ARM} allows 2 to 512 (TBUCFG_XLATE_SLOTS)`),
    writeBufferBeats: guess(256, `${ARM} allows 0 and 8 to 2048`),
    hazard: {
      mode: documented('merge', `${ARM}: requests for the same translation are merged`),
      compareStream: documented(true, `${ARM}: the same translation, so of the same stream`),
      wake: documented('page', `${ARM}: a merged request has its own translation's answer`),
    },
    ordered: documented(true, `${ARM}: transactions of one ordering group stay in order`),
  },
  link: {
    down: guess(8, 'not published'),
    up: guess(8, 'not published'),
  },
  tcu: {
    slots: guess(512, `${ARM} allows 4 to 4096 (TCUCFG_XLATE_SLOTS)`),
    walkSlots: guess(128, `${ARM} allows 2 to 512 (TCUCFG_PTW_SLOTS)`),
    configSlots: guess(4, `${ARM} allows 1, 2 and 4 (TCUCFG_CTW_SLOTS)`),
    front: guess(15, 'not published; 20 cycles before the first read, look-ups and start included'),
    walkStart: guess(1, 'not published'),
    evaluate: guess(1, 'not published'),
    stepPorts: guess(1, 'not published; one step a cycle'),
    probing: guess('parallel', 'not published; as in MMU-600'),
    walkPorts: guess(8, `${ARM} allows 2 to 28 look-up slots`),
  },
  memory: {
    latency: guess(100, 'not published; 100 ns'),
    ports: guess(1, 'not published; one port for walks'),
    bytesPerBeat: guess(32, `${ARM} allows 64 to 512 bits`),
    answerBytes: guess(0, `${ARM} allows 64 to 512 bits; no limit was chosen`),
    response: guess(1, 'not published'),
  },
  prefetch: {
    mode: documented('ste', `${ARM}: STE[121:120], 0b10 forward, 0b11 backward, 0b00 off`),
    target: documented('tcu', `${ARM}: the walk cache only, never the TBU`),
  },
  commands: {
    fetch: documented(true, `${ARM}: one read of the TCU is the command queue's`),
    execute: guess(0, 'not published; part of what an invalidation takes'),
    invalidate: guess(
      9,
      'Linux on SM8150 (MMU-500) takes 126 ns for an invalidation by address: less the fetch and the links',
    ),
    sync: guess(139, 'HiSilicon measured 240 ns for a CMD_SYNC, queue in local memory: less the fetch'),
  },
  eventWrite: guess(false, 'not published; the answer to the TBU does not wait for the event queue'),
  pmcg: {
    counters: guess(16, `${ARM} allows 4, 16 and 32`),
    counterBits: documented(32, `${ARM}: counters of 32 bits`),
    msi: documented(false, `${ARM}: no MSI`),
    capture: documented(true, `${ARM}: snapshots of all counters`),
    relocate: guess(
      false,
      `${ARM} has counters in a page of their own; here they are in the first, which is enough`,
    ),
    filterPerCounter: documented(false, `${ARM}: one StreamID filter for a group`),
  },
};
