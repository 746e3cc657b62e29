import t from 'tap';
import type { PathSegments } from '../../../src/flow/message/path-segments.js';
import { request } from './messages.js';

t.test('segments are read decoded, and the path stays', async (t) => {
  const cases: [path: string, segments: string[]][] = [
    ['/', []],
    ['*', []],
    ['', []],
    ['/a', ['a']],
    ['/a/b/?c/d', ['a', 'b']],
    ['//a///b', ['a', 'b']],
    ['/a%2Fb/%C3%A4/%ff/%z+', ['a/b', 'ä', '\ufffd', '%z+']],
  ];
  for (const [path, segments] of cases) {
    const message = request(path);
    const view = message.pathSegments;
    t.same([...view], segments, path);
    t.equal(view.length, segments.length);
    t.equal(view[0], segments[0]);
    t.equal(view.at(-1), segments.at(-1));
    t.same([view[99], 0 in view, 99 in view], [undefined, segments.length > 0, false]);
    t.same([message.path, message.changed], [path, false]);
  }
});

t.test('a change alters only what is changed', async (t) => {
  const from = '/a%2fb//c%ff/d/?q=/x';
  const cases: [what: string, change: (segments: PathSegments) => unknown, path: string | undefined][] = [
    ['by index', (segments) => (segments[2] = 'ä /'), '/a%2fb//c%ff/%C3%A4%20%2F/?q=/x'],
    ['from the end', (segments) => segments.set(-1, 'e'), '/a%2fb//c%ff/e/?q=/x'],
    ['the next one', (segments) => (segments[3] = 'e'), '/a%2fb//c%ff/d/e?q=/x'],
    ['to what it is', (segments) => (segments[0] = 'a/b'), undefined],
    ['append', (segments) => segments.append('e'), '/a%2fb//c%ff/d/e?q=/x'],
    ['delete', (segments) => t.equal(segments.delete(1), true), '/a%2fb//d/?q=/x'],
    ['delete of none', (segments) => t.equal(segments.delete(7), false), undefined],
    ['replace', (segments) => segments.replace(['x', 'y z']), '/x/y%20z?q=/x'],
    ['replace by none', (segments) => segments.replace([]), '/?q=/x'],
  ];
  for (const [what, change, path] of cases) {
    const message = request(from);
    change(message.pathSegments);
    t.equal(message.path, path ?? from, what);
    t.equal(message.changed, path !== undefined, what);
  }
});

t.test('invalid segments throw', async (t) => {
  const message = request('/a/b');
  t.throws(() => (message.pathSegments[5] = 'x'), RangeError);
  t.throws(() => (message.pathSegments[0] = ''), TypeError);
  t.throws(() => message.pathSegments.append(''), TypeError);
  t.throws(() => ((message.pathSegments as unknown as { length: number }).length = 0), TypeError);
  t.throws(() => request('', '', '', { method: 'CONNECT' }).pathSegments.append('a'), TypeError);
  t.equal(message.path, '/a/b');
  message.pathSegments = ['x'];
  t.equal(message.path, '/x');
});
