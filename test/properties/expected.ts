/** What a device with caches may answer when software has changed things behind its back (IHI 0070 §3.17, §3.21). */
import type { Translation } from '../../src/index.js';
import { C_BAD_SUBSTREAMID, F_PERMISSION, F_TRANSLATION } from '../support/events.js';
import type { Page, Route, Stream, Version, World } from './world.js';

export interface Answer {
  /** 'ok', or the number of the event, or 'abort' for a silent one. */
  what: 'ok' | 'abort' | number;
  pa: bigint;
  write: boolean;
}

export function answerOf(t: Translation): Answer {
  if (t.status === 'ok') return { what: 'ok', pa: t.pa, write: t.permissions.write };
  return { what: t.event?.type ?? 'abort', pa: 0n, write: false };
}

export const same = (a: Answer, b: Answer): boolean =>
  a.what === b.what && a.pa === b.pa && a.write === b.write;

const fault = (what: number | 'abort'): Answer => ({ what, pa: 0n, write: false });

/** Every answer that is made of versions alive, with repetitions. */
export function possible(world: World, stream: Stream, route: Route, iova: bigint, write: boolean): Answer[] {
  const answers: Answer[] = [];
  for (const { config, death } of stream.configs) {
    if (death <= stream.covered) continue;
    if (config === 0) answers.push(fault('abort'));
    else if (config === 4 && route.ssid !== undefined) answers.push(fault(C_BAD_SUBSTREAMID));
    else if (config === 4) answers.push({ what: 'ok', pa: iova, write: true });
    else answers.push(...translated(world, route, iova, write));
  }
  return answers;
}

function translated(world: World, route: Route, iova: bigint, write: boolean): Answer[] {
  if (route.space === undefined) return secondStage(route.guest!.pages, iova, true, write, Infinity);
  const found = world.pages.find(({ page, routes }) => routes.includes(route) && holds(page, iova));
  if (found === undefined) return [fault(F_TRANSLATION)];
  const { page } = found;
  return page.alive(Infinity).flatMap((v) => {
    if (!v.valid) return v === page.now ? [fault(F_TRANSLATION)] : [];
    const out = v.oa + (iova - page.ia);
    if (route.guest === undefined) return [leaf(out, v.writable, write)];
    if (write && !v.writable) return [fault(F_PERMISSION)];
    // A combined entry holds what stage 2 said when it was made, be it itself from a cache, until a command names the VA.
    return secondStage(route.guest.pages, out, v.writable, write, Math.max(...page.covers));
  });
}

function secondStage(
  pages: readonly Page[],
  ipa: bigint,
  writable: boolean,
  write: boolean,
  time: number,
): Answer[] {
  const page = pages.find((p) => holds(p, ipa));
  if (page === undefined) return [fault(F_TRANSLATION)];
  return page.alive(time).flatMap((v: Version) => {
    if (!v.valid) return v === page.now ? [fault(F_TRANSLATION)] : [];
    return [leaf(v.oa + (ipa - page.ia), writable && v.writable, write)];
  });
}

const leaf = (pa: bigint, writable: boolean, write: boolean): Answer =>
  write && !writable ? fault(F_PERMISSION) : { what: 'ok', pa, write: writable };

const holds = (page: Page, address: bigint): boolean =>
  address >= page.ia && address < page.ia + page.entry.bytes;
