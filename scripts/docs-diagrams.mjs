/**
 * Every diagram of the docs site in a real browser, from the file and without a network: each becomes a picture, in the light and
 * in the dark. `--shots FOLDER` keeps a screenshot of each page. Exit code 1 when one is not drawn.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { launchChromium } from './launch.mjs';
import { filesUnder, ROOT } from './parts.mjs';

const { values } = parseArgs({ options: { shots: { type: 'string' } } });
const pages = filesUnder('dist/site').filter((file) => file.endsWith('.html'));
const drawn = pages.flatMap((file) => {
  const diagrams = readFileSync(join(ROOT, file), 'utf8').split('<code class="mermaid">').length - 1;
  return diagrams > 0 ? [{ file, diagrams }] : [];
});
if (drawn.length === 0) throw new Error('no page of dist/site has a diagram: `npm run docs` makes them');

const browser = await launchChromium();
try {
  for (const { file, diagrams } of drawn) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
      /** @type {string[]} */
      const complaints = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) complaints.push(`asks for ${request.url()}`);
      });
      await page.goto(pathToFileURL(join(ROOT, file)).href);
      const pictures = page.locator('div.mermaid[data-processed] > svg');
      await pictures.nth(diagrams - 1).waitFor({ timeout: 30_000 });
      const errors = await page.locator('svg[aria-roledescription="error"]').count();
      if ((await pictures.count()) !== diagrams || errors > 0 || complaints.length > 0) {
        console.error(`docs: ${file}: ${diagrams} diagrams, ${errors} not drawn; ${complaints.join('; ')}`);
        process.exitCode = 1;
      }
      if (values.shots !== undefined) {
        mkdirSync(values.shots, { recursive: true });
        await page.screenshot({
          path: join(values.shots, `${basename(file, '.html')}-${colorScheme}.png`),
          fullPage: true,
        });
      }
      await page.close();
    }
    console.log(`docs: ${file}: ${diagrams} diagrams drawn, light and dark`);
  }
} finally {
  await browser.close();
}
