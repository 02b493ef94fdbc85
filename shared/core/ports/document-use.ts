import type { JobId } from '../domain/ids.ts';

/** Documents whose last job ended long ago. */
export interface UnusedDocuments {
  keys: string[];
  /** all documents whose last job was over by then were handed out; milliseconds since 1970 */
  until: number;
  /** Records that these documents are deleted. Without it they are handed out again. */
  done(): Promise<void>;
}

/**
 * Which jobs use which stored document. On one machine the database knows by itself, and deletes documents with everything
 * else that expires: there, both methods do nothing.
 */
export interface DocumentUse {
  /** Records that these jobs use a document that other jobs may use too. Before they do. Repeats change nothing. */
  share(key: string, jobs: JobId[]): Promise<void>;
  /** Documents of which all jobs have been over since `before` or longer, in batches, about in the order of the ends. */
  unused(before: number): AsyncIterable<UnusedDocuments>;
}
