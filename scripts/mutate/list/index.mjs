/** All mutants of `npm run mutate`, by room; several change the same text in different ways. */
import arch from './arch.mjs';
import commands from './commands.mjs';
import config from './config.mjs';
import device from './device.mjs';
import memory from './memory.mjs';
import queues from './queues.mjs';
import request from './request.mjs';
import state from './state.mjs';
import timing from './timing.mjs';
import tlb from './tlb.mjs';
import translate from './translate.mjs';
import walk from './walk.mjs';

export const mutants = [
  ...arch,
  ...memory,
  ...state,
  ...queues,
  ...request,
  ...tlb,
  ...config,
  ...walk,
  ...translate,
  ...timing,
  ...commands,
  ...device,
];
