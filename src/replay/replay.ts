import { fromInput } from '../base/capture-error.js';
import type { Capture, TimelineEntry } from '../capture/types.js';
import { Smmu, type GuestMemory, type SmmuOptions } from '../device/smmu.js';
import { deviceOptions, loadMemory } from './device.js';
import { Ledger } from './ledger.js';
import { Questioner } from './questions.js';
import { CommandQueue } from './queues.js';
import { compareSnapshot } from './registers.js';
import type { CaptureReport } from './report.js';
import { streamReports } from './streams.js';
import { Translator } from './tally.js';
import { TimelinePlayer } from './timeline.js';

/** Pages that the device itself writes: the recording's content would overwrite what is to be compared. */
const WRITTEN_BY_DEVICE = ['EVTQ'];
const PROGRESS_STEP = 256;

export interface ReplayOptions {
  /** Called now and then, and at the end. */
  /** Awaited, so that something else may come between. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
  /** Caches of the device. */
  readonly caches?: SmmuOptions['caches'];
}

/**
 * Gives memory the content that the first `mem` line of each address tells. The image shows the end, and such a line says what
 * stood there from before: a prefetch command may read it earlier than the first recorded translation did.
 */
function rewindStores(memory: GuestMemory, timeline: readonly TimelineEntry[]): void {
  const stores = timeline.filter((entry) => entry.kind === 'mem');
  for (const { address, value } of stores.reverse()) memory.write64(address, value);
}

/**
 * Performs everything that a capture recorded on a new device, compares every answer, and asks the questions about the
 * final snapshot.
 */
export async function replayCapture(capture: Capture, options: ReplayOptions = {}): Promise<CaptureReport> {
  const start = performance.now();
  const ledger = new Ledger(capture.name);
  let interrupts = 0;
  let player: TimelinePlayer | undefined;
  const smmu = await fromInput(() =>
    Smmu.create({
      ...deviceOptions(capture),
      ...(options.caches === undefined ? {} : { caches: options.caches }),
      onInterrupt: (source) => {
        if (source === 'eventq') interrupts++;
        player?.pulse(source);
      },
    }),
  );
  try {
    loadMemory(smmu.memory, capture.memory, WRITTEN_BY_DEVICE);
    rewindStores(smmu.memory, capture.timeline);
    const translator = new Translator(smmu);
    player = new TimelinePlayer(smmu, capture, translator, ledger);
    const total = capture.timeline.length + capture.expected.length;
    let done = 0;
    const step = (): void | Promise<void> =>
      ++done % PROGRESS_STEP === 0 ? options.onProgress?.(done, total) : undefined;
    for (const entry of capture.timeline) {
      player.play(entry);
      const progress = step();
      if (progress !== undefined) await progress;
    }
    player.finish();
    const timelineInterrupts = interrupts;
    const registers = compareSnapshot(ledger, smmu, capture);
    // The questions are about the memory of the snapshot, and the recorder asked them with empty caches.
    loadMemory(smmu.memory, capture.memory, WRITTEN_BY_DEVICE);
    if (!new CommandQueue(smmu).flush()) {
      ledger.mismatch(
        'expected.jsonl',
        'CFGI_ALL, TLBI_NSNH_ALL and SYNC before the questions were not consumed',
      );
    }
    const questioner = new Questioner(smmu, smmu.id, translator, ledger);
    for (const row of capture.expected) {
      questioner.ask(row);
      const progress = step();
      if (progress !== undefined) await progress;
    }
    await options.onProgress?.(total, total);
    const times = [...translator.streams.values()];
    const milliseconds = times.reduce((sum, stream) => sum + stream.milliseconds, 0);
    const translated = times.reduce((sum, stream) => sum + stream.translations, 0);
    return {
      name: capture.name,
      mismatches: ledger.mismatches,
      accesses: player.accesses,
      readsCompared: player.readsCompared + registers,
      commands: Object.fromEntries(player.commands),
      translations: player.translations,
      events: player.events,
      questions: questioner.asked,
      interrupts: timelineInterrupts,
      departures: Object.fromEntries(ledger.departures),
      translationsPerSecond: milliseconds === 0 ? 0 : Math.round((1000 * translated) / milliseconds),
      seconds: (performance.now() - start) / 1000,
      firstMismatches: ledger.first,
      streams: streamReports(smmu, translator),
    };
  } finally {
    smmu.dispose();
  }
}
