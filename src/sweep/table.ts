/** A sweep's rows as one flat table, for spreadsheets (CSV) and data frames (Parquet). */
import { csvFormatRow, csvFormatRows } from 'd3-dsv';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { SweepRow } from './row.js';
import type { Value } from './values.js';

type Cell = Value | null;

interface Column {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** What a point is, what it sets (`set.` before each path), its statistics by name. A cell without a value is empty. */
export function columnsOf(rows: readonly SweepRow[]): Column[] {
  const of = (name: string, cell: (row: SweepRow) => Cell): Column => ({ name, cells: rows.map(cell) });
  const names = (pick: (row: SweepRow) => object): string[] => [
    ...new Set(rows.flatMap((row) => Object.keys(pick(row)))),
  ];
  return [
    of('index', ({ index }) => index),
    of('point', ({ point }) => point),
    of('trace', ({ trace }) => trace.name),
    of('trace.sha256', ({ trace }) => trace.sha256),
    of('core', ({ core }) => core),
    of('version', (row) => row.version),
    of('seed', ({ seed }) => seed),
    ...names(({ set }) => set).map((path) => of(`set.${path}`, ({ set }) => set[path] ?? null)),
    ...names(({ statistics }) => statistics).map((name) =>
      of(name, ({ statistics }) => statistics[name] ?? null),
    ),
    of('configuration', ({ configuration }) => JSON.stringify(configuration)),
  ];
}

/** RFC 4180, a header first. */
export function toCsv(rows: readonly SweepRow[]): string {
  const columns = columnsOf(rows);
  const lines = rows.map((_, i) => columns.map(({ cells }) => (cells[i] === null ? '' : String(cells[i]))));
  return `${csvFormatRow(columns.map(({ name }) => name))}\n${csvFormatRows(lines)}\n`;
}

/** Numbers as DOUBLE, so that a column of whole numbers in one file is none of integers in the next. */
export function toParquet(rows: readonly SweepRow[]): Uint8Array {
  const columnData = columnsOf(rows).map(({ name, cells }) => {
    const known = cells.filter((cell) => cell !== null);
    const [type, data] = known.every((cell) => typeof cell === 'number')
      ? (['DOUBLE', cells] as const)
      : known.every((cell) => typeof cell === 'boolean')
        ? (['BOOLEAN', cells] as const)
        : (['STRING', cells.map((cell) => (cell === null ? null : String(cell)))] as const);
    return { name, data: [...data], type, nullable: known.length < cells.length };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
