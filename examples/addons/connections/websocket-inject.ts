// Injects WebSocket messages: at the start, every second, and in place of messages with a secret.
//   tsdump -s websocket-inject.ts
import type { HttpFlow, LiveMessage } from 'tsdump';

const timers = new Map<HttpFlow, NodeJS.Timeout>();

export function websocketStart(flow: HttpFlow): void {
  flow.inject({ toClient: true, text: 'Hello from tsdump' });
  const greet = () => flow.channel && flow.inject({ toClient: true, text: 'still here' });
  timers.set(flow, setInterval(greet, 1000));
}

export function websocketMessage({ flow, message }: { flow: HttpFlow; message: LiveMessage }): void {
  // The hook is also called for injected messages.
  if (message.injected || !message.isText || !message.text.includes('secret')) return;
  message.drop();
  flow.inject({ toClient: !message.fromClient, text: 'ssssssh' });
}

export function flowEnd(flow: HttpFlow): void {
  clearInterval(timers.get(flow));
  timers.delete(flow);
}
