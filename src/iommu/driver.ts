/** What the parts of the driver share: the SMMU, its queue, its tables, and the numbers that it hands out. */
import type { SmmuHardware } from './hardware-port.js';
import type { IdAllocator } from './alloc/ids.js';
import type { PagePool } from './alloc/pages.js';
import type { CommandQueue } from './cmdq.js';
import type { EntryUpdate, EntryWriter } from './entry/update.js';
import type { SmmuFeatures } from './features.js';
import type { StreamTable } from './stream-table.js';

/** The order in which an entry in use is changed: today's, or that of 2018. */
export type SteUpdate = 'hitless' | 'break-before-make';

/** One probed SMMU. */
export interface Driver {
  readonly smmu: SmmuHardware;
  readonly features: SmmuFeatures;
  readonly pool: PagePool;
  readonly queue: CommandQueue;
  readonly streamTable: StreamTable;
  readonly asids: IdAllocator;
  readonly vmids: IdAllocator;
  /** Stage 1 belongs to NS-EL2-E2H (CR2.E2H). */
  readonly e2h: boolean;
  /** Writes an STE or CD in the order chosen at probe. */
  readonly update: (writer: EntryWriter, target: readonly bigint[]) => EntryUpdate;
}
