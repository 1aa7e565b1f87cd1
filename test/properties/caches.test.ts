/**
 * Properties of the caches on random sequences of changes, commands and translations. PROPERTIES_SEQUENCES says how many
 * sequences each property runs on each configuration (`node scripts/proof.mjs properties` runs the full length).
 */
import { describe, expect, test } from '@jest/globals';
import type { SmmuOptions, Translation } from '../../src/index.js';
import { Rng } from '../oracle/random.js';
import { WAYS, type Said } from '../support/ways.js';
import { Reshaped, Switched } from './changes.js';
import { Chooser, type Configuration } from './choose.js';
import {
  encodeInvalidation,
  namesConfiguration,
  namesEntry,
  type Entry,
  type Invalidation,
  type Mode,
} from './command.js';
import { ROOMY, TIGHT } from './configurations.js';
import { answerOf, possible, same } from './expected.js';
import { Rig } from './rig.js';
import { World, type Guest, type Page, type Route } from './world.js';

const SEQUENCES = Number(process.env['PROPERTIES_SEQUENCES'] ?? 12);
const SEED = Number(process.env['PROPERTIES_SEED'] ?? 1);
const TIMEOUT = 60 * 60_000;

interface Scene {
  rig: Rig;
  rng: Rng;
  mode: Mode;
  world: World;
  choose: Chooser;
  /** Seed and latest doings, for messages. */
  story: string[];
}

let configuration = 0;

async function forEachSequence(caches: SmmuOptions['caches'], run: (scene: Scene) => void): Promise<void> {
  const rig = await Rig.create(caches);
  const first = SEED + 100_000 * ++configuration;
  for (let seed = first; seed < first + SEQUENCES; seed++) {
    const rng = new Rng(seed);
    const mode = { e2h: rng.chance(0.5), vmw: rng.pick([0, 0, 1, 2]) };
    rig.start(mode.e2h, mode.vmw);
    const world = new World(rig.cached, rng, mode.e2h);
    const story = [`seed ${seed}, E2H ${mode.e2h}, VMW ${mode.vmw}`];
    run({ rig, rng, mode, world, choose: new Chooser(rng, world, mode), story });
  }
  rig.dispose();
}

interface Probe {
  page: Page;
  route: Route;
  guest?: Guest | undefined;
}
function probes({ world }: Scene): Probe[] {
  const stage1 = world.pages.flatMap(({ page, routes, guest }) =>
    routes.map((route) => ({ page, route, guest })),
  );
  const alone = world.routes.filter((r) => r.space === undefined);
  const stage2 = alone.flatMap((route) => route.guest!.pages.map((page) => ({ page, route })));
  return [...stage1, ...stage2];
}

const show = (v: unknown): string =>
  JSON.stringify(v, (_, x: unknown) => (typeof x === 'bigint' ? `0x${x.toString(16)}` : x));
const cdIndex = (route: Route): number | undefined => (route.space ? (route.ssid ?? 0) : undefined);

function issue({ rig, story }: Scene, commands: readonly Invalidation[]): void {
  story.push(...commands.map(show));
  rig.command(...commands.map(encodeInvalidation));
}

function fail(scene: Scene, what: string): never {
  throw new Error(`${what}\n${[scene.story[0], ...scene.story.slice(-25)].join('\n')}`);
}

describe('IHI 0070 §3.21 with the right command after each change, caches do not show', () => {
  test.each([...TIGHT, ...ROOMY])(
    '$name',
    async ({ caches }) => {
      let compared = 0;
      await forEachSequence(caches, (scene) => {
        const { rig, rng, world, choose } = scene;
        const all = probes(scene);
        const reshaped = new Reshaped(rng, world);
        const switched = new Switched(rig.cached, rng, world);
        const compare = (route: Route, iova: bigint): void => {
          const write = rng.chance(0.4);
          const said = rig.askBy(rng.pick(WAYS), route.sid, route.ssid, iova, write);
          const [a, b] = [rig.cached, rig.twin].map((m) => rig.ask(m, route.sid, route.ssid, iova, write));
          compared++;
          if (!agrees(said, b))
            fail(scene, `stream ${route.sid}, ${show(iova)}: ${show(said)}, without caches ${outcome(b)}`);
          if (outcome(a) !== outcome(b)) {
            fail(
              scene,
              `stream ${route.sid}, ${show(iova)}: cached ${outcome(a)}, without caches ${outcome(b)}`,
            );
          }
        };
        for (let step = 0; step < 60; step++) {
          const probe = rng.pick(all);
          const { entries, configurations } = change(scene, probe, reshaped, switched);
          if (entries.length + configurations.length > 0)
            issue(scene, choose.covering(entries, configurations));
          for (let i = 0; i < 8; i++) {
            const { page, route, guest } = i < 2 ? probe : rng.pick(all);
            compare(route, world.addressIn(page, guest));
          }
          const { space, ...route } = rng.pick(world.routes);
          if (space) compare({ ...route, space }, reshaped.probe(space));
        }
      });
      process.stderr.write(`right commands: ${compared} answers compared\n`);
    },
    TIMEOUT,
  );
});

