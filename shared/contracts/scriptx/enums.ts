/** The enums of the wire format, by name in lower case, with the vendor's numbers. */
export const contentTypes = { url: 1, html: 2, innerhtml: 4, string: 8 } as const;
export const booleanOptions = { default: 0, true: 1, false: 2 } as const;
export const duplexes = { default: 0, simplex: 1, vertical: 2, horizontal: 3 } as const;
export const orientations = { default: 0, landscape: 1, portrait: 2 } as const;
export const units = { default: 0, inches: 1, mm: 2 } as const;
export const printingPasses = { default: 0, all: 1, odd: 2, even: 3 } as const;
export const pageScalings = { undefined: -1, none: 0, fittopaper: 1, shrinklargepages: 2 } as const;
export const printQualities = { normal: 0, high: 1, lossless: 2 } as const;

export type Units = 'inches' | 'mm';

/** Millimetres per unit. */
export const millimetresIn: Record<Units, number> = { inches: 25.4, mm: 1 };

/** The default is inches, as in Internet Explorer. */
export const unitsOf = (value: number | undefined): Units => (value === units.mm ? 'mm' : 'inches');
