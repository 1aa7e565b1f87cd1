/** The tables that `sweep` and `merge` write beside the rows. */
import type { Command } from 'commander';
import type { SweepRow } from '../../sweep/row.js';
import { toCsv, toParquet } from '../../sweep/table.js';
import type { Named, Outputs } from '../files/outputs.js';

export interface TableOptions {
  readonly csv?: string;
  readonly parquet?: string;
}

const CSV = '--csv';
const PARQUET = '--parquet';

export function addTableOptions(command: Command): Command {
  return command
    .option(`${CSV} <FILE>`, 'all points as CSV too; - is standard output')
    .option(`${PARQUET} <FILE>`, 'all points as Parquet too');
}

export function tablesOf({ csv, parquet }: TableOptions): Named[] {
  return [
    { role: CSV, path: csv },
    { role: PARQUET, path: parquet },
  ];
}

/** Writes those that were asked for. */
export async function writeTables(rows: readonly SweepRow[], outputs: Outputs): Promise<void> {
  await outputs.sink(CSV)?.write(toCsv(rows));
  await outputs.sink(PARQUET)?.write(toParquet(rows));
}
