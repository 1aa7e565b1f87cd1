/** Why something could not be written, as one sentence with the file's name. */
import { dirname } from 'node:path';

/** An output that cannot be written: as much the caller's to mend as malformed input. */
export class WriteError extends Error {
  override readonly name = 'WriteError';

  /** @param output as the caller spelled it */
  constructor(
    readonly output: string,
    problem: string,
  ) {
    super(`${output === '-' ? 'standard output' : output}: ${problem}.`);
  }
}

/** Standard output's or standard error's reader has seen enough: an end, not a failure. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on its device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than the limit of file sizes allows',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'nobody can be reached behind it',
  ENODEV: 'its device is not there',
  EPIPE: 'its reader has gone',
  EBADF: 'it is not open for writing',
  EIO: 'its device fails',
  ETXTBSY: 'it is a program that runs',
  EMFILE: 'too many files are open',
};

/** What a failed call of the system means for `output`; `path`: of the file that was to be opened. */
export function writeError(output: string, error: unknown, path = output): WriteError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'ENOENT'
      ? `its folder ${dirname(path)} does not exist`
      : code === 'ENOTDIR'
        ? `${dirname(path)} is no folder`
        : (REASONS[code] ?? message);
  return new WriteError(output, `cannot be written, ${reason}${code === '' ? '' : ` (${code})`}`);
}
