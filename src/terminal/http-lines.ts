import { formatAddress } from '../flow/connection.js';
import type { Flow, HttpFlow } from '../flow/flow.js';
import type { Headers } from '../flow/http/headers.js';
import type { HttpResponse } from '../flow/http/http-response.js';
import { REASONS } from '../flow/http/reason-phrases.js';
import { grpcStatus } from '../flow/rpc/status.js';
import { GRPC_STATUS_NAMES } from '../flow/rpc/status-codes.js';
import { escapedBytes, safeText, safeUrl, safeWireText } from './safe-text.js';
import { bodySize } from './size.js';
import type { Style, Styles } from './styles.js';
import { displayWidth, fitWidth } from './width.js';

export interface HttpLinesOptions {
  detail: number;
  styles: Styles;
  /** Show URLs with the host that the client named. */
  showHost: boolean;
  /** The current width of the terminal; undefined if the output is not a terminal: then nothing is cut. */
  columns: () => number | undefined;
}

/** Minimum width of a URL on a narrow terminal, in columns. */
const SHORTEST_URL = 20;

/** Formats the lines of an HTTP flow, except its content. Each method returns complete lines. */
export class HttpLines {
  private readonly detail: number;
  private readonly styles: Styles;
  private readonly showHost: boolean;
  private readonly columns: () => number | undefined;

  constructor({ detail, styles, showHost, columns }: HttpLinesOptions) {
    this.detail = detail;
    this.styles = styles;
    this.showHost = showHost;
    this.columns = columns;
  }

  /** `CLIENT: METHOD URL[ VERSION]` and the header fields. */
  request(flow: HttpFlow): string {
    const { styles } = this;
    const { request } = flow;
    const client = clientName(flow);
    const method = safeWireText(request.method);
    const version = request.httpVersion;
    const shownVersion =
      isHttp1(version) && version === (flow.response?.httpVersion ?? 'HTTP/1.1') ? '' : ` ${safeWireText(version)}`;
    const url = safeUrl(request, this.showHost);
    const shownUrl = styles.strong(this.shortened(url, `${client}: ${method} ${shownVersion}`));
    const shownClient = flow.isReplay === 'request' ? styles.replay(client) : client;
    const line = `${shownClient}: ${this.methodStyle(request.method)(method)} ${shownUrl}${shownVersion}\n`;
    return this.detail >= 2 ? line + this.fields(request.headers) + this.carriedOver(flow) : line;
  }

  /** The values of a replayed request that a session took from earlier responses. */
  private carriedOver({ metadata }: HttpFlow): string {
    const substitutions = metadata.replay_session;
    if (!Array.isArray(substitutions)) return '';
    let text = `    ${this.styles.section('--- Carried over')}\n`;
    for (const each of substitutions as Record<string, unknown>[]) {
      const [place, recorded, value] = [each.place, each.recorded, each.value].map((part) => shortened(String(part)));
      text += `    ${this.styles.name(place!)}: ${recorded} → ${value}\n`;
    }
    return text;
  }

  /** ` << STATUS REASON SIZE` and the header fields. */
  response(flow: HttpFlow, response: HttpResponse): string {
    const { styles } = this;
    const { statusCode, httpVersion } = response;
    const version =
      isHttp1(httpVersion) && httpVersion === flow.request.httpVersion ? '' : `${safeWireText(httpVersion)} `;
    const replayed = flow.isReplay === 'response';
    const padding = this.detail === 1 ? this.padding(flow, version.length + (replayed ? '[replay]'.length : 0)) : '';
    const replay = replayed ? styles.replay('[replay]') : '';
    const style = this.statusStyle(statusCode);
    const reason = isHttp1(httpVersion) ? safeWireText(response.reason) : (REASONS[statusCode] ?? '');
    const status = reason === '' ? style(String(statusCode)) : `${style(String(statusCode))} ${style(reason)}`;
    const size = isArriving(flow, response) ? '' : ` ${styles.strong(bodySize(response))}`;
    const line = `${replay}${padding}${styles.strong(' <<')} ${version}${status}${this.grpc(flow)}${size}\n`;
    return this.detail >= 2 ? line + this.fields(response.headers) : line;
  }

  /** ` grpc STATUS NAME` of a gRPC call. */
  private grpc(flow: HttpFlow): string {
    const status = grpcStatus(flow);
    if (status === undefined) return '';
    const style = status === 0 ? this.styles.good : this.styles.bad;
    return ` ${style(`grpc ${status} ${GRPC_STATUS_NAMES[status] ?? ''}`.trimEnd())}`;
  }

  /** ` << STATUS REASON` and the header fields of each interim response. */
  interim(flow: HttpFlow): string {
    if (this.detail < 2) return '';
    let text = '';
    for (const { statusCode, reason, headers } of flow.interim ?? []) {
      const shown = safeWireText(reason) || (REASONS[statusCode] ?? '');
      const status = this.statusStyle(statusCode)(shown === '' ? String(statusCode) : `${statusCode} ${shown}`);
      text += `${this.styles.strong(' <<')} ${status}\n${this.fields(headers)}`;
    }
    return text;
  }

  /** The trailer section; empty without trailers. */
  trailers(trailers: Headers | undefined): string {
    if (this.detail < 2 || !trailers || trailers.length === 0) return '';
    return `    ${this.styles.section('--- HTTP Trailers')}\n${this.fields(trailers)}`;
  }

  error(message: string): string {
    return `${this.styles.bad(` << ${safeText(message)}`)}\n`;
  }

  private fields(headers: Headers): string {
    let text = '';
    for (const [name, value] of headers)
      text += `    ${this.styles.name(escapedBytes(name))}: ${escapedBytes(value)}\n`;
    return text;
  }

  /** The URL, cut so that its line fits the terminal. @param others the rest of the line */
  private shortened(url: string, others: string): string {
    const columns = this.detail > 1 ? undefined : this.columns();
    if (columns === undefined) return url;
    return fitWidth(url, Math.max(columns - displayWidth(others), SHORTEST_URL));
  }

  /** Aligns the status with the method. The arrow takes two columns. @param before columns before the arrow */
  private padding(flow: HttpFlow, before: number): string {
    const width = clientName(flow).length - (2 + before);
    return width > 0 ? ' '.repeat(width) : '';
  }

  private methodStyle(method: string): Style {
    const { good, bad, notable } = this.styles;
    if (method === 'GET') return good;
    return method === 'DELETE' ? bad : notable;
  }

  private statusStyle(code: number): Style {
    const { good, bad, notable, strong } = this.styles;
    if (code >= 200 && code < 300) return good;
    if (code >= 300 && code < 400) return notable;
    return code >= 400 && code < 600 ? bad : strong;
  }
}

/** The address of the client; `[replay]` for a request that tsdump sent itself. */
export function clientName({ isReplay, client }: Flow): string {
  return isReplay === 'request' ? '[replay]' : formatAddress(client.peer);
}

/** Metadata may come from a capture, so it may hold any text. */
function shortened(text: string): string {
  return safeText(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text);
}

/** Maximum length of a value that was carried over, in characters. */
const LONGEST_VALUE = 60;

function isHttp1(version: string): boolean {
  return version === 'HTTP/1.1' || version === 'HTTP/1.0';
}

/** Whether more of an event stream is to come, so that its size is unknown. */
function isArriving(flow: HttpFlow, response: HttpResponse): boolean {
  return response.isEventStream && !response.body.complete && response.timestampEnd === undefined && !flow.error;
}
