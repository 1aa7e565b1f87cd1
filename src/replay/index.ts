/** A recorded SMMU stood up again. Nothing here needs Node. */
export { bringUp, deviceOptions } from './device.js';
export { CommandQueue } from './queues.js';
