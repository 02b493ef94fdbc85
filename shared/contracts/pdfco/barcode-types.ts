import { PrintError } from '../../core/domain/errors.ts';

/** The vendor's names of barcode types, and the names of the BWIPP library that draws them. */
const symbologies: Record<string, string> = {
  Aztec: 'azteccode',
  Codabar: 'rationalizedCodabar',
  Code11: 'code11',
  Code39: 'code39',
  Code39Extended: 'code39ext',
  Code93: 'code93',
  Code93Extended: 'code93ext',
  Code128: 'code128',
  DataMatrix: 'datamatrix',
  EAN2: 'ean2',
  EAN5: 'ean5',
  EAN8: 'ean8',
  EAN13: 'ean13',
  GS1_128: 'gs1-128',
  GS1DataMatrix: 'gs1datamatrix',
  GTIN12: 'upca',
  GTIN13: 'ean13',
  GTIN14: 'itf14',
  I2of5: 'interleaved2of5',
  IntelligentMail: 'onecode',
  ISBN: 'isbn',
  ITF14: 'itf14',
  KIX: 'kix',
  MaxiCode: 'maxicode',
  MicroPDF: 'micropdf417',
  MicroQR: 'microqrcode',
  MSI: 'msi',
  PDF417: 'pdf417',
  PharmaCode: 'pharmacode',
  Planet: 'planet',
  POSTNET: 'postnet',
  PZN: 'pzn',
  QRCode: 'qrcode',
  RoyalMail: 'royalmail',
  UPCA: 'upca',
  UPCE: 'upce',
};

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
const byPlainName = new Map(Object.entries(symbologies).map(([name, symbology]) => [plain(name), symbology]));

/** Accepts any letter case, and ignores spaces, hyphens and underscores. Throws `bad-value`. */
export function symbologyOf(type: string): string {
  const found = byPlainName.get(plain(type));
  if (found) return found;
  throw new PrintError('bad-value', `The barcode type must be one of ${Object.keys(symbologies).join(', ')}.`);
}
