import { createHash } from 'node:crypto';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';

/*
 * A checker for Stryker that lets through a sample of the mutants, the same for the same seed: those whose hashes with
 * the seed are the lowest. The others count as not compiling, which leaves them out of the score.
 */

const { MUTATE_SEED = '1', MUTATE_COUNT = '50' } = process.env;

const rankOf = ({ fileName, location, replacement }) =>
  createHash('sha256')
    .update(JSON.stringify([MUTATE_SEED, fileName.split('/').at(-1), location, replacement]))
    .digest('hex');

class SampleChecker {
  #sample = new Set();

  async init() {}

  /** Called with all mutants before any is checked. */
  async group(mutants) {
    const sorted = mutants.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1));
    this.#sample = new Set(sorted.slice(0, Number(MUTATE_COUNT)).map(({ id }) => id));
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const outcomeOf = ({ id }) =>
      this.#sample.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' };
    return Object.fromEntries(mutants.map(mutant => [mutant.id, outcomeOf(mutant)]));
  }
}

const makeChecker = () => new SampleChecker();
makeChecker.inject = [];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.Checker, 'sample', makeChecker)];
