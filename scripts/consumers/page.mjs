/** Pages in a real browser: what they answer, and what they complain about. */
const PAGE_MS = 30_000;

/** A page says its answer here. */
export const HTML = (/** @type {string} */ script) =>
  `<!doctype html><title>consumer</title><link rel="icon" href="data:," /><output></output><script type="module" src="${script}"></script>`;

/** The shortest program that translates. */
export const MAIN = `import { Smmu } from 'smmuv3-wasm';
const smmu = await Smmu.create();
const { status, pa } = smmu.translate({ streamId: 0, iova: 0x9008n });
document.querySelector('output').textContent = status + ' 0x' + pa.toString(16);
`;
/** What it says. */
export const ANSWER = 'ok 0x9008';

/**
 * Opens a page and waits for its answer.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {string | RegExp} [expected]
 * @returns {Promise<string>} empty when it is `expected` and the console is clean
 */
export async function answerOf(browser, url, expected = ANSWER) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  try {
    await page.goto(url);
    await page
      .waitForFunction('document.querySelector("output")?.textContent', undefined, { timeout: PAGE_MS })
      .catch(() => complaints.push('the page gave no answer'));
    const answer = await page.textContent('output');
    const right = typeof expected === 'string' ? answer === expected : expected.test(answer ?? '');
    if (!right) complaints.push(`answered '${answer}', expected '${String(expected)}'`);
  } finally {
    await page.close();
  }
  return complaints.join('; ');
}
