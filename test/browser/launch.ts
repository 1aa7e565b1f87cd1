/** The browser of the browser tests. */
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../../scripts/chromium.mjs';

/** An installation of the browser may take minutes. */
export const SETUP_MS = 600_000;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
