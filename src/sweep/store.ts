/**
 * The file that a sweep's rows are appended to, one write each. A process may die at any moment: what it leaves is whole
 * lines and perhaps the beginning of one, which is cut off when the sweep goes on.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { CaptureError } from '../base/capture-error.js';
import { parseRows, rowLine, type SweepRow } from './row.js';

const LINE_FEED = 0x0a;

/** The rows of a file, and where its last whole line ends. */
interface Contents {
  readonly rows: readonly SweepRow[];
  readonly end: number;
  readonly torn: string;
}

/** Rows that are there already. A last line without its end does not count. */
export function readRows(path: string): readonly SweepRow[] {
  if (!existsSync(path))
    throw new CaptureError(path, undefined, undefined, "no such file, expected a sweep's rows");
  const file = openSync(path, 'r');
  try {
    return contents(file, path).rows;
  } finally {
    closeSync(file);
  }
}

export class RowStore {
  readonly #file: number;
  readonly #rows: SweepRow[];

  /**
   * Opens the file, which may not exist yet or hold rows of the same sweep.
   * @throws CaptureError when it holds anything else: it is left as it is
   */
  constructor(
    readonly path: string,
    sweep: string,
  ) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o666);
    try {
      const { rows, end, torn } = contents(this.#file, path);
      const other = rows.find((row) => row.sweep !== sweep);
      if (other !== undefined || !isBeginning(torn, sweep))
        throw new CaptureError(
          path,
          undefined,
          undefined,
          other === undefined
            ? 'ends with what is no row of a sweep: expected another file for --out'
            : `holds points of sweep ${other.sweep}, not of ${sweep}: expected another file for --out`,
        );
      if (torn !== '') ftruncateSync(this.#file, end);
      this.#rows = [...rows];
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** Whole rows, in the order in which they came. */
  get rows(): readonly SweepRow[] {
    return this.#rows;
  }

  append(row: SweepRow): void {
    const bytes = Buffer.from(rowLine(row));
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    this.#rows.push(row);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function contents(file: number, path: string): Contents {
  const bytes = Buffer.alloc(fstatSync(file).size);
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, done);
    if (read === 0) break;
    done += read;
  }
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  return {
    rows: parseRows(bytes.subarray(0, end).toString(), path),
    end,
    torn: bytes.subarray(end).toString(),
  };
}

/** Whether it can be what is left of a row of this sweep. */
function isBeginning(torn: string, sweep: string): boolean {
  const start = `{"sweep":"${sweep}"`;
  return torn.startsWith(start) || start.startsWith(torn);
}
