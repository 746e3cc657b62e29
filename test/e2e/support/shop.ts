import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Test } from 'tap';

interface User {
  readonly name: string;
  /** The token against forged requests of the pages after the login. */
  readonly csrf: string;
}

interface Item {
  readonly id: number;
  readonly owner: string;
  name: string;
  version: number;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  readonly json?: unknown;
  readonly html?: string;
}

/** A request that a client with the right values would not have sent. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An API with pages: login by a form with a token and a cookie, bearer tokens, ids, cursors, uploads. Each server issues values
 * of its own, and refuses those of another.
 */
export class Shop {
  /** Each request that was refused, with the reason. */
  readonly refused: string[] = [];
  /** Requests that were answered. */
  answered = 0;
  private readonly visitors = new Map<string, string>();
  private readonly sessions = new Map<string, User>();
  private readonly tokens = new Map<string, User>();
  private readonly items = new Map<number, Item>();
  private readonly uploads = new Map<string, { owner: string; item: number; size: number }>();
  private readonly cursors = new Map<string, { owner: string; after: number }>();
  private count = 0;

  private constructor(
    readonly port: number,
    private readonly seed: string,
    private nextItem: number,
  ) {}

  /** @param firstItem the id of the first item */
  static async start(t: Test, seed: string, firstItem: number): Promise<Shop> {
    let shop: Shop | undefined;
    const server = createServer((request, response) => void shop!.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => {
      server.close();
      server.closeAllConnections();
    });
    shop = new Shop((server.address() as AddressInfo).port, seed, firstItem);
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    let answer: Answer;
    try {
      let body = Buffer.concat(chunks);
      if (request.headers['content-encoding'] === 'gzip') body = gunzipSync(body);
      answer = this.answer(new URL(request.url!, this.url), request, body);
      this.answered++;
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      this.refused.push(`${request.method} ${request.url}: ${status} ${(error as Error).message}`);
      answer = { status, json: { error: (error as Error).message } };
    }
    send(response, answer, /gzip/.test(request.headers['accept-encoding'] ?? ''));
  }

  private answer(url: URL, request: IncomingMessage, body: Buffer): Answer {
    const route = `${request.method} ${url.pathname.replace(/\/(?:\d+|[0-9a-f]{8}-[0-9a-f-]+)(?=\/|$)/g, '/*')}`;
    switch (route) {
      case 'GET /login':
        return this.showLogin();
      case 'POST /login':
        return this.logIn(request, new URLSearchParams(body.toString()));
      case 'GET /home':
        return this.showHome(request, url);
      case 'POST /api/token':
        return this.giveToken(request);
      case 'GET /api/me':
        return { json: { user: this.bearer(request).name } };
      case 'POST /api/items':
        return this.createItem(request, JSON.parse(body.toString()));
      case 'GET /api/items':
        return this.listItems(request, url);
      case 'GET /api/items/*':
        return { json: this.item(request, url), headers: { ETag: `"${this.item(request, url).version}"` } };
      case 'PUT /api/items/*':
        return this.changeItem(request, url, JSON.parse(body.toString()));
      case 'DELETE /api/items/*':
        this.items.delete(this.item(request, url).id);
        return { status: 204 };
      case 'POST /api/uploads':
        return this.upload(request, body.toString('latin1'));
      case 'GET /api/uploads/*':
        return this.showUpload(request, url);
      case 'POST /logout':
        return this.logOut(request, new URLSearchParams(body.toString()));
    }
    throw new Refusal(404, `no route ${route}`);
  }

  private showLogin(): Answer {
    const visit = this.secret('visit');
    const csrf = `${this.secret('form')}+/="&`;
    this.visitors.set(visit, csrf);
    const value = csrf.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    return {
      headers: { 'Set-Cookie': `visit=${visit}; Path=/; HttpOnly` },
      html: `<form method="post" action="/login"><input name="user"><input type="hidden" name="csrf" value="${value}"></form>`,
    };
  }

  private logIn(request: IncomingMessage, form: URLSearchParams): Answer {
    const expected = this.visitors.get(cookie(request, 'visit') ?? '');
    if (expected === undefined) throw new Refusal(401, 'unknown visit');
    if (form.get('csrf') !== expected) throw new Refusal(403, 'wrong token in the form');
    const user: User = { name: form.get('user') ?? '', csrf: this.secret('page') };
    const session = this.secret('session');
    this.sessions.set(session, user);
    return {
      status: 302,
      headers: {
        Location: `/home?welcome=${encodeURIComponent(`${session.slice(0, 6)}==`)}`,
        'Set-Cookie': [`sid=${session}; Path=/; HttpOnly`, 'theme=dark; Path=/'],
      },
    };
  }

  private showHome(request: IncomingMessage, url: URL): Answer {
    const { user, session } = this.session(request);
    if (url.searchParams.get('welcome') !== `${session.slice(0, 6)}==`) throw new Refusal(403, 'wrong welcome');
    return { html: `<meta name="csrf-token" content="${user.csrf}"><p>Hello ${user.name}</p>` };
  }

