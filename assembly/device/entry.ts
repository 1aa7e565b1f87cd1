// The entries of transactions with time on; with time off they are translate/entry's.
import { base, requestAt } from '../memory/base';
import {
  DEFAULT_SIZE,
  H_DONE_COUNT,
  H_NOTIFY_COUNT,
  LEFT_SOMETHING,
  REQUEST_MAIN,
  Q_ARRIVAL,
  Q_ATTRS,
  Q_FLAGS,
  Q_IOVA,
  Q_KIND,
  Q_PA,
  Q_REQUESTER,
  Q_SID,
  Q_SIZE,
  Q_SSID,
  Q_STATUS,
  FLAG_SUBSTREAM_SHIFT,
  KIND_TRANSACTION,
  STATUS_OK,
} from '../abi';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import {
  lookup as lookupUntimed,
  lookupWords as lookupWordsUntimed,
  translate as translateUntimed,
} from '../translate/entry';
import { translateAlone } from '../timing/alone';
import { timed } from '../timing/engine';
import { timedTranslate } from './clock';

/** The main request block to its end; the host has filled its inputs. */
export function translate(): i32 {
  if (!timed()) return translateUntimed();
  const q = requestAt(REQUEST_MAIN);
  store<u32>(q, KIND_TRANSACTION, Q_KIND);
  timedTranslate();
  return load<i32>(q, Q_STATUS);
}

function timedLookup(sid: u32, iova: u64, packed: u32): f64 {
  const alone = translateAlone(sid, packed >> FLAG_SUBSTREAM_SHIFT, iova, packed & 0xfff, DEFAULT_SIZE);
  if (alone >= 0 && !load<u32>(base, H_NOTIFY_COUNT) && !load<u32>(base, H_DONE_COUNT)) return alone;
  if (alone >= 0) return LEFT_SOMETHING - alone;
  const q = requestAt(REQUEST_MAIN);
  store<u64>(q, iova, Q_IOVA);
  store<u32>(q, sid, Q_SID);
  store<u32>(q, packed >> FLAG_SUBSTREAM_SHIFT, Q_SSID);
  store<u32>(q, packed & 0xfff, Q_FLAGS);
  store<u32>(q, DEFAULT_SIZE, Q_SIZE);
  store<u32>(q, sid, Q_REQUESTER);
  store<u32>(q, DEFAULT_ATTRIBUTES, Q_ATTRS);
  store<u64>(q, 0, Q_ARRIVAL);
  store<u32>(q, KIND_TRANSACTION, Q_KIND);
  timedTranslate();
  if (load<u32>(q, Q_STATUS) != STATUS_OK) return -1;
  return LEFT_SOMETHING - <f64>load<u64>(q, Q_PA);
}

/** One address, iova below 2^53: the physical address, or -1 for anything but success; with time on also LEFT_SOMETHING less the address. */
export function lookup(sid: u32, iova: f64, flags: u32): f64 {
  return timed() ? timedLookup(sid, <u64>iova, flags) : lookupUntimed(sid, iova, flags);
}

/** The same with the address as two words. */
export function lookupWords(sid: u32, lo: u32, hi: u32, flags: u32): f64 {
  return timed()
    ? timedLookup(sid, ((<u64>hi) << 32) | (<u64>lo), flags)
    : lookupWordsUntimed(sid, lo, hi, flags);
}
