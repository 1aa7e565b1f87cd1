import { Argument, type Command, type Option } from 'commander';
import { settablePaths } from '../config/paths.js';
import { presets } from '../config/presets/index.js';
import type { Output } from './output.js';

/** One command's words. */
interface Words {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
}

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** Options whose values are words of ours that commander does not know as choices. */
function valuesOf(option: Option): readonly string[] {
  if (option.argChoices !== undefined) return option.argChoices;
  if (option.long === '--timing' || option.long === '--caches') return [...Object.keys(presets), 'off'];
  if (option.long === '--set') return settablePaths().map(({ path }) => `${path}=`);
  return [];
}

function script(shell: Shell, program: Command): string {
  const commands = program.commands.map((command): Words => ({
    name: command.name(),
    description: command.description(),
    options: command.options,
  }));
  return shell === 'fish' ? fish(commands) : shell === 'zsh' ? zsh(commands) : bash(commands);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(commands: readonly Words[]): string {
  const cases = commands.map(({ name, options }) => {
    const values = options
      .filter((option) => valuesOf(option).length > 0)
      .map((option) => `        ${option.long}) words=${quoted(valuesOf(option).join(' '))} ;;`);
    const names = options.map(({ long }) => long).join(' ');
    return `    ${name})
      case $before in
${values.join('\n')}${values.length > 0 ? '\n' : ''}        *) [[ $now == -* ]] && words=${quoted(`${names} --help`)} ;;
      esac ;;`;
  });
  return `# smmuv3 completion bash: source it, or put it into the folder of bash-completion as smmuv3.
_smmuv3() {
  local now=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  if [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$now"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  [[ -z $words ]] && return
  COMPREPLY=($(compgen -W "$words" -- "$now"))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _smmuv3 smmuv3
`;
}

function zsh(commands: readonly Words[]): string {
  const list = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`);
  const cases = commands.map(({ name, options }) => {
    const specs = options.map((option) => {
      const help = option.description.replace(/[[\]:]/g, ' ');
      const values = valuesOf(option);
      const flag = `${option.long}[${help}]`;
      if (!option.required && !option.optional) return `      ${quoted(flag)}`;
      const action = values.length > 0 ? `(${values.join(' ')})` : '_files';
      return `      ${quoted(`*${flag}:value:${action}`)}`;
    });
    return `    ${name}) _arguments -S \\\n${[...specs, `      '*:file:_files'`].join(' \\\n')} ;;`;
  });
  return `#compdef smmuv3
# smmuv3 completion zsh: put it into a folder of $fpath as _smmuv3.
_smmuv3() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _smmuv3 ]]; then _smmuv3 "$@"; else compdef _smmuv3 smmuv3; fi
`;
}

function fish(commands: readonly Words[]): string {
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c smmuv3 -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
    ...options.map((option) => {
      const takes = option.required || option.optional;
      const values = valuesOf(option);
      const value = !takes ? '' : values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : ' -r';
      return `complete -c smmuv3 -n '__fish_seen_subcommand_from ${name}' -l ${option.long?.slice(2)}${value} -d ${quoted(option.description)}`;
    }),
  ]);
  return `# smmuv3 completion fish: put it into ~/.config/fish/completions as smmuv3.fish.\n${lines.join('\n')}\n`;
}

/** Adds `completion`, which knows every command that is added before it. */
export function addCompletion(program: Command, output: Output): void {
  program
    .command('completion')
    .description('print a script that lets the shell complete commands, options and paths')
    .addArgument(new Argument('<SHELL>', 'bash, zsh or fish').choices(SHELLS))
    .addHelpText(
      'after',
      `
  bash: source <(smmuv3 completion bash)
  zsh:  smmuv3 completion zsh > "\${fpath[1]}/_smmuv3"
  fish: smmuv3 completion fish > ~/.config/fish/completions/smmuv3.fish`,
    )
    .action((shell: Shell) => output.out(script(shell, program)));
}
