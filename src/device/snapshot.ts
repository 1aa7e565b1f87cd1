/**
 * Snapshots: the core's region byte for byte, what the host keeps beside it, and guest RAM when asked for. A header tells
 * layout, build, configuration and damage apart; everything is checked before anything is changed.
 *
 * Bytes, little-endian: magic (8), format (4), ABI version (4), build (16 hexadecimal digits), configuration (16), fingerprint of all
 * that follows it (16), length of the region (4), length of the host's part (4), 1 when RAM follows (4), 0 (4); region, host's part, RAM.
 */
import * as Header from '../../assembly/abi/header.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as RamWindow from '../../assembly/abi/ram-window.js';
import type { Callbacks, Notification } from './callbacks.js';
import type { Configuration } from './options.js';
import { Reader, Writer } from './snapshot-bytes.js';
import type { Tickets } from './tickets.js';
import type { CoreMemory } from '../core/core-memory.js';
import { fingerprint, fingerprintText } from '../core/fingerprint.js';
import type { CoreMap } from '../core/map.js';
import { PAGE_BYTES } from '../config/windows.js';

const MAGIC = 'SMMU3SNP';
const FORMAT = 1;
const HEADER_BYTES = 80;
const FINGERPRINT_AT = 48;
const BODY_AT = 64;

/** All that a snapshot is taken from and put back into. */
export interface SnapshotDevice {
  readonly memory: CoreMemory;
  readonly map: CoreMap;
  /** Of each RAM window in linear memory, with the bytes it takes there. */
  readonly ram: readonly { readonly offset: number; readonly bytes: number }[];
  readonly build: string;
  readonly configuration: string;
  readonly callbacks: Callbacks;
  readonly tickets: Tickets;
}

