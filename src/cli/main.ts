#!/usr/bin/env node
import { processOutput } from './output.js';
import { run } from './program.js';

// A reader that has seen enough (`smmuv3 explain … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await run(process.argv.slice(2), processOutput());
