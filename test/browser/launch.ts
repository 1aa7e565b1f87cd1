/** The browser of the browser tests. */
export { launchChromium } from '../../scripts/launch.mjs';

/** An installation of the browser may take minutes. */
export const SETUP_MS = 600_000;