function change(
  scene: Scene,
  { page, guest }: Probe,
  reshaped: Reshaped,
  switched: Switched,
): { entries: Entry[]; configurations: Configuration[] } {
  const { rng, world, story } = scene;
  const kind = rng.below(20);
  if (kind < 2) {
    const stream = rng.pick(world.streams);
    const normal = Number(stream.fields.Config);
    const config = rng.pick([0, 4, normal, normal]);
    story.push(`stream ${stream.sid}: Config ${config}`);
    world.setConfig(stream, config);
    return { entries: [], configurations: [{ sid: stream.sid, cd: undefined }] };
  }
  if (kind < 4) {
    story.push('another TTB0');
    const { entries, routes } = switched.change();
    return { entries, configurations: routes.map((r) => ({ sid: r.sid, cd: cdIndex(r)! })) };
  }
  if (kind < 7) {
    story.push('another shape');
    return { entries: reshaped.change(), configurations: [] };
  }
  if (kind < 11 && world.guests.length > 0) return { entries: changeStage2(scene), configurations: [] };
  world.change(page, guest);
  story.push(`page ${show(page.entry)} -> ${show(page.now)}`);
  // A page of stage 2 is a probe of its own, by a stream that has no stage 1; nested answers depend on it as well.
  return { entries: page.stage2 ? staleByStage2(scene, page) : [page.entry], configurations: [] };
}

function changeStage2(scene: Scene): Entry[] {
  const { rng, world, story } = scene;
  const page = rng.pick(rng.pick(world.guests).pages);
  world.change(page);
  story.push(`stage 2 page ${show(page.entry)} -> ${show(page.now)}`);
  return staleByStage2(scene, page);
}

/** Stage 2's own entry, and the combined ones of pages that lead there. */
function staleByStage2({ world }: Scene, changed: Page): Entry[] {
  const guest = world.guests.find(({ pages }) => pages.includes(changed));
  const leads = world.pages.filter(
    ({ page, guest: g }) =>
      g === guest &&
      page.now.oa < changed.ia + changed.entry.bytes &&
      page.now.oa + page.entry.bytes > changed.ia,
  );
  return [changed.entry, ...leads.map(({ page }) => page.entry)];
}

/** Whatever the way of asking, the answer is the same. */
const agrees = (said: Said, t: Translation): boolean =>
  said.status === t.status && (t.status !== 'ok' || said.pa === t.pa) && said.event === t.event?.type;

const outcome = (t: Translation): string =>
  t.status === 'ok'
    ? show({ pa: t.pa, permissions: t.permissions, attributes: t.attributes })
    : show({ status: t.status, event: t.event?.words });

