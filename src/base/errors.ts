/** The error codes of the kernel-shaped calls, with Linux's numbers (include/uapi/asm-generic/errno*.h). */
const ERRNO = {
  EPERM: -1,
  ENOENT: -2,
  ENOMEM: -12,
  EFAULT: -14,
  EBUSY: -16,
  EEXIST: -17,
  ENODEV: -19,
  EINVAL: -22,
  ENXIO: -6,
  ENOSPC: -28,
  ERANGE: -34,
  EOPNOTSUPP: -95,
  ETIMEDOUT: -110,
  EIO: -5,
  E2BIG: -7,
  EAGAIN: -11,
  EBADF: -9,
  ENOTTY: -25,
  EOVERFLOW: -75,
  EADDRINUSE: -98,
} as const;

/** A code that an {@link IommuError} may carry. */
export type IommuErrorCode = keyof typeof ERRNO;

/**
 * What the kernel-shaped calls throw instead of returning a negative number: `code` is the name, `errno` the number.
 * Class Smmu throws it for one thing only: EBUSY, when the device is entered from inside one of its own bus callbacks.
 * Wrong arguments elsewhere are a RangeError or a TypeError; a translation that faults is a result, never an exception.
 */
export class IommuError extends Error {
  override readonly name = 'IommuError';
  /** Negative, as the kernel returns it: EBUSY is -16. */
  readonly errno: number;

  constructor(
    readonly code: IommuErrorCode,
    message: string,
  ) {
    super(`${code}: ${message}`);
    this.errno = ERRNO[code];
  }
}
