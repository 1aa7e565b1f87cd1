/** The files that queues are read through. */
import { integer } from '../base/check.js';
import { IommuError } from '../base/errors.js';

/** What a file descriptor of a queue does. */
export interface QueueFile {
  readonly readable: boolean;
  /** @throws IommuError EINVAL for a buffer that holds no record */
  read(count: number): Uint8Array;
  /** @returns bytes taken */
  write(bytes: Uint8Array): number;
  close(): void;
  /** Called when something to read has come. */
  onReadable: (() => void) | undefined;
}

/** File descriptors of one context, from 3 on, the lowest free one first. */
export class FileTable {
  readonly #files = new Map<number, QueueFile>();

  open(file: QueueFile): number {
    let fd = 3;
    while (this.#files.has(fd)) fd++;
    this.#files.set(fd, file);
    return fd;
  }

  has(fd: number): boolean {
    return this.#files.has(fd);
  }

  /** @throws IommuError EBADF */
  get(fd: number): QueueFile {
    const file = this.#files.get(integer(fd, 'fd', 0, 0x7fff_ffff));
    if (file === undefined) throw new IommuError('EBADF', `fd ${fd} is not open`);
    return file;
  }

  close(fd: number): void {
    this.get(fd).close();
    this.#files.delete(fd);
  }
}
