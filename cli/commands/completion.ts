import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Prints what makes a shell complete commands and options: source <(relay completion bash).')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => console.log(WRITERS[shell](wordsOf(program))));
}

/** The words that may follow each command, by the command as it is written after `relay`. */
function wordsOf(command: Command, path = ''): [string, string[]][] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const own: [string, string[]] = [path, [...command.commands.map((one) => one.name()), ...options, '--help']];
  return [own, ...command.commands.flatMap((one) => wordsOf(one, `${path} ${one.name()}`.trim()))];
}

type Words = [string, string[]][];

const WRITERS: Record<Shell, (words: Words) => string> = {
  bash: (words) => bashOf(words),
  zsh: (words) => `autoload -U +X bashcompinit && bashcompinit\n${bashOf(words)}`,
  fish: (words) =>
    [
      'complete -c relay -f',
      ...words.map(([path, following]) => {
        const typed =
          path === ''
            ? 'test (count (commandline -opc)) -eq 1'
            : `string match -q 'relay ${path}*' (commandline -opc | string join ' ')`;
        return `complete -c relay -n "${typed.replaceAll('"', '\\"')}" -a '${following.join(' ')}'`;
      }),
    ].join('\n'),
};

/** The longest command that has been typed says what may follow. */
function bashOf(words: Words): string {
  const cases = words
    .toSorted(([a], [b]) => b.length - a.length)
    .map(([path, following]) => `    '${path}'*) words='${following.join(' ')}' ;;`);
  return [
    '_relay() {',
    '  local words typed="${COMP_WORDS[*]:1:COMP_CWORD-1}"',
    '  case "$typed" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _relay relay',
  ].join('\n');
}
