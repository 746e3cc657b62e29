// Adds cookies to requests, removes trackers in both directions, and makes cookies work over http and on other hosts.
//   tsdump -s manipulate-cookies.ts --set add_cookie=session=abc --set add_cookie=lang=en
import type { HttpFlow, LoadContext } from 'tsdump';

const TRACKERS = ['_ga', '_gid'];
let added: [name: string, value: string][];

export function load({ addOption }: LoadContext): void {
  const texts = addOption('add_cookie', { type: 'sequence of str', help: 'Cookies for requests, as NAME=VALUE.' });
  added = texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new Error(`add_cookie: "${text}" is not NAME=VALUE`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

export function requestHeaders({ request: { cookies } }: HttpFlow): void {
  for (const name of TRACKERS) cookies.delete(name);
  for (const [name, value] of added) cookies.set(name, value);
}

export function responseHeaders({ response }: HttpFlow): void {
  const { cookies } = response!;
  for (const name of TRACKERS) cookies.delete(name);
  for (const cookie of cookies) {
    cookie.secure = false;
    cookie.domain = undefined;
  }
}
