/*
 * Uploads that a reload interrupted. A page cannot keep the file itself: the person chooses it again, and it goes on
 * where it stopped.
 */

const name = 'platen.uploads';

export interface UnfinishedUpload {
  uploadId: string;
  fileName: string;
  octets: number;
  lastModified: number;
}

export function unfinishedUploads(): UnfinishedUpload[] {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '[]');
  } catch {
    // written by another program
    return [];
  }
}

const keep = (uploads: UnfinishedUpload[]) => sessionStorage.setItem(name, JSON.stringify(uploads));

export function rememberUpload(uploadId: string, file: File): void {
  const { name: fileName, size: octets, lastModified } = file;
  keep([
    ...unfinishedUploads().filter(each => each.uploadId !== uploadId),
    { uploadId, fileName, octets, lastModified },
  ]);
}

export const forgetUpload = (uploadId: string) => keep(unfinishedUploads().filter(each => each.uploadId !== uploadId));

/** The upload that a file continues. */
export const unfinishedOf = ({ name: fileName, size, lastModified }: File) =>
  unfinishedUploads().find(
    each => each.fileName === fileName && each.octets === size && each.lastModified === lastModified,
  )?.uploadId;
