interface Bench {
  about: string;
  load: () => Promise<{ bench: () => Promise<void> }>;
}

/** Each bench compares alternatives in one run, so that ratios are valid on a noisy machine. */
const benches: Record<string, Bench> = {
  print: { about: 'submissions a second and the time to paper, compared with CUPS', load: () => import('./print.ts') },
  upload: {
    about: 'uploads by segments and by parts, compared with tus and a bare PUT',
    load: () => import('./upload.ts'),
  },
  render: { about: 'a page as PDF, compared with puppeteer alone', load: () => import('./render.ts') },
  throughput: {
    about: 'of `render`, the documents a second only',
    load: async () => ({ bench: (await import('./render.ts')).throughput }),
  },
  jobs: { about: 'what a job adds to its rendering, and jobs a minute', load: () => import('./jobs.ts') },
  relay: {
    about: 'the whole way of a job to `completed`, compared with CUPS and the bare client',
    load: () => import('./relay.ts'),
  },
  events: { about: 'how late events reach webhooks, and what they cost the store', load: () => import('./events.ts') },
  console: {
    about: 'a list of 50 of 10,000 jobs, and the console until its first row',
    load: () => import('./console.ts'),
  },
  raster: { about: 'a PDF as raster for printers, compared with Ghostscript', load: () => import('./raster.ts') },
  isolation: {
    about: "a company's usual calls and the memory, while another one sends its worst",
    load: () => import('./isolation.ts'),
  },
  footprint: {
    about: 'functions and jobs in AWS: size, start, calls; writes docs/footprint.md',
    load: () => import('./footprint.ts'),
  },
};

const help = `npm run bench -- [NAME...]

Without a name all of them run, one after the other. They use all of the machine for minutes; stop them with Ctrl-C.

${Object.entries(benches)
  .map(([name, { about }]) => `  ${name.padEnd(10)}  ${about}`)
  .join('\n')}
`;

const asked = process.argv.slice(2);
if (asked.includes('--help') || asked.includes('-h')) {
  process.stdout.write(help);
  process.exit(0);
}
const unknown = asked.filter(name => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench ${unknown.join(', ')}.\n\n${help}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
  console.log(`\n## ${name}\n`);
  const { bench } = await (benches[name] as Bench).load();
  await bench();
}
process.exit(0);
