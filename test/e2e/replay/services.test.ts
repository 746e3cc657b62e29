import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Ended, run } from '../../cli/tsdump.js';
import { folder, write } from '../../support/folder.js';
import { needs, orSkip } from '../support/command.js';
import { whyNoNetwork } from '../support/network.js';
import { Origin, type Received } from '../support/origin.js';
import { needsPython, PYTHON } from '../support/python.js';

// Test suites of small services, in several languages: recorded once with the service they call, then run without any network.
// Each lists a page of items, creates one with JSON, sends a form, and checks what it gets. `PAGE` is the page that it asks for.

const SITE = 'http://api.service.test';

const NODE = `
const assert = require('node:assert');
const undici = require(process.argv[1]);
const { SITE, PAGE } = process.env;
const viaHttp = (path) => new Promise((resolve, reject) => {
  require('node:http').get(SITE + path, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; }).on('end', () => resolve(JSON.parse(text)));
  }).on('error', reject);
});
(async () => {
  assert.equal((await viaHttp('/items?sort=name&page=' + PAGE)).page, PAGE);
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(SITE + '/items', { method: 'POST', headers, body: JSON.stringify({ name: 'a', tags: ['x', 'y'] }) });
  assert.equal(made.status, 201);
  const id = (await made.json()).id;
  const got = await undici.request(SITE + '/items/' + id, { dispatcher: new undici.EnvHttpProxyAgent() });
  assert.equal((await got.body.json()).id, id);
  const form = await fetch(SITE + '/form', { method: 'POST', body: new URLSearchParams({ b: '2', a: '1' }) });
  assert.equal((await form.json()).size, 7);
})();`;

const AXIOS = `
const assert = require('node:assert');
const axios = require(process.argv[1]);
const { SITE, PAGE } = process.env;
(async () => {
  const listed = await axios.get(SITE + '/items', { params: { sort: 'name', page: PAGE } });
  assert.equal(listed.data.page, PAGE);
  const made = await axios.post(SITE + '/items', { name: 'a', tags: ['x', 'y'] });
  assert.equal(made.status, 201);
  const got = await axios.get(SITE + '/items/' + made.data.id);
  assert.equal(got.data.id, made.data.id);
  const form = await axios.post(SITE + '/form', new URLSearchParams({ b: '2', a: '1' }));
  assert.equal(form.data.size, 7);
  const upload = new FormData();
  upload.append('f', new Blob(['content']), 'a.txt');
  assert.equal((await axios.post(SITE + '/upload', upload)).status, 200);
})();`;

const PYTHON_START = `
import json, os
SITE, PAGE = os.environ['SITE'], os.environ['PAGE']
ITEM = {'name': 'a', 'tags': ['x', 'y']}`;

const REQUESTS = `${PYTHON_START}
import requests
session = requests.Session()
assert session.get(SITE + '/items', params={'sort': 'name', 'page': PAGE}).json()['page'] == PAGE
made = session.post(SITE + '/items', json=ITEM)
assert made.status_code == 201
id = made.json()['id']
assert session.get(f'{SITE}/items/{id}').json()['id'] == id
assert session.post(SITE + '/form', data={'b': '2', 'a': '1'}).json()['size'] == 7
assert session.post(SITE + '/upload', files={'f': ('a.txt', b'content')}).status_code == 200`;

const HTTPX = `${PYTHON_START}
import httpx
with httpx.Client() as client:
    assert client.get(SITE + '/items', params={'sort': 'name', 'page': PAGE}).json()['page'] == PAGE
    made = client.post(SITE + '/items', json=ITEM)
    assert made.status_code == 201
    id = made.json()['id']
    assert client.get(f'{SITE}/items/{id}').json()['id'] == id
    assert client.post(SITE + '/form', data={'b': '2', 'a': '1'}).json()['size'] == 7`;

const AIOHTTP = `${PYTHON_START}
import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.get(SITE + '/items', params={'sort': 'name', 'page': PAGE}) as got:
            assert (await got.json())['page'] == PAGE
        async with session.post(SITE + '/items', json=ITEM) as made:
            assert made.status == 201
            id = (await made.json())['id']
        async def one():
            async with session.get(f'{SITE}/items/{id}') as got:
                assert (await got.json())['id'] == id
        await asyncio.gather(*(one() for _ in range(5)))
        async with session.post(SITE + '/form', data={'b': '2', 'a': '1'}) as form:
            assert (await form.json())['size'] == 7
asyncio.run(main())`;

