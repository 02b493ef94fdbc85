import { fontFiles } from '../shared/adapters/convert/fonts/fonts.ts';

const scope = 'node_modules/@expo-google-fonts';
const packages = new Set(fontFiles.map(file => file.split('/')[0]));

/** The font files that pages can use; their packages contain hundreds more. */
export const fontPackageFiles = [
  ...fontFiles.map(file => `${scope}/${file}`),
  ...[...packages].map(name => `${scope}/${name}/package.json`),
];
