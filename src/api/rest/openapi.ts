import { z } from 'zod';
import { type Scope, scopes } from '../../access/ports.ts';
import { errorDictionary, type ErrorName, statusInPath } from '../../errors/error-dictionary.ts';
import { problemType } from '../http/error-response.ts';
import { errorSchema, problemSchema } from './envelopes.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

/** Makes the OpenAPI 3.1 description of the REST routes from the declarations that mount them. */
export function openapiDocument() {
  const schemas: Schemas = {};
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Ruangkerja Gateway',
      version: '1.0.0',
      description:
        'Creates and reads users, tags and the structure of a company. Success answers 200 with `data`, failure ' +
        'the number, name and sentence of the error dictionary at `/errors`, with a `Link` to the page of the ' +
        'number. Every answer carries `X-Request-Id`.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        accessToken: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The access token itself, or `Bearer` and the token.',
        },
        clientCredentials: {
          type: 'oauth2',
          description: 'Gets the token with the id and the secret of a client.',
          flows: {
            clientCredentials: {
              tokenUrl: '/oauth/token',
              scopes: Object.fromEntries(scopes.map((scope) => [scope, routesOf(scope)])),
            },
          },
        },
      },
    },
    security: [{ accessToken: [] }, { clientCredentials: [] }],
  };
}

/** Names the routes that need a scope. */
function routesOf(scope: Scope): string {
  const summaries = routes.filter((route) => route.scope === scope).map(({ summary }) => summary);
  return summaries.join(', ') || 'GraphQL only';
}

/** Prints the document as `openapi.json` keeps it. */
export const printedOpenapi = (): string => `${JSON.stringify(openapiDocument(), null, 2)}\n`;

/** Lists every error that a route answers: those of its checks and its own. */
export function errorsOf({ scope, body, refuses = [], notFound }: Route): { name: ErrorName; status: number }[] {
  const names: ErrorName[] = [
    ...refuses,
    ...(scope ? (['UNAUTHORIZED', 'FORBIDDEN', 'TOO_MANY_REQUESTS'] as const) : []),
    'NOT_ACCEPTABLE',
    ...(body ? (['BAD_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    'INTERNAL_ERROR',
    'SERVICE_UNAVAILABLE',
  ];
  const errors = [...new Set(names)].map((name) => ({ name, status: errorDictionary[name].httpStatus }));
  return notFound ? [...errors, { name: notFound, status: statusInPath(notFound) }] : errors;
}

function operationOf(route: Route, schemas: Schemas) {
  const { group, summary, description, scope, parameters = [], pathParameters = {}, body } = route;
  const input = ({ schema, example }: { schema: z.ZodType; example: unknown }) => ({
    schema: schemaOf(schema, schemas, 'input'),
    example,
  });
  return {
    tags: [group],
    operationId: operationId(route),
    summary,
    description: [description, scope && `Needs the scope \`${scope}\`.`].filter(Boolean).join(' ') || undefined,
    ...(scope ? {} : { security: [] }),
    parameters: [
      ...Object.entries(pathParameters).map(([name, { description, example }]) => ({
        in: 'path',
        name,
        required: true,
        description,
        schema: { type: 'string' },
        example,
      })),
      ...parameters.map(({ in: place, name, required = false, description, schema }) => ({
        in: place,
        name,
        required,
        description,
        schema: schemaOf(schema, schemas),
      })),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: {
          'application/json': input(body),
          ...(body.form && { 'application/x-www-form-urlencoded': input(body.form) }),
        },
      },
    }),
    responses: responsesOf(route, schemas),
  };
}

function operationId({ method, path }: Route): string {
  return [method.toLowerCase(), ...path.split(/\W+/).filter((word) => word && word !== 'ruangkerja')]
    .map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
}

interface Answer {
  status: number;
  name: string;
  schema: z.ZodType;
  example: unknown;
}

/** Describes the answers by HTTP status; each answer of a status is an example of its own. */
function responsesOf(route: Route, schemas: Schemas) {
  const failures = errorsOf(route).map(({ name, status }): Answer => {
    const { errorCode } = errorDictionary[name];
    return {
      status,
      name,
      schema: errorSchema,
      example: { errorCode, message: name, detail: sentenceOf(name, route) },
    };
  });
  const answers: Answer[] = [
    { status: 200, name: 'Success', schema: route.answer, example: route.example },
    ...failures,
    ...(route.otherAnswers ?? []),
  ];
  const statuses = [...new Set(answers.map(({ status }) => status))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const here = answers.filter((answer) => answer.status === status);
      const shapes = [...new Set(here.map(({ schema }) => schema))].map((schema) => schemaOf(schema, schemas));
      const examples = Object.fromEntries(here.map(({ name, example }) => [name, { value: example }]));
      const content = {
        'application/json': { schema: shapes.length === 1 ? shapes[0]! : { anyOf: shapes }, examples },
        ...(status >= 400 && { [problemType]: { schema: schemaOf(problemSchema, schemas) } }),
      };
      return [status, { description: here.map(({ name }) => name).join(', '), ...headersOf(status, route), content }];
    }),
  );
}

/** The sentence of an error in its example, where the dictionary's own is a general one. */
function sentenceOf(name: ErrorName, { scope, details = {} }: Route): string {
  const sentences: { [N in ErrorName]?: string } = {
    BAD_REQUEST: 'the body is not valid JSON',
    FORBIDDEN: `access token lacks the scope ${scope}`,
    PAYLOAD_TOO_LARGE: 'the body is larger than the limit of 1048576 bytes',
    TOO_MANY_REQUESTS: 'more than 6000 users in a minute, try again in 42 s',
    INTERNAL_ERROR: 'something went wrong here, request id 16bc9231-144b-4f80-bdd4-988f4cfaabe7',
    ...details,
  };
  return sentences[name] ?? errorDictionary[name].detail;
}

function headersOf(status: number, { parameters = [], body }: Route) {
  const isRepeatable = parameters.some(({ name }) => name === 'Idempotency-Key');
  const headers = {
    ...([401, 403].includes(status) && { 'WWW-Authenticate': { schema: { type: 'string' } } }),
    ...(([429, 503].includes(status) || (status === 409 && isRepeatable)) && {
      'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
    }),
    ...(status === 200 &&
      isRepeatable && {
        'Idempotent-Replayed': {
          description: 'There when the first result is answered again.',
          schema: { type: 'string', const: 'true' },
        },
      }),
    ...(status === 200 &&
      body && {
        'Ignored-Fields': {
          description:
            'Names of fields in the body that are unknown and were ignored, ten at most. Failures have it too.',
          schema: { type: 'string' },
        },
      }),
  };
  return Object.keys(headers).length > 0 && { headers };
}

type Schemas = Record<string, object>;

/**
 * Makes the JSON Schema 2020-12 of OpenAPI 3.1, which zod writes too. A schema with an id is added to `schemas` and
 * referred to.
 */
function schemaOf(schema: z.ZodType, schemas: Schemas, io: 'input' | 'output' = 'output'): object {
  // Answers may gain fields, and every reader knows that JavaScript's integers are safe up to 2⁵³.
  const isPrinted = (key: string, value: unknown) =>
    !['id', 'additionalProperties'].includes(key) && Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER;
  const printed = JSON.stringify(z.toJSONSchema(z.object({ schema }), { io }), (key, value) =>
    isPrinted(key, value) ? value : undefined,
  );
  const { $defs = {}, properties } = JSON.parse(printed.replaceAll('#/$defs/', '#/components/schemas/'));
  Object.assign(schemas, $defs);
  return properties.schema;
}
