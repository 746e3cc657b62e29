import t from 'tap';
import { ALERTS, beginsHandshake, fatalAlert } from '../../../src/engine/net/tls-record.js';

const CASES: [hex: string, begins: boolean | undefined][] = [
  ['', undefined],
  ['16', undefined],
  ['1603', undefined],
  ['160300', true],
  ['160301', true],
  ['160304', true],
  ['160305', false],
  ['16030102000100', true],
  ['1602', false],
  ['160203', false],
  ['15', false],
  ['150301', false],
  ['474554', false],
];
for (const [hex, begins] of CASES) t.equal(beginsHandshake(Buffer.from(hex, 'hex')), begins, hex);

t.equal(fatalAlert(ALERTS.unexpectedMessage).toString('hex'), '1503010002020a');
