import { documented, guess } from './provenance.js';

const INTEL = 'Intel Agilex 5 HPS TRM (814346)';
const ARM = 'Arm MMU-600AE TRM';
const EXAMPLE = `${INTEL}, example of a cold miss`;

/**
 * Arm MMU-600 as built into Intel's Agilex 5. Intel's example of a cold miss (stage 1, TBU 400 MHz, TCU 600 MHz) fixes the
 * times of the miss path: 15 ns from the TBU's miss to the TCU, 35 ns to the first read, 68 ns for each of four reads, 290 ns
 * from the first read to the answer at the TBU.
 */
export const mmu600Agilex5Timing = {
  clocks: {
    tcu: documented(600, EXAMPLE),
    tbu: documented(400, EXAMPLE),
  },
  tbu: {
    portBytes: documented(8, `${INTEL}: 64-bit TBUs of IO, DMA, SDM and TSN`),
    slots: guess(64, 'not published; as many as the TCU takes requests'),
    writeBufferBeats: guess(0, `${ARM}: the buffer is optional; without one, data waits in the requester`),
    hazard: {
      mode: documented('merge', `${ARM}: requests for the same translation are merged`),
      compareStream: documented(true, `${ARM}: the same translation, so of the same stream`),
      wake: documented('page', `${ARM}: a merged request has its own translation's answer`),
    },
    ordered: documented(true, `${ARM}: transactions of one AXI ID stay in order`),
  },
  link: {
    down: documented(6, `${EXAMPLE}: 15 ns`),
    up: guess(
      5,
      `${EXAMPLE}: 18 ns of the answer's 290 ns are no reads; less the evaluation of four descriptors`,
    ),
  },
  tcu: {
    slots: documented(64, `${INTEL}: TCUCFG_XLATE_SLOTS 64`),
    walkSlots: guess(32, `${INTEL}: TCUCFG_PTW_SLOTS exists, its value was not seen`),
    configSlots: guess(4, `${ARM}: they share the walks' slots; as many as MMU-700 may have`),
    front: guess(16, `${EXAMPLE}: 35 ns are 21 cycles, less look-ups of 2 and 2 cycles and the walk's start`),
    walkStart: guess(1, 'not published; part of the 21 cycles'),
    evaluate: guess(1, `${EXAMPLE}: part of the 18 ns that are no reads`),
    stepPorts: guess(1, 'not published; one step a cycle'),
    probing: guess('parallel', `${ARM}: eight separate walk caches; that they are asked at once is ours`),
    walkPorts: guess(2, 'not published; one look-up a cycle with a latency of two'),
  },
  memory: {
    latency: documented(40, `${EXAMPLE}: 68 ns are 41 cycles, one of them the issue`),
    ports: documented(1, `${ARM}: one AXI port for walks`),
    bytesPerBeat: guess(16, 'the width of the walk port was not seen; 128 bits'),
    answerBytes: guess(0, `${EXAMPLE}: every read takes the same 68 ns`),
    response: guess(1, 'not published'),
  },
  prefetch: {
    mode: documented('ste', `${ARM}: STE[121:120], 0b10 forward, 0b11 backward, 0b00 off`),
    target: documented('tcu', `${ARM}: walk caches only, never the TBU`),
  },
  commands: {
    fetch: documented(true, `${ARM}: one read of the TCU is the command queue's`),
    execute: guess(0, 'not published; part of what an invalidation takes'),
    invalidate: guess(
      14,
      'Linux on SM8150 (MMU-500) takes 126 ns for an invalidation by address: less the fetch and the links',
    ),
    sync: guess(103, 'HiSilicon measured 240 ns for a CMD_SYNC, queue in local memory: less the fetch'),
  },
  eventWrite: guess(false, 'not published; the answer to the TBU does not wait for the event queue'),
  pmcg: {
    counters: documented(4, `${ARM}: four counters in a group`),
    counterBits: documented(32, `${ARM}: counters of 32 bits`),
    msi: documented(false, `${ARM}: no MSI`),
    capture: documented(true, `${ARM}: snapshots of all counters`),
    relocate: guess(
      false,
      `${ARM} has counters in a page of their own; here they are in the first, which is enough`,
    ),
    filterPerCounter: documented(false, `${ARM}: SID_FILTER_TYPE 1, one filter for a group`),
  },
};
