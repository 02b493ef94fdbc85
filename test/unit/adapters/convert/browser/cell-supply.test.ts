import { expect, test } from 'vitest';
import type { CellKind, OpenCell } from '../../../../../shared/adapters/convert/browser/cell.ts';
import { CellSupply } from '../../../../../shared/adapters/convert/browser/cell-supply.ts';

/** Cells without a browser, by the order in which they were opened. */
function supplyOf() {
  const opened: CellKind[] = [];
  const disposed: CellKind[] = [];
  const open = async (kind: CellKind) => {
    opened.push(kind);
    const generation = { retired: false };
    return { kind, generation, madeAt: performance.now(), dispose: async () => void disposed.push(kind) };
  };
  const supply = new CellSupply(open as unknown as (kind: CellKind) => Promise<OpenCell>, new AbortController().signal);
  return { supply, opened, disposed };
}

test('a job takes the cell of its kind that was made in advance', async () => {
  const { supply, opened } = supplyOf();
  supply.prepare('dark');
  supply.prepare('window');

  const cells = [await supply.take('window'), await supply.take('dark')];

  expect(cells.map(({ kind }) => kind)).toEqual(['window', 'dark']);
  expect(opened).toEqual(['dark', 'window']);
});

test('a job never gets a cell of the other kind', async () => {
  const { supply } = supplyOf();
  supply.prepare('dark');

  expect(await supply.take('window')).toMatchObject({ kind: 'window' });
});

test('a cell is used once, and one of each kind is made in advance', async () => {
  const { supply, opened } = supplyOf();
  supply.prepare('dark');
  supply.prepare('dark');

  const [first, second] = [await supply.take('dark'), await supply.take('dark')];

  expect(first).not.toBe(second);
  expect(opened).toEqual(['dark', 'dark']);
});

test('the cells that no job took are disposed of in the end', async () => {
  const { supply, disposed } = supplyOf();
  supply.prepare('dark');
  supply.prepare('window');
  await supply.take('window');

  await supply.close();

  expect(disposed).toEqual(['dark']);
});
