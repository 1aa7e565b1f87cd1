/** A trace of mappings through a device: the driver maps and unmaps as recorded, and each mapping is touched. */
import { fromInput } from '../base/capture-error.js';
import { Smmu } from '../device/smmu.js';
import type { Stats } from '../stats/stats.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import { replayChurn } from './churn.js';
import { makeResult, type RunResult, type RunSetting } from './result.js';
import type { Progress } from './run-rows.js';
import { machineRam, TABLES_BASE } from './table-memory.js';

export interface MappingsSetting extends RunSetting {
  /** Domains are of stage 2. */
  readonly nested: boolean;
  /** Transactions for each mapping. */
  readonly touches: number;
  readonly progress: Progress;
  /** Given what counts, as soon as there is a device. */
  readonly counting?: (stats: () => Stats) => void;
}

/** Puts all of `source` through a device of its own. */
export async function runMappings(source: TracepointSource, setting: MappingsSetting): Promise<RunResult> {
  const { machine, seed, tbuOf, build, tableBytes, nested, touches, progress } = setting;
  const { caches, timing } = machine;
  const ram = machineRam(tableBytes);
  const mapped = tbuOf === undefined ? {} : { tbuOf };
  const smmu = await fromInput(() =>
    Smmu.create({ caches, timing, seed, module: build.module, ram, ...mapped }),
  );
  setting.counting?.(() => smmu.stats());
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
