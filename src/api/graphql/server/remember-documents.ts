import { type DocumentNode, specifiedRules } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { publicError } from './public-error.ts';
import { parseDocument, validateDocument } from './read-document.ts';
import type { ServerContext } from './server-context.ts';

/**
 * How many documents are remembered, and how many characters each may have: `docs/decisions/0030`. A parsed one takes
 * fifty bytes a character, so all of them take some 25 MB.
 */
const remembered = { documents: 250, characters: 2_000 };

/**
 * Parses and validates documents within the limits of an operation, a valid one only once.
 *
 * @param valid the valid documents, by their text; this plugin fills it
 * @param hideSuggestions whether errors must not name parts of the schema that were nearly hit
 */
export function rememberDocuments(
  valid: Map<string, DocumentNode>,
  hideSuggestions: boolean,
): Plugin<ServerContext, ServerContext> {
  function remember(text: string, document: DocumentNode): void {
    if (text.length > remembered.characters) return;
    if (valid.size >= remembered.documents) valid.delete(valid.keys().next().value!);
    valid.set(text, document);
  }
  return {
    onParse: ({ params, setParsedDocument, setParseFn }) => {
      const document = valid.get(params.source.toString());
      if (document) setParsedDocument(document);
      else setParseFn((source, options) => parseDocument(String(source), options));
    },
    onValidate: ({ params: { documentAST }, context: { isStranger }, setResult, setValidationFn }) => {
      const text = documentAST.loc!.source.body;
      if (valid.get(text) === documentAST) return setResult([]);
      setValidationFn((schema, document, rules) => {
        const errors = validateDocument(schema, document, rules ?? specifiedRules, { hideSuggestions, isStranger });
        if (errors.length === 0) remember(text, document);
        return errors.map((error) => publicError(error) ?? error);
      });
    },
  };
}
