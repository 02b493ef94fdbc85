import manifest from '../../package.json' with { type: 'json' };

/** The release that runs, as the package says it. */
export const version: string = manifest.version;
