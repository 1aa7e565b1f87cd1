/**
 * Where a mutant stands. A mutant names a file by the end of its path, a function of it, and a piece of text in that, so that it
 * outlives moved files and changes elsewhere in the function; white space does not matter. Whatever does not match exactly once
 * is an error, for a mutant that changes nothing, or something else than it says, proves nothing.
 */

/**
 * @typedef {object} Mutant
 * @property {string} at     `file#name`: the end of the file's path without `.ts`, and a function, constant or class at its top level
 * @property {string} find   text to change, exactly once in that function
 * @property {string} put    what stands there instead
 * @property {string} breaks the rule that the change breaks, with the section that says so
 * @property {string[]} tests the files that should notice, which run first: how their paths below test/ begin
 */

/** @typedef {{ file: string, line: number, text: string }} Change `text`: all of the file, changed */

/** @param {Mutant} mutant */
export const titleOf = ({ at, find, put }) => `${at}: ${oneLine(find)} -> ${oneLine(put) || '(nothing)'}`;

/** @param {string} text */
const oneLine = (text) => text.trim().replace(/\s+/g, ' ');

/**
 * @param {Map<string, string>} sources path to text
 * @param {Mutant} mutant
 * @returns {Change}
 */
export function applied(sources, mutant) {
  const [file, scope] = scopeOf(sources, mutant.at);
  const source = /** @type {string} */ (sources.get(file));
  const found = [...source.slice(scope.from, scope.to).matchAll(looseText(mutant.find))];
  const [match] = found;
  if (match === undefined || found.length > 1) {
    throw new RangeError(
      `mutant '${titleOf(mutant)}': its text stands ${found.length} times there in ${file}, expected once; give it an anchor that fits the code`,
    );
  }
  const from = scope.from + match.index;
  const text = source.slice(0, from) + mutant.put + source.slice(from + match[0].length);
  if (text === source) throw new RangeError(`mutant '${titleOf(mutant)}' changes nothing in ${file}`);
  return { file, line: source.slice(0, from).split('\n').length, text };
}

/** @param {string} text */
function looseText(text) {
  const words = text.trim().split(/\s+/);
  return new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\s+'), 'g');
}

/**
 * @param {Map<string, string>} sources
 * @param {string} at
 * @returns {[file: string, scope: { from: number, to: number }]}
 */
function scopeOf(sources, at) {
  const [path, name = ''] = at.split('#');
  /** @type {[string, { from: number, to: number }][]} */
  const found = [];
  for (const [file, text] of sources) {
    if (!`/${file}`.endsWith(`/${path}.ts`)) continue;
    const scope = declaration(text, name);
    if (scope !== undefined) found.push([file, scope]);
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const where = found.length === 0 ? 'none' : found.map(([file]) => file).join(' and ');
    throw new RangeError(
      `mutant at '${at}': expected one file of that name with that function, found ${where}`,
    );
  }
  return only;
}

/** @param {string} text @param {string} name */
function declaration(text, name) {
  const head = new RegExp(`^(?:export )?(?:function|const|let|class) ${name}\\b`, 'm').exec(text);
  if (head === null) return undefined;
  const rest = text.slice(head.index);
  const close = (/function|class/.test(head[0]) ? /^\}/m : /;$/m).exec(rest);
  return close === null ? undefined : { from: head.index, to: head.index + close.index + close[0].length };
}
