/** The trace that an argument names: a generator, a file, a capture's timeline. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { CaptureError } from '../base/capture-error.js';
import { FORMATS, openTrace, type TraceFormat } from '../trace/formats.js';
import { GeneratorSource } from '../trace/generate/source.js';
import { isGenerator } from '../trace/generate/spec.js';
import { fileStream } from '../trace/node-stream.js';
import { parseStreamMap, singleStream, type StreamMap } from '../trace/read/stream-map.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import type { TraceSource } from '../trace/rows.js';
import { captureDirectory } from './bundled.js';
import { parseStreamId } from './input.js';

/** Options of every command that reads a trace. */
export interface TraceOptions {
  readonly format?: TraceFormat;
  readonly streamMap?: string;
  readonly stream?: number;
  readonly clock?: number;
}

/** Adds the options that say how a trace is to be read. */
export function addTraceOptions(command: Command, format = '--format <F>'): Command {
  return command
    .addOption(new Option(format, 'format of the trace; told from its first bytes without').choices(FORMATS))
    .option(
      '--stream-map <FILE>',
      'gem5 packets: JSON that gives requesters and address ranges their StreamIDs',
    )
    .option('--stream <N>', 'gem5 packets: one StreamID for all (default 0)', parseStreamId)
    .option(
      '--clock <MHZ>',
      'gem5 packets: clock whose cycles arrivals are counted in (default 1000)',
      parseClock,
    );
}

export function openInput(argument: string, options: TraceOptions): Promise<TraceSource | TracepointSource> {
  if (isGenerator(argument)) return Promise.resolve(new GeneratorSource(argument));
  const stream = fileStream(traceFile(argument));
  return openTrace(stream, {
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    streams: streamsOf(options),
  });
}

/** The file itself, or the timeline of a capture. */
function traceFile(argument: string): string {
  const path = captureDirectory(argument);
  if (path === '-' || !existsSync(path) || !statSync(path).isDirectory()) return path;
  const file = ['timeline.jsonl', 'timeline.jsonl.gz']
    .map((name) => join(path, name))
    .find((name) => existsSync(name));
  if (file === undefined)
    throw new CaptureError(
      path,
      undefined,
      undefined,
      'has no timeline.jsonl, expected a capture or a trace',
    );
  return file;
}

function streamsOf({ streamMap, stream }: TraceOptions): StreamMap {
  if (streamMap === undefined) return singleStream(stream ?? 0);
  if (stream !== undefined)
    throw new RangeError('--stream and --stream-map say the same thing, expected one of them');
  if (!existsSync(streamMap))
    throw new CaptureError(streamMap, undefined, undefined, 'no such file, expected a stream map');
  return parseStreamMap(readFileSync(streamMap, 'utf8'), streamMap);
}

function parseClock(text: string): number {
  const clock = Number(text);
  if (!(clock > 0 && clock <= 1e6)) throw new InvalidArgumentError('Expected MHz above 0.');
  return clock;
}
