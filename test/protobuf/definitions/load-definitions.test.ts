import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { DefinitionError } from '../../../src/protobuf/definitions/definition-error.js';
import { loadDefinitions } from '../../../src/protobuf/definitions/load-definitions.js';
import { folder as temporaryFolder } from '../../support/folder.js';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/protobuf/', import.meta.url));

t.test('methods and messages, from each kind of source', async (t) => {
  for (const source of ['', 'shop', 'shop/orders.proto', 'shop.protoset']) {
    const definitions = await loadDefinitions([join(FIXTURES, source)]);
    const method = definitions.method('/shop.Orders/Get');
    t.equal(method?.request.name, 'shop.OrderRequest', source);
    t.equal(method?.response.name, 'shop.Order', source);
    t.equal(definitions.method('/api/v1/shop.Orders/Get?x=/a/b')?.request.name, 'shop.OrderRequest', source);
    t.equal(definitions.method('/shop.Orders/Nope'), undefined, source);
    t.equal(definitions.method('/'), undefined, source);
    t.equal(definitions.message('shop.Item')?.fields.get(10)?.name, 'note', source);
    t.equal(definitions.message('shop.Item')?.fields.get(6)?.key, 'string', source);
    t.equal(definitions.message('Item'), undefined, source);
  }
});

t.test('several sources', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, 'old.proto'),
    `syntax = "proto2";
     package old;
     import "google/protobuf/descriptor.proto";
     message Old { optional group Part = 1 { optional int32 x = 2; } extensions 100 to 200; optional Old next = 3; }
     extend Old { optional string more = 100; }
     enum E { option allow_alias = true; A = 0; B = 0; MINUS = -1; }`,
  );
  const definitions = await loadDefinitions([join(folder, 'old.proto'), join(FIXTURES, 'shop.protoset'), FIXTURES]);
  const old = definitions.message('old.Old')!;
  t.same([...old.fields.values()].map(({ name }) => name).sort(), ['[old.more]', 'next', 'part']);
  t.equal(old.fields.get(3)!.type, old, 'a type of itself');
  t.ok(definitions.method('/shop.Orders/Chat'));
});

t.test('mistakes name the file and the line', async (t) => {
  const table: [source: string, line: number | undefined][] = [
    ['syntax = "proto3";\nmessage A {\n  string a = ;\n}', 3],
    ['syntax = "proto3";\n\nmessage A {\n  int32 x = 1;\n  Nope b = 2;\n}', 5],
    ['syntax = "proto3";\nimport "nope.proto";\n', 2],
    ['syntax = "proto3";\n\nmessage A { string a = 1; string b = 1; }', 3],
    ['syntax = "proto3";\nmessage A {}\nservice S {\n  rpc Do(A) returns (B);\n}', 4],
    ['syntax = "proto3";\nmessage A {\n', 3],
    ['syntax = "proto3";\nmessages A {}', 2],
  ];
  for (const [source, line] of table) {
    const file = join(temporaryFolder(t), 'a.proto');
    writeFileSync(file, source);
    const error = await loadDefinitions([file]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    t.ok(error instanceof DefinitionError, source);
    const { file: place, line: found, code } = error as DefinitionError;
    t.same({ place, found, code }, { place: file, found: line, code: 'definitions_invalid' }, source);
  }
});

t.test('sources that cannot be used', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'garbage.pb'), 'no descriptor set');
  writeFileSync(join(folder, 'nothing.pb'), '');
  for (const name of ['empty', 'garbage.pb', 'nothing.pb', 'missing.proto', 'missing']) {
    const path = join(folder, name);
    await t.rejects(loadDefinitions([path]), { name: 'DefinitionError', file: path }, name);
  }
});

t.test('imports are looked up from the importing file upwards', async (t) => {
  const folder = temporaryFolder(t);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  write('a/b/c.proto', 'syntax = "proto3"; import "x/y.proto"; import "d.proto"; message C { Y y = 1; D d = 2; }');
  write('a/b/d.proto', 'syntax = "proto3"; import "a/b/c.proto"; message D { C c = 1; }');
  write(
    'x/y.proto',
    'syntax = "proto3"; import public "google/protobuf/any.proto"; message Y { google.protobuf.Any a = 1; }',
  );
  t.ok((await loadDefinitions([join(folder, 'a/b/c.proto')])).message('Y'));
});
