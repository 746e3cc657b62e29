import type { Flow } from '../../flow/index.js';
import { someHostForm } from '../../flow/text/host-name.js';
import { unmapped } from '../../flow/text/ip-address.js';
import type { TextTest } from '../../regex/index.js';
import { readGlob } from '../arguments/glob.js';
import { readBytesRegex, readTextRegex } from '../arguments/regex.js';
import { someHost, someUrl } from '../subjects/target.js';
import { type Certainty, decided, END, LATER, NO, type Stage } from '../verdict.js';
import { LOOKED_UP, type Operator, SHORT_TEXT } from './operator.js';

/** Operators for the addresses of a flow: method, host, URL, source and destination. */
export const ADDRESS_OPERATORS: Operator[] = [
  {
    name: 'm',
    group: 'address',
    argument: 'REGEX',
    help: 'HTTP method',
    cost: SHORT_TEXT,
    compile(cursor, settings) {
      const test = readBytesRegex(cursor, settings);
      return (flow) => decided(flow.type === 'http' && test.latin1(flow.request.method));
    },
  },
  {
    name: 'd',
    group: 'address',
    argument: 'REGEX',
    help: 'host of an HTTP request: the destination or the Host header',
    cost: LOOKED_UP,
    compile(cursor, settings) {
      const test = readTextRegex(cursor, settings);
      return (flow) => decided(flow.type === 'http' && someHost(flow.request, (host) => test(host)));
    },
  },
  {
    name: 'u',
    group: 'address',
    argument: 'REGEX',
    help: 'URL of an HTTP request, or name in a DNS question; ~u may be omitted',
    cost: LOOKED_UP,
    compile(cursor, settings) {
      const test = readTextRegex(cursor, settings);
      return (flow) => decided(testUrl(flow, test));
    },
  },
  {
    name: 'g',
    group: 'address',
    argument: 'GLOB',
    help: "host and path of an HTTP request, such as 'api.example.com/v1/**'",
    cost: LOOKED_UP,
    compile(cursor, settings) {
      const test = readGlob(cursor, settings);
      return (flow) => decided(flow.type === 'http' && test(flow.request));
    },
  },
  {
    name: 'src',
    group: 'address',
    argument: 'REGEX',
    help: 'ADDRESS:PORT of the client',
    cost: SHORT_TEXT,
    compile(cursor, settings) {
      const test = readTextRegex(cursor, settings);
      return ({ client: { peer } }) => decided(peer !== undefined && test(`${unmapped(peer[0])}:${peer[1]}`));
    },
  },
  {
    name: 'dst',
    group: 'address',
    argument: 'REGEX',
    help: 'HOST:PORT of the server',
    cost: SHORT_TEXT,
    compile(cursor, settings) {
      const test = readTextRegex(cursor, settings);
      return ({ server: { address } }, stage) =>
        address ? decided(someHostForm(address[0], (form) => test(`${form}:${address[1]}`))) : unknownUntilEnd(stage);
    },
  },
];

/** The meaning of a word or string without an operator. */
export const BARE_REGEX: Operator = ADDRESS_OPERATORS.find(({ name }) => name === 'u')!;

function unknownUntilEnd(stage: Stage): Certainty {
  return stage < END ? LATER : NO;
}

function testUrl(flow: Flow, test: TextTest): boolean {
  if (flow.type === 'http') return someUrl(flow.request, test);
  const question = flow.type === 'dns' ? flow.request.questions[0] : undefined;
  return question !== undefined && test(question.name);
}
