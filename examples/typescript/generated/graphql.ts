/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** A user to create, or as it is to be. Empty covers absent, null, "" and only spaces, for every field but the password. */
export type CreateUserInput = {
  /** Required if phone is empty. The password is mailed to it. */
  email?: string | null | undefined;
  /** Letters a-z A-Z and digits 0-9, at most 64; unique in the company without regard to case. */
  employeeID: string;
  /** Status of the user. An inactive user is mailed all the same. */
  isActive: boolean;
  /** At most 200 characters, no control characters. */
  name: string;
  /** Serial of an existing, active organization. */
  organizationSerial?: string | null | undefined;
  /** 8 to 128 characters, never trimmed; when absent, null or "" a random one is made. Mailed to the user. */
  password?: string | null | undefined;
  /** Required if email is empty. International, or national of the configured country; kept as digits of E.164 without the plus. */
  phone?: string | null | undefined;
  /** Serials of existing tags, at most 100; a repeated one counts once. */
  tagSerials?: Array<string> | null | undefined;
  /** What the user signs in with: letters and digits, at most 64; unique in the company without regard to case. */
  username?: string | null | undefined;
};

/** How the user learns the password. */
export type PasswordDelivery =
  /** A mail with the password is queued; it was written by the transaction that stored the password. */
  | 'EMAIL'
  /** The user has no email: nobody is told, a password must be set later. */
  | 'NONE';

export type CreateUserMutationVariables = Exact<{
  input: CreateUserInput;
  key: string;
}>;


export type CreateUserMutation = { createUser:
    | { problems: Array<{ errorCode: number, detail: string, path: Array<string> }> }
    | { passwordDelivery: PasswordDelivery, user: { serial: string } }
    | Record<PropertyKey, never>
   };

export type UpsertUsersMutationVariables = Exact<{
  inputs: Array<CreateUserInput> | CreateUserInput;
  key: string;
}>;


export type UpsertUsersMutation = { upsertUsers: { createdCount: number, updatedCount: number, unchangedCount: number, errorCount: number } };


export const CreateUserDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateUser"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateUserInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createUser"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UserCreated"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"user"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"serial"}}]}},{"kind":"Field","name":{"kind":"Name","value":"passwordDelivery"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreateUserError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errorCode"}},{"kind":"Field","name":{"kind":"Name","value":"detail"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]}}]}}]}}]} as unknown as DocumentNode<CreateUserMutation, CreateUserMutationVariables>;
export const UpsertUsersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UpsertUsers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"inputs"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateUserInput"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"upsertUsers"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"inputs"},"value":{"kind":"Variable","name":{"kind":"Name","value":"inputs"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createdCount"}},{"kind":"Field","name":{"kind":"Name","value":"updatedCount"}},{"kind":"Field","name":{"kind":"Name","value":"unchangedCount"}},{"kind":"Field","name":{"kind":"Name","value":"errorCount"}}]}}]}}]} as unknown as DocumentNode<UpsertUsersMutation, UpsertUsersMutationVariables>;