/** One HTML page that holds everything: data, libraries, style. It loads nothing, and its policy forbids that it does. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Chart } from './chart.js';
import { STYLE } from './style.js';

/** A table with a header. */
export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Shown only when the reader opens it. */
  readonly folded?: boolean;
}

export interface Page {
  readonly title: string;
  /** Under the title. */
  readonly about: readonly string[];
  readonly cards: readonly { readonly name: string; readonly value: string; readonly beside?: string }[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
}

export function pageHtml({ title, about, cards, charts, tables }: Page): string {
  const wide = charts.some(({ kind }) => kind === 'sweep');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${breakable(title)}</h1>
${about.map((line) => `<p class="faint">${breakable(line)}</p>`).join('\n')}
<div class="cards">
${cards.map(({ name, value, beside = '' }) => `<div><b>${escaped(value)}</b>${breakable(name)}<br><span>${breakable(beside)}</span></div>`).join('\n')}
</div>
<div class="charts${wide ? ' wide' : ''}">
${charts.map((chart, i) => `<figure id="chart-${i}"><figcaption>${escaped(chart.title)}</figcaption></figure>`).join('\n')}
</div>
${tables.map(tableHtml).join('\n')}
<script type="application/json" id="charts">${inScript(JSON.stringify(charts))}</script>
<script>${inScript(library('d3', 'dist/d3.min.js'))}</script>
<script>${inScript(library('@observablehq/plot', 'dist/plot.umd.min.js'))}</script>
<script type="module">${inScript(client())}</script>
</body>
</html>
`;
}

function tableHtml({ title, header, rows, folded }: Table): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${breakable(cell)}</${tag}>`).join('')}</tr>`;
  const table = `<div class="scroll"><table><thead>${row(header, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('\n')}</tbody></table></div>`;
  return folded === true
    ? `<details><summary>${escaped(title)}</summary>${table}</details>`
    : `<h2>${escaped(title)}</h2>${table}`;
}

/** Text between tags or in an attribute. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Text whose long names, but no number, may go on in the next line behind a point, a comma, a slash or an equals sign. */
function breakable(text: string): string {
  return escaped(text).replace(/(?<=\w)(?:[=/]|(?<!\d)[.,]|[.,](?!\d))(?=\w)/g, (mark) => `${mark}<wbr>`);
}

/** A script ends at the first `</script`, wherever it stands, and `<!--` would begin a comment. */
function inScript(text: string): string {
  return text.replace(/<\/(?=script)/gi, '<\\/').replaceAll('<!--', '<\\!--');
}

/** A file of a package that the page takes along. */
function library(name: string, file: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let at = dirname(entry); ; at = dirname(at)) {
    const path = join(at, file);
    if (existsSync(path)) return readFileSync(path, 'utf8');
    if (dirname(at) === at) throw new RangeError(`the package ${name} has no ${file}`);
  }
}

/** What the compiler made of client.ts, beside this file or, when run from the sources, in dist/. */
function client(): string {
  const own = fileURLToPath(import.meta.url);
  for (let at = dirname(own); ; at = dirname(at)) {
    const path = [join(at, 'client.js'), join(at, 'dist/src/report/page/client.js')].find((file) =>
      existsSync(file),
    );
    if (path !== undefined) return readFileSync(path, 'utf8').replace(/^export \{\};?$/m, '');
    if (dirname(at) === at)
      throw new RangeError('dist/src/report/page/client.js is missing: run `npm run build` first');
  }
}
