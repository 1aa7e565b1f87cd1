// Hardware updates of descriptors (IHI 0070 §3.13): when they are made, the atomic swap, and what follows when memory had changed.
import * as Why from '../abi/why';
import * as Step from '../abi/step';
import * as StepRecord from '../abi/step-record';
import * as Atos from '../request/atos';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import { cas64 } from '../memory/bus';
import { counting } from '../state/pmu';
import { countWalkAccess } from '../request/count';
import {
  afterCommit,
  applyDeferred,
  beginCommit,
  defer,
  deferredPlace,
  deferredValue,
  descriptorPlace,
  failedAt,
  lastAccess,
  placeAddress,
  placeBigEndian,
  placeLevel,
  placeStage,
} from './deferred';
import { ordered } from './descriptor';
import { silentAbort, walkAbort } from '../request/fault';
import { traceMore, traceRead, tracing } from '../request/trace';

/** Walks begun anew for one transaction before the update counts as aborted: memory that never agrees must not hang the core. */
const MAX_RESTARTS: u32 = 64;

/** False: the update is left out, and noted: ATOS with HTTUI makes none, and goes on as if it were made (§9.1, §6.3.37). */
export function updatesDescriptors(q: usize): bool {
  if (!Atos.noUpdates(q)) return true;
  store<u32>(q, 1, Machine.SKIPPED);
  return false;
}

@inline
function whyNot(done: i32): u32 {
  return done < 0 ? Why.UPDATE_ABORT : Why.UPDATE_CHANGED;
}

// Another try at a walk whose descriptors change meanwhile; false: there were too many.
function mayRestart(q: usize): bool {
  const tries = load<u32>(q, Machine.RESTARTS) + 1;
  store<u32>(q, tries, Machine.RESTARTS);
  return tries <= MAX_RESTARTS;
}

/**
 * The atomic update of the descriptor at `pa`, from `found` to `wanted`; cls and ipa say what it is needed for. State.DONE: it is
 * made, or will be when the speculative read succeeds. Else the step to go to: `restart` when memory has changed since the read.
 */
export function updateDescriptor(
  q: usize,
  stage: u32,
  level: i32,
  pa: u64,
  big: bool,
  found: u64,
  wanted: u64,
  cls: u32,
  ipa: u64,
  restart: u32,
): u32 {
  const how = load<u32>(q, Machine.DEFER);
  if (how == Machine.DEFER_NEVER) return silentAbort(q, Why.UPDATE_DUE);
  const from = ordered(found, big);
  const to = ordered(wanted, big);
  const done = how ? defer(q, descriptorPlace(stage, level, big, pa), from, to) : cas64(pa, from, to);
  if (counting() && !how) countWalkAccess(q);
  if (tracing()) {
    const result =
      done > 0 ? (how ? StepRecord.UPDATE_DEFERRED : StepRecord.UPDATE_MADE) : StepRecord.UPDATE_FAILED;
    traceMore(traceRead(Step.UPDATE, stage, level, pa, wanted), cls, ipa, result);
  }
  if (done > 0) return State.DONE;
  if (done < 0 || !mayRestart(q))
    return walkAbort(q, Event.F_WALK_EABT, stage, stage == 1 ? EventRecord.CLASS_TT : cls, pa, whyNot(done));
  return restart;
}

/** The step of a translation that has succeeded: `next`, but what a speculative read held back comes first. */
@inline
export function succeeds(q: usize, next: u32): u32 {
  if (!load<u32>(q, Machine.DEFERRED)) return next;
  beginCommit(q, next);
  return State.COMMIT;
}

/**
 * One access for each update that was held back; with the last one all are made at once. Where a descriptor is no more what the
 * walk read, none is, and the translation starts again from its configuration.
 */
export function commit(q: usize): u32 {
  if (counting()) countWalkAccess(q);
  if (!lastAccess(q)) return State.COMMIT;
  const done = applyDeferred(q);
  if (tracing()) traceCommit(q, done > 0);
  const failed = deferredPlace(q, failedAt);
  store<u32>(q, 0, Machine.DEFERRED);
  if (done > 0) return afterCommit(q);
  if (done < 0 || !mayRestart(q))
    return walkAbort(
      q,
      Event.F_WALK_EABT,
      placeStage(failed),
      EventRecord.CLASS_TT,
      placeAddress(failed),
      whyNot(done),
    );
  return State.RESTART;
}

function traceCommit(q: usize, made: bool): void {
  const n = load<u32>(q, Machine.DEFERRED);
  for (let i: u32 = 0; i < n; i++) {
    const place = deferredPlace(q, i);
    const t = traceRead(
      Step.UPDATE,
      placeStage(place),
      placeLevel(place),
      placeAddress(place),
      ordered(deferredValue(q, i), placeBigEndian(place)),
    );
    traceMore(t, 0, 0, made ? StepRecord.UPDATE_MADE : StepRecord.UPDATE_FAILED);
  }
}
