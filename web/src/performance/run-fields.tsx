import { LEAF_SIZES } from '../../../src/observe/index.js';
import { mainTlbOf, STAGES, TIMINGS, WORKLOADS, type RunForm } from './form.js';

export interface RunFieldsProps {
  readonly form: RunForm;
  /** Runs in place of the workload. */
  readonly file: File | undefined;
  readonly onChange: (form: RunForm) => void;
  readonly onForget: () => void;
}

/** Preset, workload, tables and sizes. */
export function RunFields({ form, file, onChange, onForget }: RunFieldsProps) {
  const set = (change: Partial<RunForm>): void => onChange({ ...form, ...change });
  const named = Object.entries(WORKLOADS).find(([, spec]) => spec === form.workload)?.[1] ?? '';
  return (
    <>
      <div class="row">
        <label>
          <span>Timing</span>
          <select value={form.timing} onChange={(event) => set({ timing: event.currentTarget.value })}>
            {TIMINGS.map((name) => (
              <option key={name} value={name}>
                {name === 'off' ? 'no time' : name}
              </option>
            ))}
          </select>
        </label>
        {file === undefined ? (
          <>
            <label>
              <span>Workload</span>
              <select
                value={named}
                onChange={(event) => {
                  if (event.currentTarget.value !== '') set({ workload: event.currentTarget.value });
                }}
              >
                {named === '' && <option value="">Your own</option>}
                {Object.entries(WORKLOADS).map(([name, spec]) => (
                  <option key={name} value={spec}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <label class="grow">
              <span>Generator</span>
              <input
                class="mono"
                value={form.workload}
                spellcheck={false}
                autocomplete="off"
                onInput={(event) => set({ workload: event.currentTarget.value })}
              />
            </label>
          </>
        ) : (
          <div class="trace">
            <span class="dim small">Trace</span>
            <p>
              <span class="mono">{file.name}</span>{' '}
              <button type="button" class="link" onClick={onForget}>
                Use a generator
              </button>
            </p>
          </div>
        )}
      </div>
      <div class="row">
        <label>
          <span>Tables</span>
          <select
            value={form.stages}
            onChange={(event) => set({ stages: event.currentTarget.value as RunForm['stages'] })}
          >
            {Object.entries(STAGES).map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Leaves</span>
          <select value={form.tables} onChange={(event) => set({ tables: event.currentTarget.value })}>
            {LEAF_SIZES.map((size) => (
              <option key={size} value={size}>
                {size.toUpperCase()}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Outstanding</span>
          <input
            size={7}
            inputMode="numeric"
            placeholder="open loop"
            value={form.outstanding}
            onInput={(event) => set({ outstanding: event.currentTarget.value })}
          />
        </label>
        <label>
          <span>Main TLB, entries</span>
          <input
            size={9}
            inputMode="numeric"
            placeholder={String(mainTlbOf(form.timing) ?? 'none')}
            value={form.mainTlb}
            onInput={(event) => set({ mainTlb: event.currentTarget.value })}
          />
        </label>
        <label class="grow">
          <span>More changes</span>
          <input
            class="mono"
            placeholder="tbu.microTlb.entries=16 memory.latency=80"
            value={form.set}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => set({ set: event.currentTarget.value })}
          />
        </label>
      </div>
    </>
  );
}
