import { expect, it } from 'vitest';
import { bundleConsole } from '../../../console/bundle/bundle.ts';
import { consoleObjects } from '../../../scripts/upload-console.ts';

it('writes the page of the console last, after the files that it names and the address of the API', async () => {
  const objects = consoleObjects(await bundleConsole(), 'https://api.test');

  const keys = objects.map(({ Key }) => Key);
  expect(keys.at(-1)).toBe('console/index.html');
  const page = Buffer.from(objects.at(-1)?.Body as Uint8Array).toString();
  for (const [, name] of page.matchAll(/\/console\/([\w-]+\.\w+)/g)) expect(keys).toContain(`console/${name}`);
  expect(objects.find(({ Key }) => Key === 'console/config.json')).toMatchObject({
    Body: '{"api":"https://api.test"}',
    CacheControl: 'no-cache',
  });
  expect(objects.find(({ Key }) => Key?.endsWith('.js'))?.CacheControl).toContain('immutable');
});
