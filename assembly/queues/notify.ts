// What the core has to tell the host, in order: wired pulses, MSIs that no memory took, resumed transactions. The host
// empties the ring after every call; long work stops early so that it cannot overflow.
import { base, region } from '../memory/base';
import * as Header from '../abi/header';
import * as NotifyRecord from '../abi/notify-record';

// Kept free for pulses: at most one per source is added there.
const RESERVED: u32 = 8;

@inline
function slot(i: u32): usize {
  return region(base + Header.NOTIFY) + <usize>i * NotifyRecord.BYTES;
}

/** False when long work should stop and let the host drain. */
export function roomForWork(): bool {
  return load<u32>(base + Header.NOTIFY_COUNT) * 2 <= load<u32>(base + Header.NOTIFY_CAP);
}

function append(kind: u32, source: u32, address: u64, data: u32): void {
  const n = load<u32>(base + Header.NOTIFY_COUNT);
  const at = slot(n);
  store<u32>(at, kind, NotifyRecord.KIND);
  store<u32>(at, source, NotifyRecord.SOURCE);
  store<u64>(at, address, NotifyRecord.ADDRESS);
  store<u32>(at, data, NotifyRecord.DATA);
  store<u32>(base + Header.NOTIFY_COUNT, n + 1);
}

function isPulseOf(i: u32, source: u32): bool {
  const at = slot(i);
  return (
    load<u32>(at, NotifyRecord.KIND) == NotifyRecord.KIND_IRQ && load<u32>(at, NotifyRecord.SOURCE) == source
  );
}

/** A wired pulse. False: it coalesced with one that the host has not seen yet (§3.18 allows it). */
export function notifyPulse(source: u32): bool {
  const n = load<u32>(base + Header.NOTIFY_COUNT);
  const cap = load<u32>(base + Header.NOTIFY_CAP);
  if (n > 0 && isPulseOf(n - 1, source)) return false;
  if (n + RESERVED >= cap) {
    for (let i = n; i > 0 && i + RESERVED >= cap; i--) if (isPulseOf(i - 1, source)) return false;
    if (n >= cap) return false;
  }
  append(NotifyRecord.KIND_IRQ, source, 0, 0);
  return true;
}

/** Anything but a pulse. False: no room. */
export function notify(kind: u32, source: u32, address: u64, data: u32): bool {
  if (load<u32>(base + Header.NOTIFY_COUNT) + RESERVED >= load<u32>(base + Header.NOTIFY_CAP)) return false;
  append(kind, source, address, data);
  return true;
}
