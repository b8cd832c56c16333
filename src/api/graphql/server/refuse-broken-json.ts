import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../../../errors/error-dictionary.ts';

/** Answers 400 for broken JSON in the address of a GET. V8's own message would quote it. */
export function refuseBrokenJson(): Plugin {
  return {
    onRequestParse: ({ requestParser, setRequestParser }) => {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          throw error instanceof SyntaxError
            ? new Refusal('BAD_REQUEST', 'variables and extensions must be valid JSON')
            : error;
        }
      });
    },
  };
}
