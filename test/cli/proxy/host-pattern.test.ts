import t from 'tap';
import { compileHostPattern } from '../../../src/cli/proxy/host-pattern.js';

t.test('regexes are searched, globs match from end to end', (t) => {
  const cases: [pattern: string, host: string, matches: boolean][] = [
    ['example.com', 'www.example.com:443', true],
    ['example.com', 'exampleXcom:443', true],
    ['EXAMPLE', 'example.com:443', true],
    [String.raw`^example\.com:443$`, 'example.com:443', true],
    [String.raw`^example\.com:443$`, 'www.example.com:443', false],
    [String.raw`^(?!example\.com)`, 'example.com:443', false],
    [String.raw`^(?!example\.com)`, 'example.org:443', true],
    [':443$', 'example.com:443', true],
    [':443$', 'example.com:8443', false],
    [String.raw`^10\.`, '10.1.2.3:80', true],
    ['::1', '::1:443', true],
    ['.*', 'x', true],
    ['*.example.com', 'www.example.com:443', true],
    ['*.example.com', 'a.b.example.com:443', true],
    ['*.example.com', 'example.com:443', false],
    ['*.example.com', 'www.example.com.evil.test:443', false],
    ['*.example.com', 'www.exampleXcom:443', false],
    ['*.EXAMPLE.com', 'WWW.example.com', true],
    ['*.example.com:8443', 'www.example.com:8443', true],
    ['*.example.com:8443', 'www.example.com:443', false],
    ['*.example.com:*', 'www.example.com:443', true],
    ['*', 'anything:1', true],
    ['glob:example.com', 'example.com:443', true],
    ['glob:example.com', 'www.example.com:443', false],
    ['glob:{api,www}.example.com', 'api.example.com:443', true],
    ['glob:{api,www}.example.com', 'cdn.example.com:443', false],
    ['GLOB:10.0.0.*:80', '10.0.0.7:80', true],
  ];
  for (const [pattern, host, matches] of cases)
    t.equal(compileHostPattern(pattern)(host), matches, `${pattern} ${host}`);
  t.end();
});

t.test('text that is neither', (t) => {
  const cases: [pattern: string, message: RegExp][] = [
    ['', /empty pattern/],
    ['(', /^"\(" is not a regex: .* at character \d+; globs begin with/],
    ['+x', /^"\+x" is not a regex: .* at character 1/],
    ['glob:', /^"glob:" is not a glob/],
  ];
  for (const [pattern, message] of cases) {
    t.throws(() => compileHostPattern(pattern), { name: 'HostPatternError', message }, pattern);
  }
  t.end();
});
