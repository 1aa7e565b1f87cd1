/**
 * `npm run bench:track -- FILE`: appends what `npm run bench -- --json` measured, with the deterministic figures, to a
 * history, and writes a page of all of it and the last record in the formats of github-action-benchmark and Bencher.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figures } from '../golden/figures.js';
import type { Report } from '../report.js';
import { historyPage } from './page.js';
import { bencherMetrics, type BenchRecord, customBiggerIsBetter, recordOf } from './record.js';
import { options } from '../options.js';

const { values, positionals } = options(
  'npm run bench:track -- FILE [--history FILE] [--out DIR] [--commit HASH]',
  {
    allowPositionals: true,
    options: {
      history: { type: 'string', default: 'bench-history.jsonl' },
      out: { type: 'string', default: 'dist/track' },
      commit: { type: 'string' },
    },
  },
);
const [input] = positionals;
if (input === undefined || !existsSync(input)) {
  console.error(`${input ?? 'FILE'}: no such file, expected what npm run bench -- --json printed`);
  process.exit(2);
}
const commit = values.commit ?? execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const text = readFileSync(input, 'utf8');
// npm prints what it runs before the document.
const report = JSON.parse(text.slice(text.indexOf('{'))) as Report;
const record = recordOf(report, await figures(), { commit, date: new Date().toISOString() });
appendFileSync(values.history, `${JSON.stringify(record)}\n`);
const records = readFileSync(values.history, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as BenchRecord);
mkdirSync(values.out, { recursive: true });
const write = (name: string, content: string): void => writeFileSync(join(values.out, name), content);
write('index.html', historyPage(records));
write('github-action-benchmark.json', `${JSON.stringify(customBiggerIsBetter(record), undefined, 2)}\n`);
write('bencher.json', `${JSON.stringify(bencherMetrics(record), undefined, 2)}\n`);
console.log(`${records.length} records in ${values.history}; page and reports in ${values.out}`);
