// The command engine: commands one after another, each fetched, executed, sent to the TBUs when it invalidates.
import type { Command, Invalidations } from './invalidation.js';
import type { Process, Simulation } from './kernel.js';
import type { Timing } from './settings.js';
import type { Tbu } from './tbu.js';
import type { Tcu } from './tcu.js';

const COMMAND_BYTES = 16;

/** Ticks at which each CMD_SYNC was complete. */
export function* commandEngine(
  commands: readonly Command[],
  parts: {
    simulation: Simulation;
    timing: Timing;
    tcu: Tcu;
    tbus: readonly Tbu[];
    invalidations: Invalidations;
  },
  syncs: number[],
): Process {
  const { simulation, timing, tcu, tbus, invalidations } = parts;
  const { fetch, execute, invalidate, sync } = timing.commands;
  const { current } = simulation;
  yield* tcu.clock.delay(1);
  for (const command of commands) {
    if (fetch) {
      yield* tcu.memoryPort.use(tcu.clock, Math.ceil(COMMAND_BYTES / timing.memory.bytesPerBeat));
      simulation.wake(tcu.clock.edge(timing.memory.latency), current);
      tcu.accepted();
      yield;
    }
    const invalidates = command.kind !== 'sync' && command.kind !== 'other';
    if (invalidates) {
      tcu.remove(command);
      for (const tbu of tbus) tbu.remove(command);
      invalidations.note(command);
    }
    yield* tcu.clock.delay(execute + (command.kind === 'sync' ? sync : 0));
    if (invalidates && invalidate > 0) {
      let missing = tbus.length;
      const answered = (): void => {
        if (--missing === 0) simulation.wake(simulation.now, current);
      };
      for (const tbu of tbus) simulation.wake(simulation.now, tbu.invalidation(invalidate, answered));
      yield;
    }
    if (command.kind === 'sync') {
      if (invalidations.await(() => simulation.wake(simulation.now, current))) yield;
      syncs.push(simulation.now);
    }
    simulation.wake(simulation.now, current); // the next one is an event of its own
    yield;
  }
}
