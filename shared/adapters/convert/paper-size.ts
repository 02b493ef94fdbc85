import type { Size } from '../../core/domain/conversion.ts';

export type { Margins, Size } from '../../core/domain/conversion.ts';

/** Portrait is taller than wide, landscape wider than tall, whatever way the paper was named. */
export function orient(size: Size, orientation: 'portrait' | 'landscape'): Size {
  const [short, long] = [size.width, size.height].sort((a, b) => a - b) as [number, number];
  return orientation === 'portrait' ? { width: short, height: long } : { width: long, height: short };
}
