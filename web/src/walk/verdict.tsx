/** How it ended, in a sentence, with the event record that it caused. */
import { useState } from 'preact/hooks';
import type { Explanation } from '../../../src/explain/index.js';
import { decodeStructure } from '../../../src/inspect/index.js';
import { StructureView } from '../parts/structure-view.js';

const HITS: Readonly<Record<string, string>> = {
  'micro-tlb': 'The micro TLB had it.',
  'main-tlb': 'The main TLB had it.',
  'tcu-tlb': 'The TLB of the TCU had it.',
  'walk-cache': 'Walk caches had all of it.',
};

export function Verdict({ explanation }: { readonly explanation: Explanation }) {
  const [open, setOpen] = useState(false);
  const { translation, conclusion, why } = explanation;
  const { status, event, reads, hit } = translation;
  const ok = status === 'ok';
  return (
    <section class={ok ? 'verdict ok' : 'verdict bad'} aria-label="Result">
      <div role="status">
        <p class="conclusion">{conclusion}</p>
        {why !== undefined && <p>{why}</p>}
        <p class="dim small">
          {HITS[hit] ?? ''} Memory reads: {reads.ste} Stream table, {reads.cd} CD, {reads.stage1} stage 1,{' '}
          {reads.stage2} stage 2.
        </p>
      </div>
      {event !== undefined && (
        <>
          <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide the event record' : `Show the ${event.name} record`}
          </button>
          {open && <StructureView structure={decodeStructure('event', event.words)} />}
        </>
      )}
    </section>
  );
}
