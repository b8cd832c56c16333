import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/**
 * A mail server that accepts everything at once; tells its port to the one that started it, and then, when asked, how
 * many mails it has.
 */
let accepted = 0;
const server = new SMTPServer({
  authOptional: true,
  logger: false,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onData(stream, _, done) {
    stream.resume().on('end', () => {
      accepted++;
      done();
    });
  },
});
process.on('message', () => process.send!(accepted));
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.server.address() as AddressInfo).port }));
