import { tracingChannel } from 'node:diagnostics_channel';
import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Publishes executions on the channel `graphql:execute`, as graphql-js does with those of its own: Yoga has another
 * executor, which publishes nothing. The variables are left out: they hold passwords. Costs nothing while nobody
 * subscribes.
 */
export function publishExecution(): Plugin {
  const channel = tracingChannel('graphql:execute');
  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      if (!channel.hasSubscribers) return;
      setExecuteFn((args) => {
        const { schema, document, operationName } = args;
        const operationType = getOperationAST(document, operationName)?.operation;
        const message = { schema, document, operationName, operationType };
        return channel.tracePromise(async () => executeFn(args), message);
      });
    },
  };
}
