import { styleText } from 'node:util';
import type { DemoDetails } from './demo.ts';

/**
 * Returns what development prints at every start: plain text, bold only on a terminal, or one JSON value.
 * @param base the address of the gateway
 * @param demo null when every code of the demo company is taken
 */
export function banner(base: string, demo: DemoDetails | null, json: boolean): string {
  const places = {
    graphiql: `${base}/graphql`,
    rest: `${base}/ruangkerja/users`,
    mailbox: `${base}/dev/mails`,
    errorDictionary: `${base}/errors`,
  };
  const curl = demo && documentedCall(places.rest, demo.accessToken);
  if (json) return `${JSON.stringify({ ...places, ...demo, curl })}\n`;

  const title = (text: string): string => (process.stdout.isTTY ? styleText('bold', text) : text);
  const client = demo
    ? `  Company           ${demo.company}
  Client ID         ${demo.clientID}
  Client secret     ${demo.clientSecret}
  Access token      ${demo.accessToken}

${title('Create a user')} (the second time this answers 10101, the employee ID is taken)

${curl}
`
    : `  No demo data: other companies of this database have its codes. Create a client with
  npx gateway client create --company CODE --name NAME --scope "users:create users:read"
`;
  return `
${title('Ruangkerja Gateway')} (development)

  GraphiQL          ${places.graphiql}
  REST              ${places.rest}
  Mailbox           ${places.mailbox}
  Error dictionary  ${places.errorDictionary}
${client}
`;
}

/** Returns the call of the public documentation, for this host and token. */
export function documentedCall(url: string, accessToken: string): string {
  return `curl --location --request POST '${url}' \\
--header 'Authorization: ${accessToken}' \\
--header 'Accept: application/json' \\
--header 'Content-Type: application/json' \\
--data-raw '{
"employeeID": "EMPLY001",
"name": "John Doe",
"username": null,
"email": "john.doe@example.com",
"phone": "6281122334455",
"password": null,
"isActive": true,
"tagSerials": ["RUKRTAG-9WHL0JGP"],
"organizationSerial": "COMPFJLYTHWL"
}'`;
}
