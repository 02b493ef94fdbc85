import * as z from 'zod/mini';
import type { Conversion } from '../core/domain/conversion.ts';
import { printErrorCodes } from '../core/domain/errors.ts';

/*
 * How `prepare` and `preview` have a document made by the function `render`, which has no rights: everything that it reads
 * and writes is in presigned addresses, or in the request and its answer. What it answers is checked by a schema, since it handles hostile content and may itself have
 * been taken over.
 */

export interface RenderRequest {
  /** whose document it is: environments keep companies apart by processes */
  companyId: string;
  /** the conversion, or where to read it as JSON */
  conversion: Conversion | string;
  /** where to read each source of the conversion; null for those that are addresses themselves */
  sources: (string | null)[];
  /** where to put all files of the result, one after the other; null: into the answer */
  output: string | null;
}

/** What is made is held in memory before it is stored. */
export const outputOctetsAtMost = 512 * 1024 * 1024;

/** In base64 it fits into the answer of a function, with what else is in it [AWS Lambda quotas: 6 MB]. */
export const inlineOctetsAtMost = 4_300_000;

const sentence = z.string().check(z.maxLength(4000));
const octets = z.int().check(z.minimum(0), z.maximum(outputOctetsAtMost));

const made = z.object({
  /** one document has no suffix */
  files: z
    .array(z.object({ octets, suffix: z.optional(z.string().check(z.maxLength(100))) }))
    .check(z.maxLength(10_000)),
  /** all files, one after the other, in base64 */
  content: z.optional(z.base64().check(z.maxLength(Math.ceil(inlineOctetsAtMost / 3) * 4))),
  pageCount: z.optional(z.int()),
  warnings: z.array(sentence).check(z.maxLength(200)),
});

const refused = z.object({ code: z.enum(printErrorCodes), message: sentence });

const answer = z.union([made, refused]);

export type RenderAnswer = z.output<typeof answer>;

/** Undefined for an invalid answer. */
export const readRenderAnswer = (value: unknown): RenderAnswer | undefined => answer.safeParse(value).data;
