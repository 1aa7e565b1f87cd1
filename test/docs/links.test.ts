// What `npm run docs` says of links: one that leads nowhere is named with its page, and no other.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { brokenLinks } from '../../scripts/docs/links.mjs';

let site: string;

beforeEach(() => {
  site = mkdtempSync(join(tmpdir(), 'site-'));
  mkdirSync(join(site, 'pages'));
});

afterEach(() => rmSync(site, { recursive: true }));

const write = (file: string, html: string): void => writeFileSync(join(site, file), html);

test('files and places that are there, and what lies outside', () => {
  write('index.html', '<h1 id="top">x</h1><a href="#top"></a><a href="pages/a%20b.html#part"></a>');
  write(
    'pages/a b.html',
    '<h2 id="part"></h2><a href="../index.html?q=1#top"></a><a href="https://example.org/#x"></a>',
  );
  expect(brokenLinks(site)).toEqual([]);
});

test('files and places that are not', () => {
  write('index.html', '<a href="gone.html"></a><img src="gone.svg"><a href="pages/a.html#gone"></a>');
  write('pages/a.html', '<a href="#here"></a>');
  expect(brokenLinks(site)).toEqual([
    'index.html links to gone.html, and there is no such file',
    'index.html links to gone.svg, and there is no such file',
    'index.html links to pages/a.html#gone, and the page has no such place',
    'pages/a.html links to #here, and the page has no such place',
  ]);
});
