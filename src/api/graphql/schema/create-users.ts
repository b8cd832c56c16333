import { requireScope } from '../../../access/scope.ts';
import { batchLimit, type CreateUserOutcome, type CreateUsers } from '../../../users/create-users.ts';
import { errorDictionary } from '../../../errors/error-dictionary.ts';
import { builder, type Context } from './builder.ts';
import { badInput } from '../server/errors.ts';
import { errorType } from './problem.ts';
import { PasswordDeliveryRef, UserRef } from './user.ts';

type Created = Extract<CreateUserOutcome, { user: unknown }>;
/** Outcomes but those of an import. */
type Answer = Exclude<CreateUserOutcome, { imported: true }>;
type Valid = Extract<CreateUserOutcome, { valid: unknown }>;
type Refused = Extract<CreateUserOutcome, { problems: unknown }>;

const CreateUserInputRef = builder.inputType('CreateUserInput', {
  description: 'A user to create. Empty covers absent, null, "" and only spaces, for every field but the password.',
  fields: (t) => ({
    employeeID: t.string({
      required: true,
      description: 'Letters a-z A-Z and digits 0-9, at most 64; unique in the company without regard to case.',
    }),
    name: t.string({ required: true, description: 'At most 200 characters, no control characters.' }),
    username: t.string({
      description:
        'What the user signs in with: letters and digits, at most 64; unique in the company without regard to case.',
    }),
    email: t.string({ description: 'Required if phone is empty. The password is mailed to it.' }),
    phone: t.string({
      description:
        'Required if email is empty. International, or national of the configured country; kept as digits of E.164 without the plus.',
    }),
    password: t.string({
      description:
        '8 to 128 characters, never trimmed; when absent, null or "" a random one is made. Mailed to the user.',
    }),
    isActive: t.boolean({
      required: true,
      description: 'Status of the user. An inactive user is mailed all the same.',
    }),
    tagSerials: t.stringList({ description: 'Serials of existing tags, at most 100; a repeated one counts once.' }),
    organizationSerial: t.string({ description: 'Serial of an existing, active organization.' }),
  }),
});

const UserCreatedRef = builder.objectRef<Created>('UserCreated').implement({
  description: 'The user is stored, and the mail, if there is one, is queued.',
  fields: (t) => ({
    user: t.field({ type: UserRef, resolve: ({ user }) => user }),
    passwordDelivery: t.field({ type: PasswordDeliveryRef, resolve: ({ passwordDelivery }) => passwordDelivery }),
  }),
});

const UserValidRef = builder.objectRef<Valid>('UserValid').implement({
  description:
    'Every check passed and nothing was written or mailed: a dry run, or a batch with ABORT that another user stopped. Fields are normalised.',
  fields: (t) => ({
    employeeID: t.string({ resolve: ({ valid }) => valid.employeeID }),
    name: t.string({ resolve: ({ valid }) => valid.name }),
    username: t.string({ nullable: true, resolve: ({ valid }) => valid.username }),
    email: t.string({ nullable: true, resolve: ({ valid }) => valid.email }),
    phone: t.string({
      nullable: true,
      description: 'Digits of E.164 without the plus.',
      resolve: ({ valid }) => valid.phone,
    }),
    passwordDelivery: t.field({
      type: PasswordDeliveryRef,
      description: 'How the user would learn the password.',
      resolve: ({ passwordDelivery }) => passwordDelivery,
    }),
  }),
});

const CreateUserErrorRef = errorType<Refused>(
  'CreateUserError',
  'Nothing was created. Number, name and sentence are those of the first problem: what the REST route answers.',
);

const CreateUserResultRef = builder.unionType('CreateUserResult', {
  description: 'The user, or every reason why there is none; in a dry run the user as it would be.',
  types: [UserCreatedRef, UserValidRef, CreateUserErrorRef],
  resolveType: (outcome) =>
    'user' in outcome ? UserCreatedRef : 'valid' in outcome ? UserValidRef : CreateUserErrorRef,
});

const OnErrorRef = builder.enumType('OnError', {
  description: 'What a batch does with its good users when another one is refused.',
  values: { SKIP: { description: 'Creates them.' }, ABORT: { description: 'Creates all or none.' } },
});

const CreateUsersResultRef = builder
  .objectRef<{ results: Answer[]; replayed: boolean }>('CreateUsersResult')
  .implement({
    description: 'What became of each user of a batch.',
    fields: (t) => ({
      results: t.field({
        type: [CreateUserResultRef],
        description: 'One for each input, in order.',
        resolve: ({ results }) => results,
      }),
      createdCount: t.int({ resolve: ({ results }) => results.filter((result) => 'user' in result).length }),
      validCount: t.int({
        description: 'Passed every check and were not written.',
        resolve: ({ results }) => results.filter((result) => 'valid' in result).length,
      }),
      errorCount: t.int({ resolve: ({ results }) => results.filter((result) => 'problems' in result).length }),
      replayed: t.exposeBoolean('replayed', {
        description: 'The idempotency key was known: these are the results of its first request.',
      }),
    }),
  });

const dryRunDescription =
  'Makes every check of the real call and neither writes nor mails anything; does not count in the rate limit.';
const keyDescription =
  '1 to 255 visible ASCII characters, kept for 24 hours for the client: the same request again gets the first result, another one 13101.';

builder.mutationField('createUser', (t) =>
  t.field({
    description: 'Creates one user in the company of the access token. Needs the scope `users:create`.',
    type: CreateUserResultRef,
    args: {
      input: t.arg({ type: CreateUserInputRef, required: true }),
      dryRun: t.arg.boolean({ description: dryRunDescription }),
      idempotencyKey: t.arg.string({ description: keyDescription }),
    },
    resolve: async (_, { input, ...options }, context) => (await create(context, [input], options)).results[0]!,
  }),
);

builder.mutationField('createUsers', (t) =>
  t.field({
    description: `Creates up to ${batchLimit} users in the company of the access token, as if one after the other. Needs the scope \`users:create\`.`,
    type: CreateUsersResultRef,
    args: {
      inputs: t.arg({ type: [CreateUserInputRef], required: true }),
      onError: t.arg({ type: OnErrorRef, required: true, defaultValue: 'SKIP' }),
      dryRun: t.arg.boolean({ description: dryRunDescription }),
      idempotencyKey: t.arg.string({ description: keyDescription }),
    },
    resolve: (_, { inputs, ...options }, context) => {
      if (inputs.length === 0 || inputs.length > batchLimit)
        throw badInput(`inputs must be a list of 1 to ${batchLimit} users`);
      return create(context, inputs, options);
    },
  }),
);

async function create(
  { caller, createUsers, exchange }: Context,
  inputs: Parameters<CreateUsers>[1],
  {
    dryRun,
    ...options
  }: { onError?: 'SKIP' | 'ABORT'; dryRun?: boolean | null | undefined; idempotencyKey?: string | null | undefined },
): Promise<{ results: Answer[]; replayed: boolean }> {
  const { results, replayed } = await createUsers(requireScope(await caller(), 'users:create'), inputs, {
    ...options,
    dryRun: dryRun ?? false,
  });
  const refused = results.find((result) => 'problems' in result);
  if (refused) exchange.errorCode ??= errorDictionary[refused.problems[0].name].errorCode;
  return { results: results as Answer[], replayed };
}
