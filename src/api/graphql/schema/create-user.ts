import { requireScope } from '../../../access/scope.ts';
import type { CreateUsers } from '../../../users/create-users.ts';
import { isImportKey } from '../../../users/idempotency.ts';
import type {
  CallOutcome,
  CreateUserOutcome,
  UpsertUserOutcome,
  UserAction,
  ValidOutcome,
} from '../../../users/outcome.ts';
import { noteOutcomes, noteRefusal } from '../../http/exchange.ts';
import { builder, type Context } from './builder.ts';
import { CreateUserInputRef, tagsIn } from './create-user-input.ts';
import type { Lengths } from './extensions.ts';
import { keyOfMutation } from './idempotency-key.ts';
import { PasswordDeliveryRef } from './password-delivery.ts';
import { errorType } from './problem.ts';
import { UserRef } from './user.ts';

type Created = Extract<CreateUserOutcome, { kind: 'created' }>;
/** An outcome that is shown as an error. */
export type Failed = Extract<CreateUserOutcome, { kind: 'refused' | 'unavailable' }>;

/** A user who was created. */
export const UserCreatedRef = builder.objectRef<Created>('UserCreated').implement({
  description: 'The user is stored, and the mail, if there is one, is queued.',
  fields: (t) => ({
    user: t.field({ type: UserRef, resolve: ({ user }) => user }),
    passwordDelivery: t.field({ type: PasswordDeliveryRef, resolve: ({ passwordDelivery }) => passwordDelivery }),
  }),
});

const UserActionRef = builder.enumType('UserAction', {
  description: 'What a call does with the user of an input.',
  values: {
    CREATE: { description: 'Creates the user.' },
    UPDATE: { description: 'Changes the user.' },
    NOTHING: { description: 'The user is as the input says.' },
  } satisfies Record<UserAction, object>,
});

/** A user as it would be. */
export const UserValidRef = builder.objectRef<ValidOutcome>('UserValid').implement({
  description:
    'Every check passed and nothing was written or mailed: a dry run, or a batch with ABORT that another user ' +
    'stopped. ' +
    'Fields are normalised.',
  fields: (t) => ({
    employeeID: t.string({ resolve: ({ fields }) => fields.employeeID }),
    name: t.string({ resolve: ({ fields }) => fields.name }),
    username: t.string({ nullable: true, resolve: ({ fields }) => fields.username }),
    email: t.string({ nullable: true, resolve: ({ fields }) => fields.email }),
    phone: t.string({
      nullable: true,
      description: 'Digits of E.164 without the plus.',
      resolve: ({ fields }) => fields.phone,
    }),
    passwordDelivery: t.field({
      type: PasswordDeliveryRef,
      description: 'How the user would learn the password.',
      resolve: ({ passwordDelivery }) => passwordDelivery,
    }),
    action: t.field({
      type: UserActionRef,
      description: 'What the real call would do.',
      resolve: ({ action }) => action,
    }),
    changed: t.stringList({
      description: 'Names of the input fields that would change; empty for CREATE.',
      resolve: ({ changed }) => [...changed],
    }),
  }),
});

const CreateUserErrorRef = errorType<Failed>(
  'CreateUserError',
  'Nothing was created. Number, name and sentence are those of the first problem: what the REST route answers.',
);

/** What became of one input: the union by the outcome's kind. */
export const CreateUserResultRef = builder.unionType('CreateUserResult', {
  description: 'The user, or every reason why there is none; in a dry run the user as it would be.',
  types: [UserCreatedRef, UserValidRef, CreateUserErrorRef],
  resolveType: ({ kind }) =>
    kind === 'created' ? UserCreatedRef : kind === 'valid' ? UserValidRef : CreateUserErrorRef,
});

/** The arguments that both mutations take. */
export const optionDescriptions = {
  dryRun:
    'Makes every check of the real call and neither writes nor mails anything; dry runs have ten times the rate ' +
    'limit, ' +
    'of their own.',
  idempotencyKey:
    '1 to 255 visible ASCII characters, kept for 24 hours for the client: the same request again gets the first ' +
    'result, ' +
    'another one 13101.',
};

builder.mutationField('createUser', (t) =>
  t.field({
    description: 'Creates one user in the company of the access token. Needs the scope `users:create`.',
    type: CreateUserResultRef,
    extensions: { sizes: { tags: ({ input }) => tagsIn(input) } } satisfies Lengths,
    args: {
      input: t.arg({ type: CreateUserInputRef, required: true }),
      dryRun: t.arg.boolean({ description: optionDescriptions.dryRun }),
      idempotencyKey: t.arg.string({ description: optionDescriptions.idempotencyKey }),
    },
    resolve: async (_, { input, ...options }, context, info) =>
      (await create(context, [input], { ...options, ...keyOfMutation(options, context, info) })).results[0]!,
  }),
);

/** Creates users for a mutation, and notes what became of them. */
export async function create(
  { caller, createUsers, exchange }: Context,
  inputs: Parameters<CreateUsers>[1],
  {
    dryRun,
    ...options
  }: { onError?: 'SKIP' | 'ABORT'; dryRun?: boolean | null | undefined; idempotencyKey?: string | null | undefined },
): Promise<{ results: CreateUserOutcome[]; replayed: boolean }> {
  const creator = requireScope(await caller(), 'users:create');
  exchange.isImport = isImportKey(options.idempotencyKey);
  const call = createUsers(creator, inputs, { ...options, dryRun: dryRun ?? false });
  const answer = resultsOf(await noteRefusal(exchange, inputs.length, call), inputs.length);
  noteOutcomes(exchange, answer.results, answer.replayed);
  return answer;
}

/** Returns the results of a call. A refusal of the whole call stands in each: the schema has no other place for it. */
export function resultsOf<Outcome>(
  outcome: CallOutcome<Outcome>,
  inputs: number,
): { results: (Outcome | Failed)[]; replayed: boolean } {
  if (outcome.kind === 'results') return outcome;
  const { problem } = outcome;
  const results = Array.from({ length: inputs }, (): Failed => ({ kind: 'refused', problems: [problem] }));
  return { results, replayed: false };
}

/** Whether an outcome is shown as an error. */
export function isFailed(outcome: UpsertUserOutcome): outcome is Failed {
  return outcome.kind === 'refused' || outcome.kind === 'unavailable';
}
