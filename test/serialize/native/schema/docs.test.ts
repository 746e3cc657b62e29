import { readFileSync } from 'node:fs';
import t from 'tap';
import { BODY } from '../../../../src/serialize/native/schema/body.js';
import { CLIENT, SERVER, TLS } from '../../../../src/serialize/native/schema/connection.js';
import { DNS_MESSAGE, DNS_QUESTION, DNS_RECORD } from '../../../../src/serialize/native/schema/dns.js';
import type { Schema, SchemaField } from '../../../../src/serialize/native/schema/field.js';
import { ANY_FLOW, DNS_FIELDS, ERROR, flowSchema, HTTP_FIELDS } from '../../../../src/serialize/native/schema/flow.js';
import { INTERIM, REQUEST, RESPONSE, WEBSOCKET } from '../../../../src/serialize/native/schema/http.js';

const PAGE = new URL('../../../../../docs/flow-format.md', import.meta.url);

/** The headings of `docs/flow-format.md` that stand above a table, and what it has to list. */
const TABLES: readonly [heading: string, fields: readonly SchemaField<never>[]][] = [
  ['### All flows', ANY_FLOW.fields],
  ['#### `error`', ERROR.fields],
  ['### `client`', CLIENT.fields],
  ['### `server`', SERVER.fields],
  ['### `tls`', TLS.fields],
  ['### HTTP flows', HTTP_FIELDS],
  ['#### `request`', REQUEST.fields],
  ['#### `response`', RESPONSE.fields],
  ['#### `interim`', INTERIM.fields],
  ['#### `websocket`', WEBSOCKET.fields],
  ['### DNS flows', DNS_FIELDS],
  ['#### DNS messages', DNS_MESSAGE.fields],
  ['#### `questions`', DNS_QUESTION.fields],
  ['#### `answers`, `authorities`, `additionals`', DNS_RECORD.fields],
  ['## Bodies', BODY.fields],
];

function row({ key, optional, codec, text }: SchemaField<never>): string {
  return `| \`${key}\`${optional ? '*' : ''} | ${codec.type} |${text ? ` ${text} ` : ' '}|`;
}

/** The rows of the first table behind a heading. */
function rowsBehind(lines: readonly string[], heading: string): string[] {
  const start = lines.indexOf('|---|---|---|', lines.indexOf(heading)) + 1;
  const end = lines.findIndex((line, at) => at >= start && !line.startsWith('|'));
  return lines.slice(start, end);
}

/** All maps that stand in one. */
function schemasIn(schema: Schema, found = new Set<Schema>()): Set<Schema> {
  if (found.has(schema)) return found;
  found.add(schema);
  for (const { codec } of schema.fields) if (codec.schema) schemasIn(codec.schema, found);
  return found;
}

t.test('the page of the format lists every written key', async (t) => {
  const lines = readFileSync(PAGE, 'utf8').split('\n');
  for (const [heading, fields] of TABLES) {
    t.ok(lines.includes(heading), heading);
    t.same(rowsBehind(lines, heading), fields.map(row), heading);
  }
});

t.test('every key is in one of the tables', async (t) => {
  const listed = new Set(TABLES.flatMap(([, fields]) => fields));
  for (const type of ['http', 'tcp', 'udp', 'dns']) {
    for (const { fields } of schemasIn(flowSchema(type))) {
      const missing = fields.filter((field) => !listed.has(field as SchemaField<never>));
      t.same(
        missing.map(({ key }) => key),
        [],
        type,
      );
    }
  }
});

t.test('a map has each key once, and short ones', async (t) => {
  for (const type of ['http', 'dns', 'tcp']) {
    for (const { fields } of schemasIn(flowSchema(type))) {
      const keys = fields.map(({ key }) => key);
      t.equal(new Set(keys).size, keys.length, keys.join());
      t.ok(keys.every((key) => /^[A-Za-z0-9]{1,31}$/.test(key)));
    }
  }
});
