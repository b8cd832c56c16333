import SMTPConnection from 'nodemailer/lib/smtp-connection';

/**
 * How long a connection waits for the next mail. Servers close idle ones after minutes, some proxies after seconds; and
 * what is above a share that has become smaller is closed before another process uses it (outbox/share.ts).
 */
const idleMs = 1_500;
/** Postfix and others refuse more than some hundred mails over one connection. */
const maxMails = 100;

/** Follows the conversation of a connection. */
export type Follower = (entry: { tnx?: string }, line: string) => void;

/** A connection to the mail server, for one mail after the other. */
export interface Connection {
  readonly smtp: SMTPConnection;
  /** Follows the conversation about the mail that is on it. */
  follow: Follower;
  mails: number;
}

/** The connections of a process. */
export interface Connections {
  /** Takes the connection that was used last; undefined when none is idle. */
  reuse(): Connection | undefined;
  /** Makes a connection that is still to be connected. */
  open(): Connection;
  /** Keeps a connection whose mail was accepted for the next mail, or closes it after enough. */
  keep(connection: Connection): void;
  /** Closes a connection at once, in any phase. */
  drop(connection: Connection): void;
  /** Closes the idle ones; what is kept from now on is closed too. */
  close(): void;
}

const nobody: Follower = () => undefined;

/**
 * Makes the connections to one mail server. There are never more than mails in flight: an idle one is always used
 * before another is opened.
 */
export function makeConnections(options: SMTPConnection.Options): Connections {
  const idle = new Map<Connection, NodeJS.Timeout>();
  let closed = false;

  function drop(connection: Connection): void {
    clearTimeout(idle.get(connection));
    idle.delete(connection);
    connection.smtp.close();
  }

  return {
    reuse() {
      const connection = [...idle.keys()].at(-1);
      if (!connection) return undefined;
      clearTimeout(idle.get(connection));
      idle.delete(connection);
      return connection;
    },
    open() {
      const logger = { debug: (entry: { tnx?: string }, line: string) => connection.follow(entry, line) };
      const smtp = new SMTPConnection({ ...options, logger, transactionLog: true });
      const connection: Connection = { smtp, follow: nobody, mails: 0 };
      // The server may end it while nobody listens.
      smtp.on('error', () => drop(connection)).on('end', () => drop(connection));
      return connection;
    },
    keep(connection) {
      connection.follow = nobody;
      connection.mails++;
      if (closed || connection.mails >= maxMails || connection.smtp.destroyed) return drop(connection);
      idle.set(
        connection,
        setTimeout(() => drop(connection), idleMs),
      );
    },
    drop,
    close() {
      closed = true;
      for (const connection of idle.keys()) drop(connection);
    },
  };
}
