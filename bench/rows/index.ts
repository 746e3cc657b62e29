import type { Row } from '../row.js';
import { addons } from './addons.js';
import { capture } from './capture.js';
import { coverage } from './coverage.js';
import { explicitHttp } from './explicit-http.js';
import { filter } from './filter.js';
import { growth } from './growth.js';
import { grpc } from './grpc.js';
import { http2 } from './http2.js';
import { https } from './https.js';
import { largeBody } from './large-body.js';
import { memory } from './memory.js';
import { replay } from './replay.js';
import { serverReplay } from './server-replay.js';
import { socks5 } from './socks5.js';
import { startUp } from './start-up.js';
import { transparent } from './transparent.js';
import { websocket } from './websocket.js';

/** All rows, in the order of the table. */
export const ROWS: readonly Row[] = [
  explicitHttp,
  transparent,
  socks5,
  https,
  http2,
  grpc,
  addons,
  websocket,
  largeBody,
  growth,
  startUp,
  capture,
  replay,
  filter,
  serverReplay,
  memory,
  coverage,
];
