/**
 * What the name of an output stands for, found out before anything is opened: links are followed, and what is no regular file
 * is written to and never replaced.
 */
import { accessSync, constants, fstatSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { WriteError, writeError } from './write-error.js';

/** Where bytes go. `key`: equal for two names of one file. */
export type Target =
  /** Something that the process has open already: standard output, or what a shell put behind /dev/fd/N. */
  | { readonly kind: 'descriptor'; readonly descriptor: number; readonly key: string | undefined }
  /** A FIFO or a device. */
  | { readonly kind: 'node'; readonly path: string; readonly key: string | undefined }
  /** A regular file, or none yet, by its name without links. */
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly before: BigIntStats | undefined;
      readonly key: string;
    };

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

const NAMED: Readonly<Record<string, number>> = {
  '/dev/stdin': STDIN,
  '/dev/stdout': STDOUT,
  '/dev/stderr': STDERR,
};
const OPEN_ALREADY = /^\/(?:dev|proc\/(?:self|thread-self|[0-9]+))\/fd\/([0-9]+)$/;
/** Links that Linux follows in one name. */
const LINKS_MOST = 40;

/**
 * What `output` names.
 * @throws WriteError when it is a folder, or in none, or may not be written
 */
export function targetOf(output: string): Target {
  if (output === '-') return descriptor(STDOUT);
  if (output === '') throw new WriteError("''", 'names no file');
  let path = resolve(output);
  for (let links = 0; ; links++) {
    const open = openAlready(path);
    if (open !== undefined) return descriptor(open);
    const next = linkOf(path, output);
    if (next === undefined) break;
    if (links === LINKS_MOST) throw writeError(output, { code: 'ELOOP' });
    path = next;
  }
  if (output.endsWith('/')) throw writeError(output, { code: 'EISDIR' });
  try {
    return fileOrNode(path);
  } catch (error) {
    throw writeError(output, error, path);
  }
}

/** The key of something that exists and can be told from others by it; undefined for a terminal, /dev/null and the like. */
export function keyOf(stats: BigIntStats): string | undefined {
  return stats.isCharacterDevice() ? undefined : `${stats.dev}:${stats.ino}`;
}

/** The key of an open descriptor. */
export function descriptorKey(number: number): string | undefined {
  try {
    return keyOf(fstatSync(number, { bigint: true }));
  } catch {
    return undefined; // closed
  }
}

function descriptor(number: number): Target {
  return { kind: 'descriptor', descriptor: number, key: descriptorKey(number) };
}

function openAlready(path: string): number | undefined {
  const found = NAMED[path] ?? OPEN_ALREADY.exec(path)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Where a link leads; undefined: it is none, or nothing is there. */
function linkOf(path: string, output: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw writeError(output, error, path);
  }
}

function fileOrNode(path: string): Target {
  const folder = realpathSync(dirname(path));
  const real = join(folder, basename(path));
  const before = statSync(real, { bigint: true, throwIfNoEntry: false });
  if (before?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
  if (before !== undefined) accessSync(real, constants.W_OK);
  if (before !== undefined && !before.isFile()) return { kind: 'node', path: real, key: keyOf(before) };
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  return { kind: 'file', path: real, before, key: before === undefined ? real : keyOf(before)! };
}
