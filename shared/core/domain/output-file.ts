/*
 * An output of several files: the job's document is their list, as JSON, and the files stand under its key. So the
 * list may be as long as it likes, and whoever has the list has the files.
 */

export interface OutputFile {
  name: string;
  octets: number;
  /** media type */
  format: string;
}

/** Files are counted from 0. */
export const outputFileKey = (listKey: string, index: number) => `${listKey}/${index}`;
export const outputFilesPrefix = (listKey: string) => `${listKey}/`;

export const outputList = (files: OutputFile[]) => Buffer.from(JSON.stringify(files));
export const parseOutputList = (text: string) => JSON.parse(text) as OutputFile[];
