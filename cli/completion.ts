import { type Command, groupAbouts, type Option } from './command.ts';

/*
 * Completion for shells, generated from the table of commands. A script finds the command among the words before the
 * cursor, and offers the words that may follow it: groups and commands, options, and values of an option.
 */

export const shells = ['bash', 'zsh'] as const;
export type Shell = (typeof shells)[number];

interface Word {
  word: string;
  about: string;
}

interface Place {
  /** the words of the command line so far, without options */
  path: string;
  words: Word[];
  takesFiles: boolean;
}

export function completionScript(shell: Shell, commands: Command[]): string {
  const places = placesOf(commands);
  const choices = commands.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([option, { among }]) => (among ? [{ at: `${name} --${option}`, among }] : [])),
  );
  return shell === 'bash' ? bash(places, choices) : zsh(places, choices);
}

function placesOf(commands: Command[]): Place[] {
  const groups = new Map<string, Word[]>([['', []]]);
  for (const { name, about } of commands) {
    const words = name.split(' ');
    for (const [depth, word] of words.entries()) {
      const path = words.slice(0, depth).join(' ');
      const isLeaf = depth === words.length - 1;
      const listed = groups.get(path) ?? [];
      groups.set(path, listed);
      if (!listed.some(known => known.word === word))
        listed.push({ word, about: isLeaf ? about : (groupAbouts[word] ?? '') });
    }
  }
  const leaves = commands.map(({ name, options, operand }) => ({
    path: name,
    words: [...Object.entries(options).map(wordOf), ...(operand?.among ?? []).map(word => ({ word, about: '' }))],
    takesFiles: operand?.name === 'file',
  }));
  return [...Array.from(groups, ([path, words]) => ({ path, words, takesFiles: false })), ...leaves];
}

const wordOf = ([name, { about }]: [string, Option]): Word => ({ word: `--${name}`, about });

interface Choice {
  at: string;
  among: readonly string[];
}

const bash = (places: Place[], choices: Choice[]) => `# platen completion bash
_platen() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= next word words= files=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in
      ${known(places)}) path=$next ;;
    esac
  done
  case "$path $previous" in
${choices.map(({ at, among }) => `    "${at}") COMPREPLY=($(compgen -W "${among.join(' ')}" -- "$current")); return ;;`).join('\n')}
    *" --data") COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  case "$path" in
${places.map(({ path, words, takesFiles }) => `    "${path}") words="${words.map(({ word }) => word).join(' ')}"${takesFiles ? ' files=yes' : ''} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -z "$files" ] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _platen platen
`;

const zsh = (places: Place[], choices: Choice[]) => `#compdef platen
# platen completion zsh
_platen() {
  local line next word previous=\${words[CURRENT-1]}
  local -a offers
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${line:+$line }$word"
    case "$next" in
      ${known(places)}) line=$next ;;
    esac
  done
  case "$line $previous" in
${choices.map(({ at, among }) => `    "${at}") compadd -- ${among.join(' ')}; return ;;`).join('\n')}
    *" --data") _files -/; return ;;
  esac
  case "$line" in
${places.map(({ path, words, takesFiles }) => `    "${path}") offers=(${words.map(described).join(' ')})${takesFiles ? '; _files' : ''} ;;`).join('\n')}
  esac
  _describe platen offers
}
compdef _platen platen
`;

/** The patterns of paths that a word may extend to. */
const known = (places: Place[]) =>
  places
    .map(({ path }) => path)
    .filter(path => path !== '')
    .map(path => `"${path}"`)
    .join('|');

const described = ({ word, about }: Word) => `'${`${word}:${about}`.replaceAll("'", "'\\''")}'`;
