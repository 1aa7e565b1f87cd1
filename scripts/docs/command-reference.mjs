/** The reference of the command line as a page, out of the definitions that commander has: what `--help` prints. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../parts.mjs';

/** Columns of a terminal, as most have. */
const COLUMNS = 80;

/** @returns {Promise<string>} Markdown; needs the part `host` of the build */
export async function commandReference() {
  const { commandLine } = await import(pathToFileURL(join(ROOT, 'dist/src/cli/program.js')).href);
  const { PLAIN } = await import(pathToFileURL(join(ROOT, 'dist/src/replay/text.js')).href);
  let written = '';
  const output = {
    out: (/** @type {string} */ text) => (written += text),
    err: (/** @type {string} */ text) => (written += text),
    paint: PLAIN,
    terminal: undefined,
  };
  /** @type {import('commander').Command} */
  const program = commandLine(output, () => undefined);
  /** @param {import('commander').Command} command */
  const help = (command) => {
    written = '';
    command.configureOutput({ getOutHelpWidth: () => COLUMNS });
    command.outputHelp();
    return written.trim();
  };
  const pages = program.commands.map(
    (command) =>
      `## smmuv3 ${command.name()}\n\n${sentence(command.description())}\n\n\`\`\`text\n${help(command)}\n\`\`\`\n`,
  );
  return `# The command line\n\nWhat \`--help\` says of each command.\n\n\`\`\`text\n${help(program)}\n\`\`\`\n\n${pages.join('\n')}`;
}

/** @param {string} text */
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`;
