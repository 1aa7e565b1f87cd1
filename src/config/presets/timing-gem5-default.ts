import { fullPmcg } from './pmcg.js';
import { documented, guess } from './provenance.js';

const SOURCE = 'gem5 v24.0.0.1';
const parameter = <const T>(value: T, what: string) => documented(value, `${SOURCE}, SMMUv3.py: ${what}`);
const behaviour = <const T>(value: T, what: string) => documented(value, `${SOURCE}, ${what}`);

/** The defaults of gem5's SMMUv3, and how its processes wait for each other. */
export const gem5DefaultTiming = {
  clocks: {
    tcu: guess(1000, 'gem5 has no default: one clock domain for the whole SMMU, 1 GHz chosen'),
    tbu: guess(1000, 'gem5 has no default: one clock domain for the whole SMMU, 1 GHz chosen'),
  },
  tbu: {
    portBytes: parameter(16, 'port_width 16'),
    slots: parameter(16, 'xlate_slots 16 of a device interface'),
    writeBufferBeats: parameter(16, 'wrbuf_slots 16'),
    hazard: {
      mode: behaviour('sleep', 'SMMUTranslationProcess: hazard4kHold, then the main TLB is looked up again'),
      compareStream: behaviour(false, 'SMMUTranslationProcess: the page number alone is compared'),
      wake: behaviour(
        'any',
        'SMMUTranslationProcess: hazard4kRelease signals all that wait in the interface',
      ),
    },
    ordered: behaviour(true, 'SMMUTranslationProcess: hazardIdHold, for each requestor and direction'),
  },
  link: {
    down: parameter(8, 'ifc_smmu_lat 8'),
    up: parameter(8, 'smmu_ifc_lat 8'),
  },
  tcu: {
    slots: parameter(64, 'xlate_slots 64'),
    walkSlots: parameter(16, 'ptw_slots 16'),
    configSlots: behaviour(
      0,
      'SMMUTranslationProcess: the configuration is fetched before a walk slot is taken',
    ),
    front: behaviour(0, 'SMMUTranslationProcess: the configuration cache is looked up on arrival'),
    walkStart: behaviour(1, 'SMMUTranslationProcess: one cycle of the cycle semaphore'),
    evaluate: behaviour(1, 'SMMUTranslationProcess: one cycle of the cycle semaphore'),
    stepPorts: behaviour(1, 'SMMUv3: cycleSem of one token'),
    probing: behaviour('sequential', 'SMMUTranslationProcess: walkCacheLookup, from level 3 down'),
    walkPorts: parameter(4, 'walk_slots 4'),
  },
  memory: {
    latency: guess(100, 'gem5 leaves it to its memory system; 100 is that of the measured traces'),
    ports: behaviour(1, 'SMMUv3: requestPortSem of one token'),
    bytesPerBeat: parameter(16, 'request_port_width 16'),
    answerBytes: behaviour(0, 'the response port takes answers as they come'),
    response: behaviour(1, 'SMMUv3DeviceInterface: the response is scheduled one cycle on'),
  },
  prefetch: {
    mode: parameter('off', 'prefetch_enable False'),
    target: behaviour('tbu', 'SMMUTranslationProcess: a prefetch fills the main TLB of its interface'),
  },
  commands: {
    fetch: behaviour(true, 'SMMUCommandExecProcess: a cycle of the request port and the memory latency'),
    execute: behaviour(0, 'SMMUCommandExecProcess: the effect is immediate'),
    invalidate: behaviour(0, 'SMMUv3::processCommand: invalidations take no time'),
    sync: behaviour(0, 'SMMUv3::processCommand: CMD_SYNC waits for nothing'),
  },
  eventWrite: behaviour(true, 'SMMUTranslationProcess: the event is written before the response'),
  pmcg: fullPmcg('gem5 has no counter groups'),
};
