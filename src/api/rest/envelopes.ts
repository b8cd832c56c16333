import { z } from 'zod';
import { errorDictionary, type ErrorName } from '../../errors/error-dictionary.ts';

/** Describes the documented envelope of success around `data`. */
export function envelope<Data extends z.ZodType>(data: Data) {
  return z.object({ status: z.literal('success'), message: z.literal('Success'), data });
}

/** Puts `data` into the documented envelope of success. */
export function success<Data>(data: Data): { status: 'success'; message: 'Success'; data: Data } {
  return { status: 'success', message: 'Success', data };
}

/** Describes the documented envelope of a refusal. */
export const errorSchema = z
  .object({ errorCode: z.int(), message: z.string(), detail: z.string() })
  .meta({ id: 'Error' });

/** Describes a refusal for a client that names `application/problem+json` (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Address of the page that explains the error.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errorCode: z.int(),
    requestId: z.string(),
    problems: z.array(
      errorSchema.extend({ pointer: z.string().meta({ description: 'JSON Pointer of the field; empty for none.' }) }),
    ),
  })
  .meta({ id: 'ProblemDetails' });

/** What became of one item of a bulk call: a new serial, or the row of the dictionary that refuses it. */
export type BulkOutcome = { kind: 'created'; serial: string } | { kind: 'refused'; name: ErrorName; detail: string };

/** Describes the documented answer of a bulk call about items of one form. */
export function bulkEnvelope(payload: z.ZodType) {
  const failed = z.object({ error: errorSchema, payload });
  const succeeded = z.object({ payload, response: z.object({ serial: z.string() }) });
  return z.object({
    data: z.object({ failedItems: z.array(failed), successItems: z.array(succeeded) }),
    status: z.literal('success'),
    message: z.literal('success'),
  });
}

/** Puts the outcome of each item into the documented answer of a bulk call. */
export function bulkAnswer(items: readonly { payload: unknown; outcome: BulkOutcome }[]) {
  const data: z.output<ReturnType<typeof bulkEnvelope>>['data'] = { failedItems: [], successItems: [] };
  for (const { payload, outcome } of items) {
    if (outcome.kind === 'created') data.successItems.push({ payload, response: { serial: outcome.serial } });
    else {
      const { detail, name } = outcome;
      const { errorCode } = errorDictionary[name];
      data.failedItems.push({ error: { detail, errorCode, message: name }, payload });
    }
  }
  return { data, status: 'success', message: 'success' } as const;
}
