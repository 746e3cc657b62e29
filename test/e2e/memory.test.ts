import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { until } from '../support/until.js';
import { command, needs, orSkip } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { Recording } from './support/recording.js';

const MIB = 1024 * 1024;
const SIZE = 100_000_000;
