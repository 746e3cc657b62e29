// Finds the regexes of src that can take more than linear time, with recheck. `npm run lint` runs it.
//
// A reviewed exception has a comment before its statement that says why it cannot hang:
//   // lint-regex: the text is a name of at most 255 bytes
// A `new RegExp` whose source is known only at run time needs such a comment, too.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { check } from 'recheck';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

const EXCEPTION = /\/\/ lint-regex:(.*)$/;
/** Milliseconds for one regex; most take a few. Slower ones should be simplified. */
const TIMEOUT = 20_000;
/** Seed of the random texts that are tried if a regex cannot be decided, so that results are reproducible. */
const SEED = 1;
const folder = process.argv[2] ?? 'src';

const problems = [];
const checked = new Map();
let count = 0;
for (const file of sourceFiles()) {
  const lines = readFileSync(file.fileName, 'utf8').split('\n');
  const used = new Set();
  for (const { line, source, flags } of regexesOf(file)) {
    count++;
    const problem = source === undefined ? 'its source is not known here' : await problemOf(source, flags);
    const exception = exceptionFor(lines, line);
    if (exception !== undefined) used.add(exception);
    if (problem !== undefined && exception === undefined) report(file, line, `${source ?? 'new RegExp'}: ${problem}`);
    if (problem === undefined && exception !== undefined) report(file, line, 'needs no exception');
  }
  lines.forEach((text, at) => {
    const reason = EXCEPTION.exec(text)?.[1];
    if (reason !== undefined && !used.has(at)) report(file, at + 1, 'an exception without a regex');
    if (reason?.trim() === '') report(file, at + 1, 'an exception without a reason');
  });
}
for (const problem of problems) console.error(problem);
console.log(
  `Checked ${count} regexes in ${folder}. ${problems.length === 0 ? 'All are linear.' : `${problems.length} problems.`}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

function report(file, line, what) {
  problems.push(`${relative('', file.fileName)}:${line}: ${what}`);
}

/** @returns why a regex is rejected; undefined if it is linear */
async function problemOf(source, flags) {
  // recheck does not support the flag `d`, which does not affect matching.
  const key = `/${source}/${flags.replace('d', '')}`;
  if (!checked.has(key))
    checked.set(key, await check(source, flags.replace('d', ''), { timeout: TIMEOUT, randomSeed: SEED }));
  const { status, complexity, attack, error } = checked.get(key);
  if (status === 'safe') return undefined;
  if (status === 'unknown') return `cannot be checked (${error?.kind ?? 'unknown'}): write it in a simpler way`;
  return `${complexity.summary}, for example for ${attack.pattern}`;
}

/** The syntax trees of the files below the folder. */
function sourceFiles() {
  const api = new API({ cwd: process.cwd() });
  try {
    const [project] = api.updateSnapshot({ openProjects: ['tsconfig.json'] }).getProjects();
    const names = project.program.getSourceFileNames().filter((name) => relative('', name).startsWith(`${folder}/`));
    return names.map((name) => project.program.getSourceFile(name));
  } finally {
    api.close();
  }
}

/** All regexes of a file; `source` is undefined if it is not known statically. */
function regexesOf(file) {
  const found = [];
  const constants = constantsOf(file);
  const visit = (node) => {
    if (node.kind === SyntaxKind.RegularExpressionLiteral) found.push({ line: lineOf(file, node), ...literal(node) });
    else if (isRegExpCall(node)) {
      const [pattern, flags] = node.arguments;
      const made = constantOf(pattern, constants);
      const line = lineOf(file, node);
      const letters = flags ? constantOf(flags, constants) : '';
      if (typeof made === 'object') found.push({ line, source: made.source, flags: letters || made.flags });
      else found.push({ line, source: letters === undefined ? undefined : made, flags: letters ?? '' });
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

function isRegExpCall({ kind, expression }) {
  return (kind === SyntaxKind.NewExpression || kind === SyntaxKind.CallExpression) && expression.text === 'RegExp';
}

/** The initializers of the constants of a file by name. */
function constantsOf(file) {
  const constants = new Map();
  const visit = (node) => {
    if (node.kind === SyntaxKind.VariableDeclaration && node.initializer)
      constants.set(node.name.text, node.initializer);
    node.forEachChild(visit);
  };
  visit(file);
  return constants;
}

/** The text of a string, or source and flags of a regex; undefined if not known statically. */
function constantOf(node, constants) {
  switch (node?.kind) {
    case SyntaxKind.RegularExpressionLiteral:
      return literal(node);
    case SyntaxKind.StringLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral:
      return node.text;
    case SyntaxKind.Identifier:
      return constantOf(constants.get(node.text), constants);
    case SyntaxKind.BinaryExpression:
      return node.operatorToken.kind === SyntaxKind.PlusToken ? joined([node.left, node.right], constants) : undefined;
    case SyntaxKind.TemplateExpression: {
      const spans = node.templateSpans.map(({ expression, literal: { text } }) => [
        constantOf(expression, constants),
        text,
      ]);
      return spans.flat().includes(undefined) ? undefined : node.head.text + spans.flat().join('');
    }
    default:
      return undefined;
  }
}

function joined(nodes, constants) {
  const texts = nodes.map((node) => constantOf(node, constants));
  return texts.includes(undefined) ? undefined : texts.join('');
}

function literal({ text }) {
  const end = text.lastIndexOf('/');
  return { source: text.slice(1, end), flags: text.slice(end + 1) };
}

function lineOf({ text }, { end }) {
  return text.slice(0, end).split('\n').length;
}

/** The line with the exception for what ends in a line: on that line, or on one of the comment before the statement. */
function exceptionFor(lines, line) {
  for (let at = line - 1; at >= Math.max(0, line - 4); at--) if (EXCEPTION.test(lines[at])) return at;
  return undefined;
}
