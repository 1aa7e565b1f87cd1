#!/usr/bin/env node
import { endBySignals, quietStreams } from './ending.js';
import { processOutput } from './output.js';
import { run } from './program.js';

const output = processOutput();
quietStreams(output);
endBySignals();
const code = await run(process.argv.slice(2), output);
// A stream that failed has said so.
process.exitCode ??= code;
