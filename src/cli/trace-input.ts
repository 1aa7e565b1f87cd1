/** The trace that an argument names: a generator, a file, a capture's timeline. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { CaptureError, fromInputSync, InputError } from '../base/capture-error.js';
import { FORMATS, openTrace, type TraceFormat } from '../trace/formats.js';
import { GeneratorSource } from '../trace/generate/source.js';
import { isGenerator } from '../trace/generate/spec.js';
import { fileStream } from '../trace/node-stream.js';
import { parseStreamMap, singleStream, type StreamMap } from '../trace/read/stream-map.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import type { TraceSource } from '../trace/rows.js';
import { captureDirectory } from './bundled.js';
import type { Named } from './files/outputs.js';
import { parseCount, parseStreamId } from './input.js';

/** Options of every command that reads a trace. */
export interface TraceOptions {
  readonly format?: TraceFormat;
  readonly streamMap?: string;
  readonly stream?: number;
  readonly clock?: number;
  readonly sort?: number;
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
    )
    .addOption(
      new Option('--sort [PACKETS]', 'gem5 packets: put them in order of time, looking so many ahead')
        .argParser((text) => parseCount(text, 1, SORT_MOST))
        .preset(String(SORT_DEFAULT)),
    );
}

/** Packets that `--sort` looks ahead. */
const SORT_DEFAULT = 65536;
const SORT_MOST = 2 ** 24;

/** The files that reading the trace takes: what is written must be none of them. */
export function inputsOf(argument: string, { streamMap }: TraceOptions): Named[] {
  return [
    { role: 'the trace that is read', path: isGenerator(argument) ? undefined : captureDirectory(argument) },
    { role: 'the stream map', path: streamMap },
  ];
}

/** @throws CaptureError or InputError */
export async function openInput(
  argument: string,
  options: TraceOptions,
): Promise<TraceSource | TracepointSource> {
  const source = await opened(argument, options);
  const { format, streamMap, stream, clock, sort } = options;
  const given = isGenerator(argument)
    ? { format, 'stream-map': streamMap, stream, clock, sort }
    : source.format === 'gem5'
      ? {}
      : { 'stream-map': streamMap, stream, clock, sort };
  const unused = Object.entries(given).find(([, value]) => value !== undefined);
  if (unused === undefined) return source;
  await source.close();
  throw new InputError(
    isGenerator(argument)
      ? `--${unused[0]} says how a file is read, expected none: ${argument} is a generator`
      : `--${unused[0]} is for gem5's packets, expected none: ${source.name} is of the format ${source.format}`,
  );
}

function opened(argument: string, options: TraceOptions): Promise<TraceSource | TracepointSource> {
  if (isGenerator(argument)) return Promise.resolve(fromInputSync(() => new GeneratorSource(argument)));
  const { format, clock, sort } = options;
  const stream = fileStream(traceFile(argument));
  return openTrace(stream, {
    ...(format === undefined ? {} : { format }),
    ...(clock === undefined ? {} : { clock }),
    ...(sort === undefined ? {} : { sort }),
    streams: streamsOf(options),
  });
}

/** The file itself, or the timeline of a capture. */
export function traceFile(argument: string): string {
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
    throw new InputError('--stream and --stream-map say the same thing, expected one of them');
  if (!existsSync(streamMap))
    throw new CaptureError(streamMap, undefined, undefined, 'no such file, expected a stream map');
  return parseStreamMap(readFileSync(streamMap, 'utf8'), streamMap);
}

function parseClock(text: string): number {
  const clock = Number(text);
  if (!(clock >= 1e-6 && clock <= 1e6))
    throw new InvalidArgumentError('Expected MHz from 0.000001 to 1000000.');
  return clock;
}
