// Logs, changes and drops WebSocket messages.
//   tsdump -s websocket.ts
import type { HttpFlow, LiveMessage, LoadContext, Log } from 'tsdump';

let log: Log;

export function load(context: LoadContext): void {
  log = context.log;
}

export function websocketMessage({ flow, message }: { flow: HttpFlow; message: LiveMessage }): void {
  if (!message.isText) return;
  log.info(`${flow.request.prettyHost}: ${message.fromClient ? 'client' : 'server'}: ${message.text}`);
  if (message.text.includes('FOOBAR')) message.drop();
  else if (message.text.startsWith('Hello')) message.text = message.text.replace('Hello', 'HAPPY');
}

export function websocketEnd({ websocket }: HttpFlow): void {
  log.info(`closed by the ${websocket?.byClient ? 'client' : 'server'}, code ${websocket?.code}`);
}
