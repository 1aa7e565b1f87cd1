/**
 * `npm run golden`: the deterministic figures against what they were; ends with 1 when one differs. A change is accepted with
 * `--accept NAME --why "…"`, where NAME is a figure or a group such as `walks`; the reason is kept beside the figures.
 */
import { figures, goldenFolder } from './figures.js';
import { accept, changesOf, readGolden } from './golden.js';
import { options } from '../options.js';

const { values } = options('npm run golden -- [--accept NAME --why TEXT]', {
  options: { accept: { type: 'string' }, why: { type: 'string', default: '' } },
});
const folder = goldenFolder();
const now = await figures();
if (values.accept !== undefined) {
  if (values.why.trim() === '') {
    console.error('--accept takes a change and needs to know why: expected --why "…" with it');
    process.exit(2);
  }
  const accepted = accept(folder, now, values.accept, values.why.trim());
  for (const { name, before, now: value } of accepted)
    console.log(`${name}: ${before ?? 'none'} → ${value ?? 'none'}`);
  if (accepted.length === 0) {
    console.error(`nothing has changed at ${values.accept}`);
    process.exit(2);
  }
}
const changes = changesOf(readGolden(folder), now);
for (const { name, before, now: value } of changes)
  console.log(`${name} was ${before ?? 'not there'}, is ${value ?? 'not there'}`);
console.log(
  changes.length === 0
    ? `golden: ${Object.keys(now).length} figures as they were`
    : `golden: ${changes.length} changes; npm run golden -- --accept NAME --why "…" takes one`,
);
if (changes.length > 0) process.exitCode = 1;
