/** What is wrong with a value that reaches a kernel-shaped call is the call's EINVAL, whatever the value and its type are. */
import { IommuError } from '../../base/errors.js';

/**
 * Runs a check of a caller's values.
 * @throws IommuError EINVAL with the sentence of the RangeError or TypeError that the check ended in
 */
export function judge<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      throw new IommuError('EINVAL', error.message);
    }
    throw error;
  }
}
