import { createHash } from 'node:crypto';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Scripts that have a font of their own. */
const scripts = [
  ...['Thai', 'Lao', 'Khmer', 'Myanmar'],
  ...['Devanagari', 'Bengali', 'Gujarati', 'Gurmukhi', 'Kannada', 'Malayalam', 'Oriya', 'Sinhala', 'Tamil', 'Telugu'],
  ...['Arabic', 'Armenian', 'Ethiopic', 'Georgian'],
];

/**
 * The fonts that every page finds, from npm and under the Open Font License, so that a page looks the same on every
 * machine. Arimo, Tinos and Cousine have the widths of Arial, Times New Roman and Courier New: documents made for
 * those keep their line breaks. A packager needs exactly these files beside the code.
 */
export const fontFiles: readonly string[] = [
  ...['arimo/{w}/Arimo_{w}.ttf', 'tinos/{w}/Tinos_{w}.ttf', 'cousine/{w}/Cousine_{w}.ttf'].flatMap(path =>
    ['400Regular', '700Bold', '400Regular_Italic', '700Bold_Italic'].map(weight => path.replaceAll('{w}', weight)),
  ),
  ...['sc', 'tc', 'jp', 'kr'].flatMap(region =>
    ['400Regular', '700Bold'].map(
      weight => `noto-sans-${region}/${weight}/NotoSans${region.toUpperCase()}_${weight}.ttf`,
    ),
  ),
  ...scripts.flatMap(script =>
    ['400Regular', '700Bold'].map(
      weight => `noto-sans-${script.toLowerCase()}/${weight}/NotoSans${script}_${weight}.ttf`,
    ),
  ),
  // The boxes and ticks of forms, arrows, mathematics.
  'noto-sans-symbols-2/400Regular/NotoSansSymbols2_400Regular.ttf',
  'noto-sans-symbols/400Regular/NotoSansSymbols_400Regular.ttf',
  'noto-sans-math/400Regular/NotoSansMath_400Regular.ttf',
  'noto-color-emoji/400Regular/NotoColorEmoji_400Regular.ttf',
];

const scope = '@expo-google-fonts';

/** Where the files lie. */
export function fontPaths(): string[] {
  const require = createRequire(import.meta.url);
  return fontFiles.map(file => {
    const [name, ...rest] = file.split('/');
    return join(dirname(require.resolve(`${scope}/${name}/package.json`)), ...rest);
  });
}

/** Families that documents ask for by name, and their substitutes. */
const standIns: Record<string, string[]> = {
  Arimo: ['Arial', 'Helvetica', 'Helvetica Neue', 'Liberation Sans', 'system-ui'],
  Tinos: ['Times New Roman', 'Times', 'Liberation Serif', 'Georgia'],
  Cousine: ['Courier New', 'Courier', 'Liberation Mono', 'Consolas', 'Menlo', 'Monaco'],
  'Open Sans': ['Verdana', 'Tahoma', 'Segoe UI', 'Calibri', 'Trebuchet MS', 'Roboto', 'Lucida Grande'],
  'Noto Sans SC': ['SimSun', 'NSimSun', 'SimHei', 'Microsoft YaHei', 'PingFang SC'],
  'Noto Sans TC': ['PMingLiU', 'MingLiU', 'Microsoft JhengHei', 'PingFang TC'],
  'Noto Sans JP': ['MS Gothic', 'MS PGothic', 'MS Mincho', 'MS PMincho', 'Meiryo', 'Yu Gothic', 'Hiragino Sans'],
  'Noto Sans KR': ['Malgun Gothic', 'Batang', 'Gulim', 'Dotum', 'Apple SD Gothic Neo'],
  'Noto Color Emoji': ['Apple Color Emoji', 'Segoe UI Emoji', 'emoji'],
};

/**
 * Where no font was asked for that has a character, these are tried before emoji: ticks and arrows are text unless they are
 * followed by U+FE0F [Unicode emoji-data, Emoji_Presentation=No]. The font of mathematics has Arabic letters too, which it
 * does not join.
 */
const symbols = ['Noto Sans Arabic', 'Noto Sans Symbols 2', 'Noto Sans Math', 'Noto Sans Symbols'];

const generics = { 'sans-serif': 'Arimo', serif: 'Tinos', monospace: 'Cousine' };
/** Han characters that four regions share: without a `lang` the first one here decides their shape. */
const eastAsian = { 'zh-cn': 'Noto Sans SC', ja: 'Noto Sans JP', ko: 'Noto Sans KR', 'zh-tw': 'Noto Sans TC' };

/** fontconfig's configuration: our fonts and no others, whatever the machine has. */
export function fontConfiguration(folders: string[], cacheFolder: string): string {
  const families = (names: string[]) => names.map(name => `<family>${name}</family>`).join('');
  const aliases = Object.entries(standIns).flatMap(([ours, others]) =>
    others.map(other => `<alias binding="same">${families([other])}<prefer>${families([ours])}</prefer></alias>`),
  );
  const fallbacks = Object.entries(generics).map(
    ([generic, ours]) =>
      `<alias>${families([generic])}<prefer>${families([ours, ...Object.values(eastAsian)])}</prefer></alias>`,
  );
  const regions = Object.entries(eastAsian).map(
    ([language, family]) =>
      `<match target="pattern"><test name="lang" compare="contains"><string>${language}</string></test>` +
      `<edit name="family" mode="append_last" binding="strong"><string>${family}</string></edit></match>`,
  );
  const lastResort =
    `<match target="pattern"><edit name="family" mode="append_last" binding="same">` +
    `${symbols.map(name => `<string>${name}</string>`).join('')}</edit></match>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${folders.map(folder => `<dir>${folder}</dir>`).join('\n')}
<cachedir>${cacheFolder}</cachedir>
${[...aliases, ...regions, ...fallbacks, lastResort].join('\n')}
</fontconfig>
`;
}

/**
 * Writes the configuration under `home` and gives the folder for FONTCONFIG_PATH. fontconfig keeps its index beside
 * it, which spares later browsers a fifth of a second.
 */
export async function installFonts(home: string, moreFolders: string[]): Promise<string> {
  const folders = [...moreFolders, ...new Set(fontPaths().map(path => dirname(path)))];
  const name = createHash('sha256').update(fontConfiguration(folders, '')).digest('hex').slice(0, 12);
  const folder = join(home, `fontconfig-${name}`);
  const file = join(folder, 'fonts.conf');
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    const draft = join(folder, `.${process.pid}-${performance.now()}`);
    await writeFile(draft, fontConfiguration(folders, join(folder, 'cache')));
    await rename(draft, file);
  }
  return folder;
}
