/**
 * `npm run bench` or `npm run bench -- NAME ...`. Each bench compares alternatives in one run, so that ratios are valid
 * on a noisy machine.
 */
const benches: Record<string, () => Promise<{ bench: () => Promise<void> }>> = {
  print: () => import('./print.ts'),
  upload: () => import('./upload.ts'),
  render: () => import('./render.ts'),
  jobs: () => import('./jobs.ts'),
  raster: () => import('./raster.ts'),
  footprint: () => import('./footprint.ts'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter(name => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`Unknown bench ${unknown.join(', ')}: use ${Object.keys(benches).join(', ')}.`);
  process.exit(1);
}
for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
  console.log(`\n## ${name}\n`);
  await (await (benches[name] as (typeof benches)[string])()).bench();
}
process.exit(0);
