import { extensionOf, sniffFormat } from '../../core/domain/document.ts';
import { PrintError } from '../../core/domain/errors.ts';
import { decodeBase64 } from '../base64.ts';
import type { HttpRequest } from '../contract.ts';
import { call } from '../use-cases.ts';
import { ownAddress } from './addresses.ts';
import { askedName } from './file-names.ts';
import { parametersOf } from './parameters.ts';
import { deleted, kept } from './responses.ts';

/** Uploads of files as input for other calls. */

const [defaultSeconds, longestSeconds] = [15 * 60, 60 * 60];

/** A form with the field `file`. */
export function upload(request: HttpRequest) {
  const parameters = parametersOf(request);
  const file = parameters.file('file');
  if (!file) throw new PrintError('bad-request', 'The form has no file in its field "file".');
  const name = askedName(parameters.text('name') ?? file.fileName, '') ?? 'file';
  return call.keepFile({ bytes: file.bytes, name }, result => kept(request.origin, result));
}

/** A data URI, or bare base64. */
export function uploadBase64(request: HttpRequest) {
  const parameters = parametersOf(request);
  const file = parameters.requiredText('file');
  const [, media, data] = /^\s*data:([^,]*),(.*)$/s.exec(file) ?? [];
  if (media !== undefined && !/;\s*base64\s*$/i.test(media)) {
    throw new PrintError('bad-value', 'The data URI in the parameter "file" must be in base64.');
  }
  // forms decode `+` as a space
  const bytes = decodeBase64((data ?? file).trim().replaceAll(' ', '+'), 'The parameter "file"');
  const extension = extensionOf(sniffFormat(bytes));
  const name = askedName(parameters.text('name'), extension) ?? (extension ? `file.${extension}` : 'file');
  return call.keepFile({ bytes, name }, result => kept(request.origin, result));
}

export function presignedUpload(request: HttpRequest) {
  const parameters = parametersOf(request);
  const seconds = parameters.number('timeout') ?? defaultSeconds;
  const named = {
    name: askedName(parameters.text('name'), '') ?? 'file',
    seconds: Math.min(Math.max(Math.floor(seconds), 1), longestSeconds),
  };
  return call.openFile(named, result => kept(request.origin, result));
}

export function deleteFile(request: HttpRequest) {
  const parameters = parametersOf(request);
  const url = parameters.text('url') ?? parameters.requiredText('file');
  return call.deleteFile({ address: ownAddress(url, request.origin) }, deleted);
}
