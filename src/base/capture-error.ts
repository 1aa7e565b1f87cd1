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
