/** Runs one trace, away from the page: it stays responsive, and ends a run by ending the worker. */
import coreUrl from '../../../dist/core.wasm?url';
import { blobStream, observeRun } from '../../../src/observe/index.js';
import { GeneratorSource, openTrace } from '../../../src/trace/index.js';
import { sentence } from '../parts/numbers.js';
import type { RunOrder, TraceChoice, WorkerMessage } from './messages.js';
import { reportOf } from './report.js';

/** Between two messages of progress, ms. */
const TELL_MS = 50;

const say = (message: WorkerMessage): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<RunOrder>) => void run(data));

async function run({ trace, request }: RunOrder): Promise<void> {
  const began = performance.now();
  try {
    const source = await sourceOf(trace);
    const response = await fetch(coreUrl);
    if (!response.ok) throw new Error(`the core could not be fetched: ${response.status}`);
    const module = await response.arrayBuffer();
    let told = began;
    const observed = await observeRun(
      source,
      request,
      { module, core: CORE_SHA256, version: PLAYGROUND_VERSION },
      (fraction, done) => {
        const now = performance.now();
        if (now - told < TELL_MS) return;
        told = now;
        say({ kind: 'progress', fraction, done });
      },
    );
    await source.close();
    const seconds = (performance.now() - began) / 1000;
    say({ kind: 'done', report: reportOf(observed, source.name, request, seconds) });
  } catch (error) {
    say({ kind: 'failed', problem: sentence(error) });
  }
}

async function sourceOf(trace: TraceChoice) {
  if (typeof trace === 'string') return new GeneratorSource(trace);
  return openTrace(await blobStream(trace.name, trace));
}
