/** Results that were kept: documents of `smmuv3 run --json` and rows of a sweep. */
import { CaptureError } from '../base/capture-error.js';
import { parseJson, type Row } from '../base/json-row.js';
import { settingText, type Setting } from '../sweep/points.js';
import { type Comparable, flatten } from './compare.js';
import { byPath } from './configuration.js';

/**
 * @param text a run's document, or one row of a sweep's JSON Lines
 * @throws CaptureError when it is neither
 */
export function readResult(text: string, file: string): Comparable {
  const lines = text.trim().split('\n');
  const rows = lines.length > 1 && lines[0].startsWith('{"sweep":');
  if (rows)
    throw new CaptureError(
      file,
      undefined,
      undefined,
      `holds ${lines.length} points of a sweep, expected one: name it as in ${file}:3`,
    );
  const row = parseJson(text, file);
  return row.has('sweep') ? ofPoint(row, file) : ofRun(row, file);
}

function ofRun(row: Row, file: string): Comparable {
  const { asked, input, statistics, effectiveTiming, effectiveCaches, histogram, core, version } =
    row.plain as Record<string, unknown>;
  const { trace = '' } = (input ?? {}) as { trace?: string };
  row.row('statistics');
  return {
    name: `${file}: ${trace}`,
    how: flatten({ asked, input, core, version }),
    configuration: byPath(effectiveTiming, effectiveCaches),
    statistics: statistics as Comparable['statistics'],
    histogram: (histogram ?? []) as Comparable['histogram'],
  };
}

function ofPoint(row: Row, file: string): Comparable {
  const { set, trace, options, configuration, core, version, seed, statistics, index } = row.plain as Record<
    string,
    unknown
  >;
  row.row('statistics');
  const { timing, caches } = configuration as { timing: unknown; caches: unknown };
  return {
    name: `${file}: point ${String(index)} (${settingText(set as Setting)})`,
    how: flatten({ trace, options, core, version, seed }),
    configuration: byPath(timing, caches),
    statistics: statistics as Comparable['statistics'],
    histogram: [],
  };
}
