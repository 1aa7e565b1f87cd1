/** Malformed input: one sentence that says what is wrong, where, and what was expected. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  constructor(
    readonly file: string,
    readonly line: number | undefined,
    readonly field: string | undefined,
    problem: string,
  ) {
    const at = [file];
    if (line !== undefined) at.push(`line ${line}`);
    if (field !== undefined) at.push(`field "${field}"`);
    super(`${at.join(', ')}: ${problem}.`);
  }
}

/** An option, a configuration or an input that cannot be used, said in one sentence: the caller can mend it. */
export class InputError extends RangeError {
  override readonly name = 'InputError';
}

/**
 * What `use` gives. It hands the caller's own values to something that checks its arguments, so that a refusal there is one of
 * the input; what else throws RangeError or TypeError is a fault of the program.
 * @throws InputError for RangeError and TypeError
 */
export async function fromInput<T>(use: () => T | Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw asInputError(error);
  }
}

/** As `fromInput`, at once. */
export function fromInputSync<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw asInputError(error);
  }
}

function asInputError(error: unknown): unknown {
  const refused = error instanceof RangeError || error instanceof TypeError;
  return refused && !(error instanceof InputError) ? new InputError(error.message, { cause: error }) : error;
}