  private giveToken(request: IncomingMessage): Answer {
    const { user } = this.session(request);
    if (request.headers['x-csrf-token'] !== user.csrf) throw new Refusal(403, 'wrong token of the page');
    const token = `${this.secret('head')}.${this.secret('body')}.${this.secret('tail')}`;
    this.tokens.set(token, user);
    return { json: { token_type: 'bearer', access_token: token, expires_in: 3600 } };
  }

  private createItem(request: IncomingMessage, { name, parent }: { name: string; parent?: { id: number } }): Answer {
    const { name: owner } = this.bearer(request);
    if (parent) this.owned(this.items.get(parent.id), owner);
    const item: Item = { id: this.nextItem++, owner, name, version: (this.nextItem % 7) + 1 };
    this.items.set(item.id, item);
    return { status: 201, headers: { Location: `/api/items/${item.id}` }, json: { item } };
  }

  private listItems(request: IncomingMessage, url: URL): Answer {
    const { name: owner } = this.bearer(request);
    const text = url.searchParams.get('cursor');
    const cursor = text === null ? { owner, after: 0 } : this.owned(this.cursors.get(text), owner);
    const all = [...this.items.values()].filter((item) => item.owner === owner && item.id > cursor.after);
    const items = all.slice(0, Number(url.searchParams.get('limit')));
    let next: string | null = null;
    if (all.length > items.length) {
      next = Buffer.from(`${this.seed} ${this.count++}?>`).toString('base64');
      this.cursors.set(next, { owner, after: items.at(-1)!.id });
    }
    return { json: { items, next_cursor: next } };
  }

  private item(request: IncomingMessage, url: URL): Item {
    return this.owned(this.items.get(Number(url.pathname.split('/')[3])), this.bearer(request).name);
  }

  private changeItem(
    request: IncomingMessage,
    url: URL,
    change: { id: number; name: string; version: number },
  ): Answer {
    const item = this.item(request, url);
    if (change.id !== item.id) throw new Refusal(422, 'wrong id in the content');
    if (change.version !== item.version || request.headers['if-match'] !== `"${item.version}"`) {
      throw new Refusal(409, 'wrong version');
    }
    item.name = change.name;
    item.version++;
    return { json: item };
  }

  private upload(request: IncomingMessage, body: string): Answer {
    const { user } = this.session(request);
    const field = (name: string) =>
      new RegExp(`name="${name}"(?:[^\r]*\r\n)+?\r\n([^\r]*)\r\n--`).exec(body)?.[1] ?? '';
    if (field('csrf') !== user.csrf) throw new Refusal(403, 'wrong token in a part');
    const item = this.owned(this.items.get(Number(field('item_id'))), user.name);
    const hex = createHash('sha256').update(this.secret('upload')).digest('hex');
    const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
    this.uploads.set(id, { owner: user.name, item: item.id, size: body.length });
    return { status: 201, json: { upload: id } };
  }

  private showUpload(request: IncomingMessage, url: URL): Answer {
    const { name } = this.bearer(request);
    const upload = this.owned(this.uploads.get(url.pathname.split('/')[3]!), name);
    if (Number(url.searchParams.get('item')) !== upload.item) throw new Refusal(422, 'wrong item in the query');
    return { json: upload };
  }

  private logOut(request: IncomingMessage, form: URLSearchParams): Answer {
    const { user, session } = this.session(request);
    if (form.get('csrf') !== user.csrf) throw new Refusal(403, 'wrong token in the form');
    this.sessions.delete(session);
    return { status: 303, headers: { Location: '/login', 'Set-Cookie': 'sid=; Max-Age=0' } };
  }

  private session(request: IncomingMessage): { user: User; session: string } {
    const session = cookie(request, 'sid') ?? '';
    const user = this.sessions.get(session);
    if (!user) throw new Refusal(401, 'unknown session');
    return { user, session };
  }

  private bearer(request: IncomingMessage): User {
    const user = this.tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (!user) throw new Refusal(401, 'unknown token');
    return user;
  }

  private owned<Thing extends { owner: string }>(thing: Thing | undefined, owner: string): Thing {
    if (!thing) throw new Refusal(404, 'unknown thing');
    if (thing.owner !== owner) throw new Refusal(403, `${owner} asks for something of ${thing.owner}`);
    return thing;
  }

  private secret(what: string): string {
    return createHash('sha256')
      .update(`${this.seed} ${what} ${this.count++}`)
      .digest('base64url')
      .slice(0, 20);
  }
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='));
  return pairs.find(([key]) => key === name)?.[1];
}

function send(response: ServerResponse, { status = 200, headers, json, html }: Answer, acceptsGzip: boolean): void {
  const text = html ?? (json === undefined ? '' : JSON.stringify(json));
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (text !== '')
    response.setHeader('Content-Type', html === undefined ? 'application/json' : 'text/html; charset=utf-8');
  let content = Buffer.from(text);
  if (acceptsGzip && text !== '') {
    response.setHeader('Content-Encoding', 'gzip');
    content = gzipSync(content);
  }
  response.writeHead(status).end(content);
}
