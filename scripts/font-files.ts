import { fontFiles } from '../shared/adapters/convert/fonts/fonts.ts';

const scope = 'node_modules/@expo-google-fonts';
const packages = new Set(fontFiles.map(file => file.split('/')[0]));

/** The fonts that pages find, without the hundreds that their packages hold beside them. */
export const fontPackageFiles = [
  ...fontFiles.map(file => `${scope}/${file}`),
  ...[...packages].map(name => `${scope}/${name}/package.json`),
];
