/** The captures that come with the page, and those of the user: registers and memory of an SMMU that Linux drove, and questions. */
import {
  fetchedFiles,
  parseExpected,
  parseSnapshot,
  type ExpectedRow,
  type Snapshot,
} from '../../../src/capture/index.js';

/** What a walk begins from. */
export interface Recording {
  readonly snapshot: Snapshot;
  /** Questions about it with their answers; empty when it brings none. */
  readonly questions: readonly ExpectedRow[];
}

export const BUNDLED = {
  'linux-nested-4k': 'Linux, guest stage 1 over host stage 2',
  'linux-s1-4k': 'Linux, stage 1',
  'linux-s2-4k': 'Linux, stage 2',
} as const;
export type BundledName = keyof typeof BUNDLED;

export const isBundled = (name: string): name is BundledName => name in BUNDLED;

const URLS = import.meta.glob<string>(
  '../../../data/linux-*/{registers.json,memory.json,memory.bin.gz,expected.jsonl.gz}',
  { query: '?url', import: 'default', eager: true },
);

export async function fetchBundled(name: BundledName): Promise<Recording> {
  const wanted = Object.entries(URLS).filter(([path]) => path.includes(`/${name}/`));
  const files = wanted.map(async ([path, url]): Promise<[string, Uint8Array]> => {
    const file = path.slice(path.lastIndexOf('/') + 1);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${name}/${file} could not be fetched: ${response.status}`);
    return [file, new Uint8Array(await response.arrayBuffer())];
  });
  return recordingOf(name, await Promise.all(files));
}

/** A capture's files as the user gave them. @throws CaptureError: one sentence that names the file and what was expected */
export async function readGiven(files: readonly File[]): Promise<Recording> {
  const [first] = files;
  const folder = first?.webkitRelativePath.split('/')[0] ?? '';
  const name = folder === '' ? (files.length === 1 ? (first?.name ?? '') : 'the files given') : folder;
  const read = files.map(async (file): Promise<[string, Uint8Array]> => [
    file.name,
    new Uint8Array(await file.arrayBuffer()),
  ]);
  return recordingOf(name, await Promise.all(read));
}

async function recordingOf(
  name: string,
  given: readonly (readonly [string, Uint8Array])[],
): Promise<Recording> {
  const files = await fetchedFiles(name, given);
  const snapshot = parseSnapshot(files);
  const expected = files.get('expected.jsonl');
  const questions =
    expected === undefined ? [] : parseExpected(new TextDecoder().decode(expected.bytes), expected.shown);
  return { snapshot, questions };
}
