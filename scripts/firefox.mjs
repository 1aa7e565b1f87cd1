/** The Firefox of the browser tests; `node scripts/firefox.mjs` prints the path. */
import { pathToFileURL } from 'node:url';
import { ensureBrowser, printBrowser } from './browser.mjs';

/** @throws {Error} when there is none, and none can be installed */
export const ensureFirefox = () => ensureBrowser('Firefox', 'firefox-esr', ['firefox-esr', 'firefox']);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printBrowser(ensureFirefox);
