import type { Flow } from '../../../flow/flow.js';

/**
 * Reasons why a flow is not sent. `isLoss` marks requests with missing or invalid parts; other flows contain no request that
 * could be sent.
 */
export const OBSTACLES = {
  tcp: { text: 'TCP connections', isLoss: false },
  udp: { text: 'UDP conversations', isLoss: false },
  dns: { text: 'DNS queries', isLoss: false },
  connect: { text: 'CONNECT requests', isLoss: false },
  upgrade: { text: 'upgraded connections recorded as bytes', isLoss: false },
  'not-kept': { text: 'requests whose body was not kept', isLoss: true },
  incomplete: { text: 'requests with an incomplete body', isLoss: true },
  invalid: { text: 'requests that are not valid HTTP', isLoss: true },
} as const;

export type Obstacle = keyof typeof OBSTACLES;

/** The reason why the request of a flow cannot be sent again; undefined if it can. */
export function obstacleOf(flow: Flow): Obstacle | undefined {
  if (flow.type !== 'http') return flow.type;
  const { request, messages, websocket, metadata } = flow;
  if (request.method === 'CONNECT') return 'connect';
  if (messages && !websocket) return 'upgrade';
  if (metadata.refused === true && flow.error?.code !== 'authentication-required') return 'invalid';
  const { body, headers } = request;
  if (!body.kept) return 'not-kept';
  if (body.complete) return undefined;
  const hasBody = body.size > 0 || (headers.get('content-length') ?? '0') !== '0' || headers.has('transfer-encoding');
  return hasBody ? 'incomplete' : undefined;
}