const GO = `package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func decoded(response *http.Response, err error) map[string]any {
	must(err)
	defer response.Body.Close()
	var value map[string]any
	must(json.NewDecoder(response.Body).Decode(&value))
	return value
}

func main() {
	site := os.Getenv("SITE")
	if decoded(http.Get(site+"/items?sort=name&page="+os.Getenv("PAGE")))["page"] != os.Getenv("PAGE") {
		panic("page")
	}
	item, _ := json.Marshal(map[string]any{"name": "a", "tags": []string{"x", "y"}})
	id := decoded(http.Post(site+"/items", "application/json", bytes.NewReader(item)))["id"].(string)
	if decoded(http.Get(site+"/items/"+id))["id"] != id {
		panic("id")
	}
	if decoded(http.PostForm(site+"/form", url.Values{"b": {"2"}, "a": {"1"}}))["size"] != 7.0 {
		panic("form")
	}
}
`;

interface Service {
  name: string;
  skip: string | false;
  /** @param dir an empty folder */
  command: (dir: string) => string[];
}

const SERVICES: readonly Service[] = [
  {
    name: 'Node.js: http, fetch, undici',
    skip: false,
    command: () => [process.execPath, '-e', NODE, createRequire(import.meta.url).resolve('undici')],
  },
  {
    name: 'Node.js: axios',
    skip: false,
    command: () => [process.execPath, '-e', AXIOS, createRequire(import.meta.url).resolve('axios')],
  },
  { name: 'Python: requests', skip: needsPython('requests').skip, command: () => [PYTHON, '-c', REQUESTS] },
  { name: 'Python: httpx', skip: needsPython('httpx').skip, command: () => [PYTHON, '-c', HTTPX] },
  { name: 'Python: aiohttp', skip: needsPython('aiohttp').skip, command: () => [PYTHON, '-c', AIOHTTP] },
  {
    name: 'Go: net/http',
    skip: needs('go').skip,
    command: (dir) => [
      'sh',
      '-ec',
      `test -x ${dir}/service || go build -o ${dir}/service ${write(join(dir, 'main.go'), GO)}; exec ${dir}/service`,
    ],
  },
];

/** A network namespace with nothing but a loopback interface. */
const NO_ROUTES = `exec unshare -n sh -ec 'ip link set lo up; exec "$@"' sh "$@"`;
const noNamespace = orSkip(whyNoNetwork(['unshare'])).skip;

let items = 0;

function serve({ method, target, body }: Received, response: Parameters<Parameters<typeof Origin.start>[1]>[1]): void {
  const url = new URL(target, SITE);
  const status = method === 'POST' && url.pathname === '/items' ? 201 : 200;
  const id = status === 201 ? `item-${++items}` : url.pathname.split('/').at(-1);
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ page: url.searchParams.get('page'), id, size: body.length }));
}

for (const { name, skip, command } of SERVICES) {
  t.test(name, { skip: skip || noNamespace }, async (t) => {
    const origin = await Origin.start(t, serve);
    const dir = folder(t);
    const cassette = join(dir, 'cassette.bin');
    const lazy = ['--set', 'connection_strategy=lazy'];
    const test = (page: string, args: readonly string[], shell?: string) =>
      suite(t, [...args, ...lazy, '-M', `|^${SITE}/|${origin.url('/')}`, '-S', cassette, '--', ...command(dir)], {
        page,
        shell,
      });
    const recorded = await test('1', ['--server-replay-mode', 'once']);
    t.equal(recorded.code, 0, recorded.stderr);
    const received = origin.received.length;
    t.ok(received > 3);

    const strict = ['--offline', '--fail-on-miss', '--fail-on-unused'];
    const offline = await test('1', strict, NO_ROUTES);
    t.equal(offline.code, 0, offline.stderr);

    const changed = await test('2', strict, NO_ROUTES);
    t.not(changed.code, 0);
    t.match(changed.stderr, /query page: "1" → "2"/, 'the miss names what was changed');
    t.equal(
      changed.stderr.match(/^ +(?:query|method|path|header|json|form|body|\$)[^\n]* → /gm)?.length,
      1,
      'and nothing else',
    );
    t.equal(origin.received.length, received, 'the service got nothing');
  });
}

function suite(t: Test, args: string[], { page, shell }: { page: string; shell: string | undefined }): Promise<Ended> {
  // With the cache of the machine, Go need not compile its library first.
  const env = { SITE, PAGE: page, GOCACHE: process.env.GOCACHE ?? join(homedir(), '.cache/go-build') };
  return run(t, args, shell === undefined ? { env } : { env, shell });
}
