import { REASONS } from '../../flow/http-message.js';

/** A whole response for a request that could not be served; the connection is closed after it. */
export function errorPage(status: number, message: string, version: string, withBody: boolean): Buffer {
  const reason = REASONS[status] ?? 'Error';
  const title = `${status} ${reason}`;
  const html = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${escapeHtml(message)}</p></body></html>\n`;
  const body = Buffer.from(html);
  const head = [
    `HTTP/1.1 ${title}`,
    `Server: tsdump ${version}`,
    'Connection: close',
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return withBody ? Buffer.concat([Buffer.from(head), body]) : Buffer.from(head);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
