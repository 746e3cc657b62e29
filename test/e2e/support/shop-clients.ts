import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Test } from 'tap';
import { folder } from '../../support/folder.js';
import { curl } from './curl.js';
import { python } from './python.js';

/** Uses the shop as a user, through a proxy. */
export type ShopClient = (t: Test, proxy: string, shop: string, user: string) => Promise<void>;

interface Reply {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

/** Node's own client, with one connection for each request, and content in gzip. */
export const nodeClient: ShopClient = async (t, proxy, shop, user) => {
  const jar = new Map<string, string>();
  const send = async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Reply> => {
    const { hostname, port } = new URL(proxy);
    const content = body === undefined ? undefined : gzipSync(body);
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await new Promise<Reply>((resolve, reject) => {
      const outgoing = request({
        host: hostname,
        port,
        method,
        path: shop + path,
        headers: {
          Host: new URL(shop).host,
          ...(cookies && { Cookie: cookies }),
          ...(content && { 'Content-Encoding': 'gzip', 'Content-Length': content.length }),
          ...headers,
        },
      });
      outgoing.on('error', reject).on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode!, headers: response.headers, text: String(Buffer.concat(chunks)) });
        });
      });
      outgoing.end(content);
    });
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = line.split(';')[0]!.split('=');
      jar.set(name, value);
    }
    t.ok(reply.status < 400, `${method} ${path} ${reply.status} ${reply.text}`);
    return reply;
  };
  const json = { 'Content-Type': 'application/json' };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const page = (await send('GET', '/login')).text;
  const csrf = /value="([^"]*)"/.exec(page)![1]!.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const login = await send('POST', '/login', { headers: form, body: String(new URLSearchParams({ user, csrf })) });
  const home = (await send('GET', login.headers.location as string)).text;
  const token = /content="([^"]*)"/.exec(home)![1]!;
  const { access_token: bearer } = JSON.parse(
    (await send('POST', '/api/token', { headers: { 'X-CSRF-Token': token } })).text,
  );
  const auth = { Authorization: `Bearer ${bearer}` };
  await send('GET', '/api/me', { headers: auth });
  let parent: { id: number } | undefined;
  for (let number = 0; number < 5; number++) {
    const body = JSON.stringify({ name: `${user} ${number}`, parent });
    const created = await send('POST', '/api/items', { headers: { ...auth, ...json }, body });
    const { id, version } = JSON.parse(created.text).item;
    parent = { id };
    const read = await send('GET', created.headers.location as string, { headers: auth });
    const change = JSON.stringify({ id, name: 'changed', version });
    const headers = { ...auth, ...json, 'If-Match': read.headers.etag as string };
    await send('PUT', `/api/items/${id}`, { headers, body: change });
  }
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    cursor = JSON.parse((await send('GET', `/api/items?limit=2${query}`, { headers: auth })).text).next_cursor;
  }
  const parts = { csrf: token, item_id: String(parent!.id) };
  const content = Object.entries(parts).map(
    ([name, value]) => `--b0\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--b0\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n${'x'.repeat(5000)}\r\n--b0--\r\n`;
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b0' };
  const { upload } = JSON.parse((await send('POST', '/api/uploads', { headers, body: content.join('') + file })).text);
  await send('GET', `/api/uploads/${upload}?item=${parent!.id}`, { headers: auth });
  await send('DELETE', `/api/items/${parent!.id}`, { headers: auth });
  await send('POST', '/logout', { headers: form, body: String(new URLSearchParams({ csrf: token })) });
};

