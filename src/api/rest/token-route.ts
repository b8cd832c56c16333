import { z } from 'zod';
import { route } from './route.ts';

const formAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.string(),
});
/** RFC 6749 section 5.2. */
const formError = z.object({ error: z.string(), error_description: z.string() }).meta({ id: 'OAuthError' });

/** Answers the token call, which `token.ts` makes. */
export const tokenRoute = route({
  method: 'POST',
  path: '/oauth/token',
  group: 'Authentication',
  scope: null,
  summary: 'Get an access token',
  description:
    'The content type decides the dialect: JSON is the documented one; a form is RFC 6749 with Basic or body ' +
    'credentials, ' +
    'its own answer and its own errors.',
  body: {
    schema: z.object({ clientID: z.string(), clientSecret: z.string(), grantType: z.literal('client_credentials') }),
    example: {
      clientID: '8f0c6c2d9a0b4f3e8d1c2b3a49586776',
      clientSecret: 'the secret that was shown once',
      grantType: 'client_credentials',
    },
    form: {
      schema: z.object({
        grant_type: z.literal('client_credentials'),
        client_id: z.string().optional(),
        client_secret: z.string().optional(),
        scope: z.string().optional(),
      }),
      example: {
        grant_type: 'client_credentials',
        client_id: '8f0c6c2d9a0b4f3e8d1c2b3a49586776',
        client_secret: 'the secret that was shown once',
      },
    },
  },
  answer: z.object({
    status: z.literal('success'),
    message: z.literal('success'),
    data: z.object({
      accessToken: z.string(),
      expiresIn: z.string().meta({ description: 'Seconds.' }),
      tokenType: z.literal('bearer'),
    }),
  }),
  example: {
    status: 'success',
    message: 'success',
    data: { accessToken: '7tHv3mD0bTn5X1kq9J2c8LwYpRzAeGfUsQoViB4nC6E', expiresIn: '43199', tokenType: 'bearer' },
  },
  refuses: ['TOO_MANY_REQUESTS'],
  details: {
    BAD_REQUEST: 'Credentials does not match in our records',
    TOO_MANY_REQUESTS: 'more than 10 failed token calls in a minute, try again in 42 s',
  },
  otherAnswers: [
    {
      status: 200,
      name: 'form',
      schema: formAnswer,
      example: {
        access_token: '7tHv3mD0bTn5X1kq9J2c8LwYpRzAeGfUsQoViB4nC6E',
        token_type: 'Bearer',
        expires_in: 43_199,
        scope: 'users:create users:read',
      },
    },
    {
      status: 400,
      name: 'unsupported_grant_type',
      schema: formError,
      example: { error: 'unsupported_grant_type', error_description: 'grant_type must be client_credentials' },
    },
    {
      status: 401,
      name: 'invalid_client',
      schema: formError,
      example: { error: 'invalid_client', error_description: 'client credentials are unknown' },
    },
  ],
  async handle(c, { tokenCall }) {
    const authorization = c.req.header('authorization') ?? null;
    const answer = await tokenCall({ body: c.get('body'), authorization, exchange: c.env });
    if (!answer.ok) c.env.errorCode = answer.status;
    return answer;
  },
});
