import { jsonView } from './json.js';
import { decoded } from './text.js';
import type { WholeView } from './view.js';

/** Requests of GraphQL over HTTP in JSON, single or in a batch. Below the JSON, queries of several lines are shown as such. */
export const graphqlView: WholeView = {
  name: 'graphql',
  whole: true,
  matchesType: (type) => jsonView.matchesType(type),
  matchesContent: () => false,
  format(content, type) {
    if (!content.includes('"query"')) return undefined;
    const json = jsonView.format(content, type);
    const queries = json ? queriesOf(decoded(content, type)) : [];
    return json && queries.length > 0 ? withQueries(json, queries) : undefined;
  },
};

function* withQueries(json: Iterable<string>, queries: readonly string[]): Generator<string> {
  yield* json;
  yield '\n';
  for (const query of queries) yield `\n--- query\n${query.trim()}\n`;
}

/** The queries of several lines. @param json valid JSON */
function queriesOf(json: string): string[] {
  const parsed = JSON.parse(json) as unknown;
  const requests: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return requests.flatMap((request) => {
    const { query } = (request ?? {}) as { query?: unknown };
    return typeof query === 'string' && query.trim().includes('\n') && DOCUMENT.test(query) ? [query] : [];
  });
}

/** How a document begins: with a definition, an anonymous query, or a comment. */
const DOCUMENT = /^\s*(?:[{#]|(?:query|mutation|subscription|fragment)\b)/;
