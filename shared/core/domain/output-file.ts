/*
 * An output of several files. The job's document is a JSON list of the files, and the files are stored under its key:
 * the list may have any length, and the list alone gives access to the files.
 */

export interface OutputFile {
  name: string;
  octets: number;
  /** media type */
  format: string;
}

/** `index` counts from 0. */
export const outputFileKey = (listKey: string, index: number) => `${listKey}/${index}`;
export const outputFilesPrefix = (listKey: string) => `${listKey}/`;

export const outputList = (files: OutputFile[]) => Buffer.from(JSON.stringify(files));
export const parseOutputList = (text: string) => JSON.parse(text) as OutputFile[];
