import { requireScope } from '../../access/scope.ts';
import type { CreateUserOutcome } from '../../users/create-user.ts';
import { errorDictionary } from '../../users/error-dictionary.ts';
import type { Problem } from '../../users/fields.ts';
import { builder } from './builder.ts';
import { ErrorNameRef } from './error-dictionary.ts';
import { UserRef } from './user.ts';

type Created = Extract<CreateUserOutcome, { user: unknown }>;
type Refused = Extract<CreateUserOutcome, { problems: unknown }>;

const CreateUserInputRef = builder.inputType('CreateUserInput', {
  description: 'A user to create. Empty covers absent, null, "" and only spaces, for every field but the password.',
  fields: (t) => ({
    employeeID: t.string({ required: true, description: 'Letters a-z A-Z and digits 0-9, at most 64; unique in the company without regard to case.' }),
    name: t.string({ required: true, description: 'At most 200 characters, no control characters.' }),
    username: t.string({ description: 'What the user signs in with: letters and digits, at most 64; unique in the company without regard to case.' }),
    email: t.string({ description: 'Required if phone is empty. The password is mailed to it.' }),
    phone: t.string({ description: 'Required if email is empty. International, or national of the configured country; kept as digits of E.164 without the plus.' }),
    password: t.string({ description: '8 to 128 characters, never trimmed; when absent, null or "" a random one is made. Mailed to the user.' }),
    isActive: t.boolean({ required: true, description: 'Status of the user. An inactive user is mailed all the same.' }),
    tagSerials: t.stringList({ description: 'Serials of existing tags, at most 100; a repeated one counts once.' }),
    organizationSerial: t.string({ description: 'Serial of an existing, active organization.' }),
  }),
});

const PasswordDeliveryRef = builder.enumType('PasswordDelivery', {
  description: 'How the user learns the password.',
  values: {
    EMAIL: { description: 'A mail with the password is queued; it was written by the transaction that created the user.' },
    NONE: { description: 'The user has no email: nobody is told, a password must be set later.' },
  },
});

const ProblemRef = builder.objectRef<Problem>('Problem').implement({
  description: 'One broken rule.',
  fields: (t) => ({
    errorCode: t.int({ resolve: ({ name }) => errorDictionary[name].errorCode }),
    message: t.expose('name', { type: ErrorNameRef }),
    detail: t.exposeString('detail'),
    path: t.exposeStringList('path', { description: 'The input field, e.g. ["tagSerials", "1"].' }),
  }),
});

const UserCreatedRef = builder.objectRef<Created>('UserCreated').implement({
  description: 'The user is stored, and the mail, if there is one, is queued.',
  fields: (t) => ({
    user: t.field({ type: UserRef, resolve: ({ user }) => user }),
    passwordDelivery: t.field({ type: PasswordDeliveryRef, resolve: ({ passwordDelivery }) => passwordDelivery }),
  }),
});

const CreateUserErrorRef = builder.objectRef<Refused>('CreateUserError').implement({
  description: 'Nothing was created. Number, name and sentence are those of the first problem: what the REST route answers.',
  fields: (t) => ({
    errorCode: t.int({ resolve: ({ problems: [first] }) => errorDictionary[first.name].errorCode }),
    message: t.field({ type: ErrorNameRef, resolve: ({ problems: [first] }) => first.name }),
    detail: t.string({ resolve: ({ problems: [first] }) => first.detail }),
    problems: t.field({
      type: [ProblemRef],
      description: 'Every problem found: required and format problems in the order of the input, then what is taken, then unknown references.',
      resolve: ({ problems }) => problems,
    }),
  }),
});

const CreateUserResultRef = builder.unionType('CreateUserResult', {
  description: 'Either the user or every reason why there is none.',
  types: [UserCreatedRef, CreateUserErrorRef],
  resolveType: (outcome) => ('user' in outcome ? UserCreatedRef : CreateUserErrorRef),
});

builder.mutationField('createUser', (t) =>
  t.field({
    description: 'Creates one user in the company of the access token. Needs the scope `users:create`.',
    type: CreateUserResultRef,
    args: { input: t.arg({ type: CreateUserInputRef, required: true }) },
    resolve: async (_, { input }, { caller, createUser, exchange }) => {
      const outcome = await createUser(requireScope(await caller(), 'users:create'), input);
      if ('problems' in outcome) exchange.errorCode ??= errorDictionary[outcome.problems[0].name].errorCode;
      return outcome;
    },
  }),
);
