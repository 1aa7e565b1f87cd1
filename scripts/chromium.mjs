/** The Chromium of the browser tests; `node scripts/chromium.mjs` prints the path. */
import { pathToFileURL } from 'node:url';
import { ensureBrowser, printBrowser } from './browser.mjs';

/** @throws {Error} when there is none, and none can be installed */
export const ensureChromium = () =>
  ensureBrowser('Chromium', 'chromium', ['chromium', 'chromium-browser', 'google-chrome']);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printBrowser(ensureChromium);
