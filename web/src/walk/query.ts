/** What is asked, as the form and the page's address have it: text, until it is read. */
import type { Transaction } from '../../../src/index.js';
import { hex, parseNumber } from '../parts/numbers.js';
import type { Example } from './questions.js';

export const ACCESSES = ['read', 'write', 'execute'] as const;
export type Access = (typeof ACCESSES)[number];

export interface Query {
  readonly sid: string;
  readonly iova: string;
  /** Empty: none. */
  readonly ssid: string;
  readonly access: Access;
  readonly privileged: boolean;
}

export function queryOfExample({ streamId, iova, write }: Example): Query {
  return {
    sid: hex(streamId),
    iova: hex(iova),
    ssid: '',
    access: write ? 'write' : 'read',
    privileged: false,
  };
}

/** What an address of the page asks; undefined when it asks nothing. */
export function queryOfSettings(settings: Readonly<Record<string, string>>): Query | undefined {
  const { sid, iova, ssid = '', access, privileged } = settings;
  if (sid === undefined || iova === undefined) return undefined;
  const known = ACCESSES.find((name) => name === access) ?? 'read';
  return { sid, iova, ssid, access: known, privileged: privileged === '1' };
}

export function settingsOf({ sid, iova, ssid, access, privileged }: Query): Record<string, string> {
  return {
    sid,
    iova,
    ...(ssid === '' ? {} : { ssid }),
    ...(access === 'read' ? {} : { access }),
    ...(privileged ? { privileged: '1' } : {}),
  };
}

/** @throws RangeError: one sentence that names the field */
export function transactionOf({ sid, iova, ssid, access, privileged }: Query): Transaction {
  return {
    streamId: Number(parseNumber(sid, 'StreamID', 32)),
    iova: parseNumber(iova, 'Address', 64),
    access: access === 'write' ? 'write' : 'read',
    instruction: access === 'execute',
    privileged,
    size: 1,
    ...(ssid.trim() === '' ? {} : { substreamId: Number(parseNumber(ssid, 'SubstreamID', 20)) }),
  };
}
