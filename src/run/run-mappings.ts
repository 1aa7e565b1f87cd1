/** A trace of mappings through a device: the driver maps and unmaps as recorded, and each mapping is touched. */
import { Smmu } from '../device/smmu.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import { replayChurn } from './churn.js';
import { makeResult, type RunResult, type RunSetting } from './result.js';
import { machineRam, TABLES_BASE } from './table-memory.js';

export interface MappingsSetting extends RunSetting {
  /** Domains are of stage 2. */
  readonly nested: boolean;
  /** Transactions for each mapping. */
  readonly touches: number;
  /** Between 0 and 1, and the records that are through. */
  readonly progress: (fraction: number, done: number) => void;
}

/** Puts all of `source` through a device of its own. */
export async function runMappings(source: TracepointSource, setting: MappingsSetting): Promise<RunResult> {
  const { machine, seed, build, tableBytes, nested, touches, progress } = setting;
  const smmu = await Smmu.create({
    caches: machine.caches,
    timing: machine.timing,
    seed,
    module: build.module,
    ram: machineRam(tableBytes),
  });
  try {
    const fed = await replayChurn(smmu, smmu.createBatch(4096), source, {
      nested,
      touches,
      pool: { base: BigInt(TABLES_BASE), size: tableBytes },
      progress: (events) => progress(source.fraction, events),
    });
    const input = {
      trace: source.name,
      format: source.format,
      skipped: source.skipped,
      warmup: 0,
      seed,
      touch: touches,
      churn: fed.churn,
      devices: fed.devices,
    };
    return makeResult(smmu, fed, input, setting);
  } finally {
    smmu.dispose();
  }
}
