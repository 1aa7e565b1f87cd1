/** Recordings read and checked, wherever their bytes come from. Nothing here needs Node. */
export { fetchedFiles } from './fetched.js';
export { parseExpected } from './expected.js';
export { parseCapture, parseSnapshot, type CaptureFiles } from './parse.js';
export type { Capture, ExpectedRow, MemorySegment, RecordedEvent, Snapshot } from './types.js';
