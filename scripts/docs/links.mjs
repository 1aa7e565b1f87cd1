/** Links between the files of a site: each must lead to a file that is there, and to a place in it that is there. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const LINK = /\b(?:href|src)="([^"]+)"/g;
const ID = /\b(?:id|name)="([^"]+)"/g;
/** They lead out of the site. */
const OUTSIDE = /^(?:[a-z]+:|\/\/)/i;

/** @param {string} site a folder of HTML files @returns {string[]} one sentence for each link that leads nowhere */
export function brokenLinks(site) {
  /** @type {Map<string, Set<string>>} */
  const places = new Map();
  /** @param {string} file */
  const placesOf = (file) => {
    const known = places.get(file) ?? new Set([...read(file).matchAll(ID)].map(([, id = '']) => id));
    places.set(file, known);
    return known;
  };
  return htmlUnder(site).flatMap((file) =>
    [...read(file).matchAll(LINK)].flatMap(([, link = '']) => {
      if (OUTSIDE.test(link)) return [];
      const [path = '', fragment] = link.replaceAll('&amp;', '&').split('#');
      const target =
        path === '' ? file : resolve(dirname(file), decodeURIComponent(path.split('?')[0] ?? ''));
      const page = relative(site, file);
      if (!existsSync(target)) return [`${page} links to ${link}, and there is no such file`];
      const known = fragment === undefined || fragment === '' || !target.endsWith('.html');
      if (known || placesOf(target).has(decodeURIComponent(fragment))) return [];
      return [`${page} links to ${link}, and the page has no such place`];
    }),
  );
}

/** @param {string} file */
const read = (file) => readFileSync(file, 'utf8');

/** @param {string} folder @returns {string[]} */
function htmlUnder(folder) {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) =>
      statSync(path).isDirectory() ? htmlUnder(path) : path.endsWith('.html') ? [path] : [],
    );
}
