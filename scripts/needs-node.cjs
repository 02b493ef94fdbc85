/*
 * Loaded before a program by the scripts of package.json: an old Node ends with a sentence, and not with an error about
 * the first file that it does not understand. Written for any Node that npm runs on.
 */

const major = Number(process.versions.node.split('.')[0]);
const needed = Number(require('../package.json').engines.node.match(/\d+/)[0]);

if (major < needed) {
  console.error(
    `Platen needs Node ${needed} or later; ${process.execPath} is Node ${process.versions.node}. ` +
      'On Linux, npm ci installs it. Elsewhere, install it from https://nodejs.org/ first.',
  );
  process.exit(1);
}