/** The configuration as far as the state depends on it: two devices that agree in it can take each other's snapshots. */
export function configurationFingerprint(configuration: Configuration, offsets: readonly number[]): string {
  const { id, shape, asyncCommands, coreBase } = configuration;
  const text = JSON.stringify({ id, shape, asyncCommands, coreBase, offsets }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return fingerprintText(text);
}

/** Takes a snapshot. */
export function saveSnapshot(device: SnapshotDevice, ram: boolean): Uint8Array {
  const { memory, map } = device;
  const host = new Writer();
  writeHost(host, device);
  const pages = new Writer();
  if (ram) device.ram.forEach((window) => writePages(pages, memory, window));
  const out = new Writer();
  out.text(MAGIC);
  out.u32(FORMAT);
  out.u32(Layout.VERSION);
  out.text(device.build);
  out.text(device.configuration);
  out.text('0'.repeat(16));
  out.u32(map.batch);
  out.u32(host.length);
  out.u32(ram ? 1 : 0);
  out.u32(0);
  out.bytes(memory.slice(0, map.batch));
  out.bytes(host.finish());
  out.bytes(pages.finish());
  const bytes = out.finish();
  bytes.set(new TextEncoder().encode(fingerprint(bytes.subarray(BODY_AT))), FINGERPRINT_AT);
  return bytes;
}

/**
 * Puts a snapshot back.
 * @throws RangeError when it is not one of this build and configuration, or damaged; nothing has changed then
 */
export function restoreSnapshot(device: SnapshotDevice, bytes: Uint8Array): void {
  const { memory, map } = device;
  const header = checkHeader(device, bytes);
  const body = new Reader(bytes, HEADER_BYTES);
  const region = body.bytes(map.batch);
  const host = readHost(new Reader(body.bytes(header.hostBytes), 0));
  const pages = header.ram ? device.ram.map((window) => readPages(body, window.bytes)) : undefined;

  const kept = keepers(device, pages !== undefined).map(({ at, length }) => ({
    at,
    bytes: memory.slice(at, length).slice(),
  }));
  memory.slice(0, map.batch).set(region);
  for (const { at, bytes: own } of kept) memory.slice(at, own.length).set(own);
  pages?.forEach((list, i) => {
    const { offset, bytes: length } = device.ram[i];
    memory.bytes.fill(0, offset, offset + length);
    for (const page of list) memory.bytes.set(page.bytes, offset + page.index * PAGE_BYTES);
  });
  device.callbacks.waiting = host.waiting;
  device.callbacks.untaken = host.untaken;
  device.tickets.restore(host.tickets);
}

function checkHeader(device: SnapshotDevice, bytes: Uint8Array): { hostBytes: number; ram: boolean } {
  const reader = new Reader(bytes, 0);
  if (bytes.length < HEADER_BYTES || reader.text(8) !== MAGIC) {
    throw new RangeError('snapshot is not one: it does not begin with the header that Smmu.save writes');
  }
  const format = reader.u32();
  const version = reader.u32();
  if (format !== FORMAT || version !== Layout.VERSION) {
    throw new RangeError(
      `snapshot has format ${format} and layout ${version}; this version takes format ${FORMAT} and layout ${Layout.VERSION}`,
    );
  }
  if (reader.text(16) !== device.build)
    throw new RangeError('snapshot was taken by another build of the core');
  if (reader.text(16) !== device.configuration) {
    throw new RangeError(
      'snapshot was taken from a device of another configuration (id, caches, timing, ram, sizes or places)',
    );
  }
  const expected = reader.text(16);
  const regionBytes = reader.u32();
  const hostBytes = reader.u32();
  const ram = reader.u32() === 1;
  const short = bytes.length < HEADER_BYTES + regionBytes + hostBytes || regionBytes !== device.map.batch;
  if (short || expected !== fingerprint(bytes.subarray(BODY_AT))) {
    throw new RangeError('snapshot is damaged: its contents are not what its fingerprint says');
  }
  return { hostBytes, ram };
}

/** Parts of the region that belong to this device or its RAM rather than to the state: they stay as they are. */
function keepers(device: SnapshotDevice, ramToo: boolean): { at: number; length: number }[] {
  const kept = [{ at: Header.HOST_FLAGS, length: 4 }];
  if (ramToo) return kept;
  device.map.sparse.forEach((place, i) => {
    if (place === undefined) return;
    kept.push(
      { at: place.hash, length: 4 * (place.hashMask + 1) },
      { at: place.keys, length: 8 * place.pages },
      { at: Layout.WINDOWS + i * RamWindow.BYTES + RamWindow.USED, length: 4 },
    );
  });
  return kept;
}

function writeHost(out: Writer, { callbacks, tickets }: SnapshotDevice): void {
  const { last, next, finished } = tickets.state();
  out.u32(last === undefined ? 0 : 1);
  out.u64(last ?? 0n);
  out.u32(next);
  out.u32(finished.length);
  for (const { ticket, block } of finished) {
    out.u32(ticket);
    out.sized(block);
  }
  out.u32(callbacks.untaken.length);
  callbacks.untaken.forEach((record) => out.sized(record));
  out.u32(callbacks.waiting.length);
  callbacks.waiting.forEach((notification) => writeNotification(out, notification));
}

interface HostState {
  readonly tickets: ReturnType<Tickets['state']>;
  readonly untaken: Uint8Array[];
  readonly waiting: Notification[];
}

function readHost(from: Reader): HostState {
  const known = from.u32() === 1;
  const arrival = from.u64();
  const next = from.u32();
  const finished = from.list(() => ({ ticket: from.u32(), block: from.sized() }));
  const untaken = from.list(() => from.sized());
  const waiting = from.list(() => readNotification(from));
  return { tickets: { last: known ? arrival : undefined, next, finished }, untaken, waiting };
}

const KINDS = ['interrupt', 'msi', 'resumed'] as const;

function writeNotification(out: Writer, notification: Notification): void {
  out.u32(KINDS.indexOf(notification.kind));
  if (notification.kind === 'resumed') {
    out.sized(notification.record);
    return;
  }
  out.u32(notification.source);
  if (notification.kind === 'msi') {
    out.u64(notification.address);
    out.u32(notification.data);
  }
}

function readNotification(from: Reader): Notification {
  const kind = KINDS[from.u32()];
  if (kind === 'resumed') return { kind, record: from.sized() };
  const source = from.u32();
  return kind === 'msi'
    ? { kind, source, address: from.u64(), data: from.u32() }
    : { kind: 'interrupt', source };
}

/** The pages that are not all zero: count, then index and bytes of each. */
function writePages(out: Writer, memory: CoreMemory, window: { offset: number; bytes: number }): void {
  const pages: number[] = [];
  for (let start = 0; start < window.bytes; start += PAGE_BYTES) {
    if (!isZero(pageOf(memory, window, start))) pages.push(start);
  }
  out.u32(pages.length);
  for (const start of pages) {
    out.u32(start / PAGE_BYTES);
    out.bytes(pageOf(memory, window, start));
  }
}

function isZero(page: Uint8Array): boolean {
  for (let i = 0; i < page.length; i++) if (page[i] !== 0) return false;
  return true;
}

function pageOf(
  memory: CoreMemory,
  { offset, bytes }: { offset: number; bytes: number },
  start: number,
): Uint8Array {
  return memory.bytes.subarray(offset + start, offset + Math.min(start + PAGE_BYTES, bytes));
}

function readPages(from: Reader, bytes: number): { index: number; bytes: Uint8Array }[] {
  return from.list(() => {
    const index = from.u32();
    return { index, bytes: from.bytes(Math.min(PAGE_BYTES, bytes - index * PAGE_BYTES)) };
  });
}
