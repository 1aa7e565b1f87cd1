// The entries of transactions with time on; with time off they are translate/entry's.
import { base, requestAt } from '../memory/base';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Result from '../abi/result';
import * as Status from '../abi/status';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { lookup as lookupUntimed, translate as translateUntimed } from '../translate/entry';
import * as Quick from '../translate/quick';
import { lookupAgain } from '../timing/again';
import { translateAlone } from '../timing/alone';
import { timed } from '../timing/engine';
import { timedTranslate } from './clock';

const INTEGERS: f64 = 4503599627370496; // 2^52
const IOVA_MOST: u64 = (1 << 53) - 1;

/** The main request block to its end; the host has filled its inputs. */
export function translate(): i32 {
  if (!timed()) return translateUntimed();
  const q = requestAt(Request.MAIN);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  timedTranslate();
  return load<i32>(q, Request.STATUS);
}

function timedLookup(sid: u32, iova: u64, packed: u32): f64 {
  if (SHORT_CUTS) {
    const again = lookupAgain(sid, iova, packed);
    if (again >= 0) return again;
  }
  const alone = translateAlone(sid, packed >> Flag.SUBSTREAM_SHIFT, iova, packed & 0xfff);
  if (alone >= 0 && !load<u32>(base, Header.NOTIFY_COUNT) && !load<u32>(base, Header.DONE_COUNT))
    return alone;
  if (alone >= 0) return Result.LEFT_SOMETHING - alone;
  const q = requestAt(Request.MAIN);
  store<u64>(q, iova, Request.IOVA);
  store<u32>(q, sid, Request.SID);
  store<u32>(q, packed >> Flag.SUBSTREAM_SHIFT, Request.SSID);
  store<u32>(q, packed & 0xfff, Request.FLAGS);
  store<u32>(q, Request.DEFAULT_SIZE, Request.SIZE);
  store<u32>(q, sid, Request.REQUESTER);
  store<u32>(q, DEFAULT_ATTRIBUTES, Request.ATTRS);
  store<u64>(q, 0, Request.ARRIVAL);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  timedTranslate();
  if (load<u32>(q, Request.STATUS) != Status.OK) return -1;
  return Result.LEFT_SOMETHING - <f64>load<u64>(q, Request.PA);
}

// Not in one piece with what calls it, which would have to keep registers for it. NaN: va is not `iova`, or above `most`.
function lookupAt(sid: u32, va: u64, flags: u32, iova: f64, most: u64): f64 {
  if (va > most || <f64>va != iova) return NaN;
  if (timed()) return timedLookup(sid, va, flags);
  if (SHORT_CUTS) {
    const e = Quick.quickEntry(sid, va, flags);
    if (e) return Quick.addressIn(e, va);
  }
  return lookupUntimed(sid, va, flags);
}

/**
 * One address: the physical address, or -1 for anything but success; with time on also Result.LEFT_SOMETHING less the address. NaN: iova is
 * no integer from 0 to 2^53 - 1.
 */
export function lookup(sid: u32, iova: f64, flags: u32): f64 {
  if (SHORT_CUTS) {
    const moved = iova + INTEGERS;
    const sum = reinterpret<u64>(moved);
    if (!Quick.strange(sid, flags, sum, reinterpret<u64>(moved - INTEGERS), reinterpret<u64>(iova))) {
      const hint = Quick.hintFor(sum);
      if (Quick.isThere(hint, sum)) {
        const hot = Quick.hotOf(hint);
        if ((hot >> (<u64>flags)) & 1) return Quick.takeHinted(hint, hot, sum);
      }
    }
  }
  return lookupAt(sid, <u64>(<i64>iova), flags, iova, IOVA_MOST);
}

/** The same with the address as two words. */
export function lookupWords(sid: u32, lo: u32, hi: u32, flags: u32): f64 {
  const va = ((<u64>hi) << 32) | (<u64>lo);
  return lookupAt(sid, va, flags, <f64>va, u64.MAX_VALUE);
}
