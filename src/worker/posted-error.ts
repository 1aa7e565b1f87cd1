/** Errors over a worker's line: as data, and back into what they were. */
import { CaptureError, InputError } from '../base/capture-error.js';
import { IommuError, type IommuErrorCode } from '../base/errors.js';
import type { PostedError } from './protocol.js';

/** An error as it is posted. */
export function posted(error: unknown): PostedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  if (error instanceof IommuError) return { name, code: error.code, message };
  if (!(error instanceof CaptureError)) return { name, message };
  const { file, line, field } = error;
  return {
    name,
    message,
    file,
    ...(line === undefined ? {} : { line }),
    ...(field === undefined ? {} : { field }),
  };
}

/** The same error on the other side. */
export function revived({ name, message, code, file, line, field }: PostedError): Error {
  switch (name) {
    case 'IommuError':
      return withMessage(new IommuError(code as IommuErrorCode, ''), message);
    case 'CaptureError':
      return withMessage(new CaptureError(file ?? '', line, field, ''), message);
    case 'InputError':
      return new InputError(message);
    case 'RangeError':
      return new RangeError(message);
    case 'TypeError':
      return new TypeError(message);
    default:
      return Object.assign(new Error(message), { name });
  }
}

function withMessage(error: Error, message: string): Error {
  error.message = message;
  return error;
}
