import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
/** What runs: without the imports of types. */
const COMPILED = fileURLToPath(new URL('../src', import.meta.url));

/** The layer of each module of `src`. A module imports from lower layers only; modules of one layer do not import each other. */
const LAYERS: Readonly<Record<string, number>> = {
  flow: 0,
  regex: 0,
  'json-path': 1,
  protobuf: 1,
  redact: 2,
  engine: 3,
  filters: 3,
  serialize: 3,
  terminal: 3,
  compare: 4,
  addons: 5,
  replay: 5,
  report: 5,
  cli: 6,
};

/** The files that each file of `src` imports, also those of which it needs only types, and those that it loads later. */
function readImports(): Map<string, string[]> {
  const imports = new Map<string, string[]>();
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const found = readFileSync(join(SOURCE, file), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)\.js'/g);
    imports.set(
      file,
      [...found].map(([, path]) => normalize(join(dirname(file), `${path}.ts`))),
    );
  }
  return imports;
}

function moduleOf(file: string): string {
  return file.split(sep)[0]!;
}

/** Follows imports as far as they lead. @returns the first way that comes back to itself */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const known = new Set<string>();
  const follow = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (known.has(file)) return [];
    known.add(file);
    for (const next of imports.get(file) ?? []) {
      const circle = follow(next, [...way, file]);
      if (circle.length > 0) return circle;
    }
    return [];
  };
  for (const file of imports.keys()) {
    const circle = follow(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

t.test('imports lead to lower layers or stay in their module', async (t) => {
  const imports = readImports();
  t.ok(imports.size > 100, 'the sources were found');
  for (const [file, targets] of imports) {
    const module = moduleOf(file);
    const wrong = targets.filter(
      (target) => moduleOf(target) !== module && !(LAYERS[moduleOf(target)]! < LAYERS[module]!),
    );
    t.same(wrong, [], file);
  }
});

t.test('imports make no circles', async (t) => {
  t.same(findCircle(readImports()), []);
  t.same(
    findCircle(
      new Map([
        ['a', ['b']],
        ['b', ['c', 'd']],
        ['c', []],
        ['d', ['b']],
      ]),
    ),
    ['b', 'd', 'b'],
  );
});

t.test('filters and the model of flows touch Node.js in one place', async (t) => {
  for (const entry of ['filters/index.js', 'flow/index.js']) {
    const graph = followImports(entry);
    t.ok(graph.size > 10, `${entry}: the graph was followed`);
    for (const [file, modules] of graph) {
      if (file === join('flow', 'runtime.js')) t.ok(modules.length > 0, `${entry}: ${file}`);
      else t.same(modules.filter(isBuiltin), [], `${entry}: ${file}`);
    }
  }
});

/** The compiled files that are loaded with one of them, and which modules from outside each imports. */
function followImports(entry: string, found = new Map<string, string[]>()): Map<string, string[]> {
  const file = normalize(entry);
  if (found.has(file)) return found;
  const code = readFileSync(join(COMPILED, file), 'utf8');
  const modules = [...code.matchAll(/(?:\bfrom |\bimport |\bimport\(|\brequire\()['"]([^'"]+)['"]/g)].map(
    ([, name]) => name!,
  );
  found.set(
    file,
    modules.filter((name) => !name.startsWith('.')),
  );
  for (const name of modules) if (name.startsWith('.')) followImports(join(dirname(file), name), found);
  return found;
}

t.test('the table of layers in ARCHITECTURE.md', async (t) => {
  const page = readFileSync(fileURLToPath(new URL('../../ARCHITECTURE.md', import.meta.url)), 'utf8');
  const rows = [...page.matchAll(/^\| (\d) \| `src\/([\w-]+)` \|/gm)].map(([, layer, module]) => [
    module!,
    Number(layer),
  ]);
  t.same(Object.fromEntries(rows), LAYERS);
});
