import { registerHooks } from 'node:module';

/** Changes the text of a module, named by the end of its address, when this process loads it. */
export function replaceInSource(file: string, text: string, replacement: string): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(text)) throw new Error(`${url} does not contain ${text}`);
      return { ...loaded, source: source.replace(text, replacement) };
    },
  });
}
