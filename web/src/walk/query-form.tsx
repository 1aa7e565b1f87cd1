import type { ComponentChildren } from 'preact';
import { ACCESSES, queryOfExample, type Query } from './query.js';
import type { Example } from './questions.js';
import { hex } from '../parts/numbers.js';

export interface QueryFormProps {
  readonly query: Query;
  readonly streams: readonly number[];
  readonly examples: readonly Example[];
  readonly onChange: (query: Query) => void;
  readonly onSubmit: (query: Query) => void;
  /** Stands before the fields. */
  readonly children: ComponentChildren;
}

/** Stream, address and access, and translations worth trying. */
export function QueryForm({ query, streams, examples, onChange, onSubmit, children }: QueryFormProps) {
  const set = (change: Partial<Query>): void => onChange({ ...query, ...change });
  return (
    <form
      class="query"
      aria-label="Transaction"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(query);
      }}
    >
      <div class="row">
        {children}
        <label>
          <span>StreamID</span>
          <input
            class="mono"
            list="streams"
            size={8}
            value={query.sid}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => set({ sid: event.currentTarget.value })}
          />
          <datalist id="streams">
            {streams.map((stream) => (
              <option key={stream} value={hex(stream)} />
            ))}
          </datalist>
        </label>
        <label class="grow">
          <span>Address</span>
          <input
            class="mono"
            size={18}
            value={query.iova}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => set({ iova: event.currentTarget.value })}
          />
        </label>
        <label>
          <span>SubstreamID</span>
          <input
            class="mono"
            size={8}
            placeholder="none"
            value={query.ssid}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => set({ ssid: event.currentTarget.value })}
          />
        </label>
        <fieldset class="segmented">
          <legend>Access</legend>
          {ACCESSES.map((access) => (
            <label key={access}>
              <input
                type="radio"
                name="access"
                checked={query.access === access}
                onChange={() => set({ access })}
              />
              <span>{access}</span>
            </label>
          ))}
        </fieldset>
        <label class="check">
          <input
            type="checkbox"
            checked={query.privileged}
            onChange={(event) => set({ privileged: event.currentTarget.checked })}
          />
          <span>privileged</span>
        </label>
        <button type="submit" class="primary">
          Translate
        </button>
      </div>
      {examples.length > 0 && (
        <div class="examples">
          <span id="examples-label" class="dim">
            Try
          </span>
          <ul aria-labelledby="examples-label">
            {examples.map((example) => (
              <li key={example.label}>
                <button
                  type="button"
                  class={/^[FC]_|abort/.test(example.label) ? 'chip bad' : 'chip'}
                  onClick={() => onSubmit(queryOfExample(example))}
                >
                  {example.label}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}
