import { describe, expect, it } from 'vitest';
import { checkUnpackedSize } from '../../../scripts/build.ts';

describe('the size of a function', () => {
  it('may be what the functions have today', () => {
    expect(() => checkUnpackedSize('render', 204_000_000)).not.toThrow();
  });

  it('may not come near the limit of Lambda', () => {
    expect(() => checkUnpackedSize('render', 240_000_000)).toThrow(/render has 240 MB .* container image/);
  });
});
