import { contentDisposition } from '../../domain/content-disposition.ts';
import type { Download, OutputDownload } from '../../usecases/download.ts';
import type { HttpResponse } from '../contract.ts';
import { fileAddresses } from './addresses.ts';
import { json } from './envelopes.ts';
import { infoCall, infoOf } from './pdf-info.ts';

/** Files, given to whoever has their address. */

/** Documents are other people's: a browser must neither guess their type nor run them as pages of this service. */
const untrusted = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': 'sandbox',
  'cache-control': 'private, no-store',
};

export function downloaded(found: Download): HttpResponse {
  if ('url' in found) return { status: 302, headers: { ...untrusted, location: found.url }, body: '' };
  const isText = found.format.startsWith('text/') || found.format === 'application/json';
  const headers = {
    ...untrusted,
    'content-type': isText ? `${found.format}; charset=utf-8` : found.format,
    'content-disposition': contentDisposition(found.fileName),
  };
  return { status: 200, headers, body: found.bytes };
}

/** Several files are told as a JSON list of their addresses, and what a PDF says of itself in this dialect's words. */
export function downloadedOutput(origin: string, found: OutputDownload): HttpResponse {
  if ('files' in found) return json(fileAddresses(origin, found.job, found.files));
  const isInfo = found.job.properties.call === infoCall && 'bytes' in found;
  return isInfo ? json(infoOf(Buffer.from(found.bytes).toString())) : downloaded(found);
}