describe('IHI 0070 §3.21 after changes without a command, the answer is one of the versions since the last that named it', () => {
  test.each([...TIGHT, ...ROOMY])(
    '$name',
    async ({ caches }) => {
      const counts = { answers: 0, stale: 0 };
      await forEachSequence(caches, (scene) => {
        const { rig, rng, world, choose, mode, story } = scene;
        const all = probes(scene);
        // Few of them, so that each is tried, changed and named often.
        const few = Array.from({ length: 12 }, () => rng.pick(all));
        for (let step = 0; step < 240; step++) {
          const probe = rng.chance(0.8) ? rng.pick(few) : rng.pick(all);
          const { page, route, guest } = probe;
          const kind = rng.below(20);
          if (kind < 4) {
            world.change(page, guest);
            story.push(`page ${show(page.entry)} -> ${show(page.now)}`);
          } else if (kind < 6 && guest) {
            const inner = rng.pick(guest.pages);
            world.change(inner);
            story.push(`stage 2 page ${show(inner.entry)} -> ${show(inner.now)}`);
          } else if (kind === 6 && rng.chance(0.3)) {
            const stream = world.streams[route.sid];
            const normal = Number(stream.fields.Config);
            world.clock++;
            world.setConfig(stream, rng.pick([0, 4, normal, normal, normal]));
            story.push(`stream ${stream.sid}: Config ${stream.configs[stream.configs.length - 1].config}`);
          } else if (kind < 10) {
            const commands = Array.from({ length: rng.between(1, 3) }, () => choose.invalidation(page.entry));
            issue(scene, commands);
            world.clock++;
            for (const i of commands) noteCommand(world, i, mode);
          } else {
            const iova = world.addressIn(page, guest);
            const write = rng.chance(0.4);
            const said = rig.askBy(rng.pick(WAYS), route.sid, route.ssid, iova, write);
            const t = rig.ask(rig.cached, route.sid, route.ssid, iova, write);
            const answer = answerOf(t);
            if (!agrees(said, t)) fail(scene, `got ${show(said)}, and then ${show(answer)}`);
            const allowed = possible(world, world.streams[route.sid], route, iova, write);
            counts.answers++;
            if (!same(answer, answerOf(rig.ask(rig.twin, route.sid, route.ssid, iova, write))))
              counts.stale++;
            story.push(
              `stream ${route.sid} ${route.ssid}: ${show(iova)} ${write ? 'write' : 'read'}: ${show(answer)} ${t.hit}`,
            );
            if (!allowed.some((a) => same(a, answer)))
              fail(scene, `got ${show(answer)}, may be one of ${show(allowed)}`);
          }
        }
      });
      process.stderr.write(`without commands: ${counts.answers} answers, ${counts.stale} of them stale\n`);
      expect(counts.stale).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});

function noteCommand(world: World, i: Invalidation, mode: Mode): void {
  const pages = [...world.pages.map(({ page }) => page), ...world.guests.flatMap(({ pages }) => pages)];
  for (const page of pages) if (namesEntry(i, page.entry, mode)) page.covers.push(world.clock);
  for (const stream of world.streams) {
    if (!i.op.startsWith('cfgiCd') && namesConfiguration(i, stream.sid, undefined))
      stream.covered = world.clock;
  }
}

const TLBS = ['micro-tlb', 'main-tlb', 'tcu-tlb'];
const STAGE_2 = ['s12Vmall', 'nsnhAll', 's2Ipa'];

describe('IHI 0070 §4.4 with capacity to spare, what no command named still hits', () => {
  test.each(ROOMY)(
    '$name',
    async ({ caches, streamOnly }) => {
      const counts = { commands: 0, kept: 0, named: 0 };
      const hasConfigCache = typeof caches === 'object' && caches.configCache !== false;
      const hasIpaCache = typeof caches === 'object' && typeof caches.ipaCache === 'object';
      await forEachSequence(caches, (scene) => {
        const { rig, rng, world, choose, mode, story } = scene;
        const ask = (p: { route: Route; iova: bigint }): Translation =>
          rig.ask(rig.cached, p.route.sid, p.route.ssid, p.iova, false);
        const tried = probes(scene)
          .map((p) => ({ ...p, iova: world.addressIn(p.page, p.guest) }))
          .filter((p) => ask(p).status === 'ok');
        // Entries of stage 2 that a command removed come back only when something walks there.
        let stage2Named = false;
        for (let round = 0; round < 25; round++) {
          if (stage2Named && rng.chance(0.5)) {
            stage2Named = false;
            issue(scene, [{ op: 'nsnhAll' }, { op: 'el2All' }, { op: 'cfgiAll' }]);
          }
          for (const p of rng.chance(0.5) ? tried : [...tried].reverse()) ask(p);
          const near = rng.pick(tried).page.entry;
          const commands = Array.from({ length: rng.pick([1, 1, 1, 2, 4]) }, () => choose.invalidation(near));
          issue(scene, commands);
          counts.commands += commands.length;
          stage2Named ||= commands.some(({ op }) => STAGE_2.includes(op));
          // Whoever comes first fills again for those that share the entry: another one each time.
          const turn = rng.below(tried.length);
          for (const p of [...tried.slice(turn), ...tried.slice(0, turn)]) {
            const t = ask(p);
            const named = commands.some((i) => namesEntry(i, p.page.entry, mode));
            const reconfigured = commands.some((i) => namesConfiguration(i, p.route.sid, cdIndex(p.route)));
            const told = (): string =>
              `stream ${p.route.sid} ${p.route.ssid}: ${show(p.iova)}: ${t.hit}, reads ${show(t.reads)}`;
            if (!named && !(streamOnly && reconfigured)) {
              counts.kept++;
              // A configuration that has to be read again may need stage 2 for its CD.
              const walked = t.reads.stage1 + (hasConfigCache && !reconfigured ? t.reads.stage2 : 0);
              if (!TLBS.includes(t.hit) || walked > 0) fail(scene, `translation gone: ${told()}`);
            } else counts.named++;
            if (hasConfigCache && !reconfigured && t.reads.ste + t.reads.cd > 0)
              fail(scene, `configuration gone: ${told()}`);
            if (hasIpaCache && !stage2Named && p.guest && t.reads.stage2 > 0) {
              fail(scene, `stage 2 gone: ${told()}`);
            }
          }
          story.push(`round ${round}`);
        }
      });
      process.stderr.write(`${counts.commands} commands: ${counts.kept} hits kept, ${counts.named} named\n`);
      expect(Math.min(counts.kept, counts.named)).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});
