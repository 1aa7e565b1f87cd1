/** The tables and the page that `sweep` and `merge` write beside the rows. */
import type { Command } from 'commander';
import { sweepPage } from '../../report/sweep-page.js';
import type { SweepRow } from '../../sweep/row.js';
import { toCsv, toParquet } from '../../sweep/table.js';
import type { Named, Outputs } from '../files/outputs.js';

export interface TableOptions {
  readonly csv?: string;
  readonly parquet?: string;
  readonly report?: string;
}

const CSV = '--csv';
const PARQUET = '--parquet';
const REPORT = '--report';

export function addTableOptions(command: Command): Command {
  return command
    .option(`${CSV} <FILE>`, 'all points as CSV too; - is standard output')
    .option(`${PARQUET} <FILE>`, 'all points as Parquet too')
    .option(`${REPORT} <FILE>`, 'a page with lines, heat maps and the points, which needs nothing else');
}

export function tablesOf({ csv, parquet, report }: TableOptions): Named[] {
  return [
    { role: CSV, path: csv },
    { role: PARQUET, path: parquet },
    { role: REPORT, path: report },
  ];
}

/** Writes those that were asked for. */
export async function writeTables(rows: readonly SweepRow[], outputs: Outputs): Promise<void> {
  await outputs.sink(CSV)?.write(toCsv(rows));
  await outputs.sink(PARQUET)?.write(toParquet(rows));
  const page = outputs.sink(REPORT);
  if (page !== undefined) await page.write(sweepPage(rows));
}
