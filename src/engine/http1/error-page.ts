import { REASONS } from '../../flow/reason-phrases.js';

/** A whole response for a request that could not be served; the connection is closed after it. */
export function errorPage(status: number, message: string, version: string, withBody: boolean): Buffer {
  const body = Buffer.from(errorHtml(status, message));
  const head = [
    `HTTP/1.1 ${titleOf(status)}`,
    `Server: tsdump ${version}`,
    'Connection: close',
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return withBody ? Buffer.concat([Buffer.from(head), body]) : Buffer.from(head);
}

/** The page alone, for those who have a head of their own for it. */
export function errorHtml(status: number, message: string): string {
  const title = titleOf(status);
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${escapeHtml(message)}</p></body></html>\n`;
}

function titleOf(status: number): string {
  return `${status} ${REASONS[status] ?? 'Error'}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