/** Python's requests, with one connection, and compressed responses. */
export const pythonClient: ShopClient = async (t, proxy, shop, user) => {
  const script = `
import html, re, requests, sys
proxy, shop, user = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.proxies = {'http': proxy}
def send(method, path, **more):
    response = session.request(method, shop + path, allow_redirects=False, **more)
    assert response.status_code < 400, (method, path, response.status_code, response.text)
    return response
csrf = html.unescape(re.search('value="([^"]*)"', send('GET', '/login').text).group(1))
login = send('POST', '/login', data={'user': user, 'csrf': csrf})
page = send('GET', login.headers['Location']).text
token = re.search('content="([^"]*)"', page).group(1)
bearer = send('POST', '/api/token', headers={'X-CSRF-Token': token}).json()['access_token']
auth = {'Authorization': 'Bearer ' + bearer}
send('GET', '/api/me', headers=auth)
parent = None
for number in range(5):
    item = send('POST', '/api/items', headers=auth, json={'name': f'{user} {number}', **({'parent': parent} if parent else {})}).json()['item']
    parent = {'id': item['id']}
    read = send('GET', f"/api/items/{item['id']}", headers=auth)
    send('PUT', f"/api/items/{item['id']}", headers={**auth, 'If-Match': read.headers['ETag']}, json={'id': item['id'], 'name': 'changed', 'version': read.json()['version']})
cursor = ''
while cursor is not None:
    params = {'limit': 2, **({'cursor': cursor} if cursor else {})}
    cursor = send('GET', '/api/items', headers=auth, params=params).json()['next_cursor']
upload = send('POST', '/api/uploads', data={'csrf': token, 'item_id': parent['id']}, files={'file': b'y' * 70000}).json()['upload']
send('GET', f'/api/uploads/{upload}', headers=auth, params={'item': parent['id']})
send('DELETE', f"/api/items/{parent['id']}", headers=auth)
send('POST', '/logout', data={'csrf': token})
print('"done"')
`;
  t.equal(await python(script, [proxy, shop, user]), 'done');
};

/** curl, a process for each request. */
export const curlClient: ShopClient = async (t, proxy, shop, user) => {
  const jar = join(folder(t), 'cookies');
  const send = async (path: string, ...args: string[]): Promise<string> => {
    const { stdout, stderr } = await curl(proxy, ['-i', '-b', jar, '-c', jar, ...args, shop + path]);
    t.match(String(stdout), /^HTTP\/1.1 [23]/, `${path} ${stdout} ${stderr}`);
    return String(stdout);
  };
  const page = await send('/login');
  const csrf = /value="([^"]*)"/.exec(page)![1]!.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const login = await send('/login', '--data-urlencode', `user=${user}`, '--data-urlencode', `csrf=${csrf}`);
  const home = await send(/^Location: (.+)\r$/m.exec(login)![1]!);
  const token = /content="([^"]*)"/.exec(home)![1]!;
  const bearer = /"access_token":"([^"]+)"/.exec(
    await send('/api/token', '-X', 'POST', '-H', `X-CSRF-Token: ${token}`),
  )![1]!;
  const auth = ['-H', `Authorization: Bearer ${bearer}`];
  await send('/api/me', ...auth);
  let id = '';
  for (let number = 0; number < 3; number++) {
    const created = await send(
      '/api/items',
      ...auth,
      '-H',
      'Content-Type: application/json',
      '-d',
      `{ "name" : "${user}" }`,
    );
    id = /"id":(\d+)/.exec(created)![1]!;
    const read = await send(`/api/items/${id}`, ...auth);
    const etag = /^ETag: (.+)\r$/m.exec(read)![1]!;
    const version = /"version":(\d+)/.exec(read)![1]!;
    const change = `{"id": ${id}, "version": ${version}, "name": "changed"}`;
    const headers = ['-H', `If-Match: ${etag}`, '-H', 'Content-Type: application/json'];
    await send(`/api/items/${id}`, ...auth, ...headers, '-X', 'PUT', '-d', change);
  }
  let list = await send('/api/items?limit=2', ...auth);
  for (let cursor = next(list); cursor; cursor = next(list)) {
    list = await send('/api/items', ...auth, '-G', '-d', 'limit=2', '--data-urlencode', `cursor=${cursor}`);
  }
  const uploaded = await send('/api/uploads', '-F', `csrf=${token}`, '-F', `item_id=${id}`, '-F', 'file=@/etc/passwd');
  await send(`/api/uploads/${/"upload":"([^"]+)"/.exec(uploaded)![1]}?item=${id}`, ...auth);
  await send('/logout', '--data-urlencode', `csrf=${token}`);
};

function next(list: string): string | undefined {
  return /"next_cursor":"([^"]+)"/.exec(list)?.[1];
}
