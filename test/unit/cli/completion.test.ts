import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { completionScript } from '../../../cli/completion.ts';

const folder = resolve(import.meta.dirname, '../../..');

describe('completion in bash', () => {
  const script = `${completionScript('bash', commands)}
    COMP_WORDS=(platen "$@"); COMP_CWORD=$#; _platen; printf '%s\\n' "\${COMPREPLY[@]}"`;

  it.each([
    [['pri'], 'print printers'],
    [['keys', ''], 'list create revoke'],
    [['admin', 'key', 'r'], 'revoke rotate'],
    [['print', '--to', 'office:laser', '--cop'], '--copies'],
    [['print', 'READ'], 'README.md'],
    [['resolve', 'JOB', '--as', ''], 'printed reprint'],
    [['keys', 'create', '--scope', 'a'], 'admin'],
    [['printers', '--data', 'docs/dec'], 'docs/decisions'],
    [['completion', ''], 'bash zsh'],
    [['nonsense', 'x'], ''],
  ])('of %j offers %s', (words, offered) => {
    const said = execFileSync('bash', ['-uc', script, 'bash', ...words], { cwd: folder, encoding: 'utf8' });

    expect(said.trim().split('\n').join(' ')).toBe(offered);
  });

  it('offers every command', () => {
    for (const { name } of commands) {
      const words = name.split(' ');
      const typed = [...words.slice(0, -1), words.at(-1)?.slice(0, -1) as string];

      const said = execFileSync('bash', ['-uc', script, 'bash', ...typed], { encoding: 'utf8' });

      expect(said.split('\n')).toContain(words.at(-1));
    }
  });
});

// where there is no zsh the report says "skipped"
it.skipIf(spawnSync('zsh', ['--version']).status !== 0)('completion in zsh can be read by it', () => {
  const script = `autoload -U compinit; compinit -u -D\n${completionScript('zsh', commands)}`;

  expect(execFileSync('zsh', ['-f', '-c', `${script}\nprint -r -- $_comps[platen]`], { encoding: 'utf8' })).toBe(
    '_platen\n',
  );
});
