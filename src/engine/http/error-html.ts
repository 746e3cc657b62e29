import { REASONS } from '../../flow/http/reason-phrases.js';

/** The page for a request that could not be served. */
export function errorHtml(status: number, message: string): string {
  const title = titleOf(status);
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${escapeHtml(message)}</p></body></html>\n`;
}

/** The status and its reason phrase: `502 Bad Gateway`. */
export function titleOf(status: number): string {
  return `${status} ${REASONS[status] ?? 'Error'}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
