// The pipeline as a program for each transaction: which port or slot a step of translate/machine needs, for how long, and what
// follows. An event resumes a request at its program counter; it goes on until it has to wait for time or for a token. The order of
// stages is gem5's SMMUTranslationProcess; docs/timing.md names the source of each. A stage is a function, which gives the program
// counter of the next one, or Pc.WAITS.
import * as Timing from '../abi/timing';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { hold } from './delay';
import * as FaultEnd from './fault-end';
import * as Fills from './fills';
import * as Lookups from './lookups';
import * as Miss from './miss';
import * as Passage from './passage';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Walks from './walks';

/** A transaction has been accepted: it enters the TBU's port. */
export function enter(q: usize): void {
  store<u32>(q, State.BEGIN, Machine.STATE);
  store<u32>(q, load<u32>(tm, Timing.PARALLEL) ? 2 : 1, Machine.TIMED);
  hold(q, Process.HELD_ACTIVE);
  Passage.port(q);
}

/** An event for q, which goes on at `pc`. */
export function resume(q: usize, pc: u32): void {
  for (let next = pc; next != Pc.WAITS;) next = stage(q, next);
}

@inline
function stage(q: usize, pc: u32): u32 {
  switch (pc) {
    // Its way through the TBU
    case Pc.PORT:
      return Passage.port(q);
    case Pc.PORT_END:
      return Passage.portEnd(q);
    case Pc.MICRO:
      return Passage.micro(q);
    case Pc.MICRO_END:
      return Passage.microEnd(q);
    case Pc.ORDER:
      return Passage.order(q);
    case Pc.FORWARD:
      return Passage.forward(q);
    case Pc.FORWARD_END:
      return Passage.forwardEnd(q);
    // A miss: to the TCU and back
    case Pc.MAIN:
      return Miss.main(q);
    case Pc.MAIN_END:
      return Miss.mainEnd(q);
    case Pc.HAZARD:
      return Miss.hazard(q);
    case Pc.WOKEN:
      return Miss.woken(q);
    case Pc.TCU_SLOT:
      return Miss.tcuSlot(q);
    case Pc.DOWN:
      return Miss.down(q);
    case Pc.DOWN_SENT:
      return Miss.downSent(q);
    case Pc.ARRIVED:
      return Miss.arrived(q);
    case Pc.UP:
      return Miss.up(q);
    case Pc.UP_SENT:
      return Miss.upSent(q);
    case Pc.UP_END:
      return Miss.upEnd(q);
    case Pc.PREFETCH:
      return Miss.prefetch(q);
    case Pc.PREFETCH_SLOT:
      return Miss.prefetchSlot(q);
    // Look-ups in the TCU
    case Pc.CONFIG:
      return Lookups.config(q);
    case Pc.CONFIG_END:
      return Lookups.configEnd(q);
    case Pc.TCU_TLB:
      return Lookups.tcuTlb(q);
    case Pc.TCU_TLB_END:
      return Lookups.tcuTlbEnd(q);
    case Pc.PROBE:
      return Lookups.probe(q);
    case Pc.PROBE_END:
      return Lookups.probeEnd(q);
    case Pc.IPA:
      return Lookups.ipa(q);
    case Pc.IPA_END:
      return Lookups.ipaEnd(q);
    // Walks
    case Pc.STEP:
      return Walks.stepEnd(q);
    case Pc.CONFIG_WALK:
      return Walks.configWalk(q);
    case Pc.WALK:
      return Walks.walk(q);
    case Pc.BYPASS:
      return Walks.bypass(q);
    case Pc.START:
      return Walks.start(q);
    case Pc.START_END:
      return Walks.startEnd(q);
    case Pc.READ:
      return Walks.read(q);
    case Pc.READ_ISSUED:
      return Walks.readIssued(q);
    case Pc.EVALUATE:
      return Walks.evaluate(q);
    case Pc.EVALUATE_END:
      return Walks.evaluateEnd(q);
    // Fills
    case Pc.FILL_CONFIG:
      return Fills.config(q);
    case Pc.FILL_TABLE:
      return Fills.table(q);
    case Pc.FILL_WALK:
      return Fills.walk(q);
    case Pc.FILL_IPA:
      return Fills.ipa(q);
    case Pc.FILL_TCU:
      return Fills.tcu(q);
    case Pc.FILL_MAIN:
      return Fills.main(q);
    case Pc.FILL_MICRO:
      return Fills.micro(q);
    case Pc.PREFETCH_FILL:
      return Fills.prefetched(q);
    // A fault
    case Pc.FAULT_ORDER:
      return FaultEnd.order(q);
    case Pc.EVENT:
      return FaultEnd.event(q);
    case Pc.EVENT_SENT:
      return FaultEnd.eventSent(q);
    case Pc.EVENT_WRITTEN:
      return FaultEnd.eventWritten(q);
    default:
      return FaultEnd.end(q);
  }
}
