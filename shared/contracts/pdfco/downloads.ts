import type { OutputDownload } from '../../core/usecases/documents/download.ts';
import type { HttpRequest, HttpResponse } from '../contract.ts';
import { downloaded } from '../downloads.ts';
import { fileAddresses } from './addresses.ts';
import { json } from './envelopes.ts';
import { infoCall, infoOf } from './pdf-info.ts';

/** Downloads. The address is the only credential. */

/** Several files are returned as a JSON list of their addresses, and PDF information in this dialect's names. */
export function downloadedOutput(request: HttpRequest, found: OutputDownload): HttpResponse {
  if ('files' in found) return json(fileAddresses(request.origin, found.job, found.files));
  const isInfo = found.job.properties.call === infoCall && 'bytes' in found;
  return isInfo ? json(infoOf(Buffer.from(found.bytes).toString())) : downloaded(request, found);
}
