/** A trace through the model with full timing, in a worker; the last two runs side by side. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { DropPlace, FileButton } from '../parts/files.js';
import { Problem } from '../parts/notice.js';
import { sentence } from '../parts/numbers.js';
import { useAddress } from '../parts/route.js';
import { formOf, orderOf, settingsOf, type RunForm } from './form.js';
import type { RunReport } from './messages.js';
import { Results, type Labelled } from './results.js';
import { RunFields } from './run-fields.js';
import { Runner } from './runner.js';
import { save } from './save.js';

interface Progress {
  readonly fraction: number;
  readonly done: number;
  readonly seconds: number;
}

export function PerformanceView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const [form, setForm] = useState<RunForm>(() => formOf(settings));
  const [file, setFile] = useState<File>();
  const [progress, setProgress] = useState<Progress>();
  const [problem, setProblem] = useState<string>();
  const [said, setSaid] = useState('');
  const [runs, setRuns] = useState<readonly RunReport[]>([]);
  const [kept, setKept] = useState<RunReport>();
  const runner = useRef<Runner>(undefined);
  const writeAddress = useAddress('performance');
  runner.current ??= new Runner();
  useEffect(() => () => runner.current?.cancel(), []);

  const begin = (wanted: RunForm, from: File | undefined): void => {
    try {
      const order = orderOf(wanted, from);
      const began = performance.now();
      setProblem(undefined);
      setSaid('Running');
      setProgress({ fraction: 0, done: 0, seconds: 0 });
      writeAddress(settingsOf(wanted));
      runner.current?.start(order, {
        progress: (fraction, done) =>
          setProgress({ fraction, done, seconds: (performance.now() - began) / 1000 }),
        done: (report) => {
          setProgress(undefined);
          setSaid(`Done in ${report.seconds.toFixed(2)} seconds`);
          setRuns((before) => [...before, report].slice(-2));
        },
        failed: (why) => {
          setProgress(undefined);
          setSaid('');
          setProblem(why);
        },
      });
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  const cancel = (): void => {
    runner.current?.cancel();
    setProgress(undefined);
    setSaid('Cancelled; what was shown before stays');
  };
  const choose = ([given]: readonly File[]): void => setFile(given);

  const latest = runs.at(-1);
  const other = kept ?? runs.at(-2);
  const shown: Labelled[] =
    latest === undefined
      ? []
      : other === undefined || other === latest
        ? [{ name: 'A', report: latest }]
        : [
            { name: 'A', report: other },
            { name: 'B', report: latest },
          ];
  return (
    <div class="view performance">
      <DropPlace class="card setup" label="What is run" onFiles={choose}>
        <form
          aria-label="Run"
          onSubmit={(event) => {
            event.preventDefault();
            begin(form, file);
          }}
        >
          <RunFields form={form} file={file} onChange={setForm} onForget={() => setFile(undefined)} />
          <div class="row actions">
            <button type="submit" class="primary" disabled={progress !== undefined}>
              Run
            </button>
            <button type="button" disabled={progress === undefined} onClick={cancel}>
              Cancel
            </button>
            <FileButton label="Open a trace…" onFiles={choose} />
            <CopyLink />
            {latest !== undefined && (
              <>
                <button type="button" onClick={() => save('run.json', 'application/json', latest.json)}>
                  Export JSON
                </button>
                <button type="button" onClick={() => save('run.csv', 'text/csv', latest.csv)}>
                  Export CSV
                </button>
                <label class="check">
                  <input
                    type="checkbox"
                    checked={kept !== undefined}
                    onChange={(event) => setKept(event.currentTarget.checked ? latest : undefined)}
                  />
                  <span>keep {kept === undefined ? 'this run' : 'run A'} to compare with</span>
                </label>
              </>
            )}
          </div>
        </form>
        {progress !== undefined && (
          <div class="progress">
            <progress aria-label="Progress of the run" max={1} value={progress.fraction} />
            <span class="mono small">{rate(progress)}</span>
          </div>
        )}
        <p role="status" class="dim small">
          {said}
        </p>
        <Problem text={problem} onClose={() => setProblem(undefined)} />
      </DropPlace>
      {shown.length === 0 ? (
        <p class="card hint dim">
          A run puts the workload through the SMMU with the timing of the preset: what hits where, how long
          each transaction takes, what is busy. Then change the size of a TLB and run again: both runs stand
          side by side. Traces of your own (CSV, JSON Lines, QEMU logs, gem5 packets, Linux tracepoints) can
          be dropped on the form.
        </p>
      ) : (
        <>
          <Named runs={shown} />
          <Results runs={shown} />
        </>
      )}
    </div>
  );
}

function rate({ done, seconds }: Progress): string {
  const each = seconds > 0 ? ` · ${Math.round(done / seconds / 1000).toLocaleString('en')} k/s` : '';
  return `${done.toLocaleString('en')} transactions${each}`;
}

/** What each run was of. */
function Named({ runs }: { readonly runs: readonly Labelled[] }) {
  return (
    <ul class="named">
      {runs.map(({ name, report: { trace, request, seconds, result } }) => (
        <li key={name} class={`card run-${name}`}>
          <h2>{runs.length > 1 ? `Run ${name}` : 'The run'}</h2>
          <p class="mono small">{trace}</p>
          <p class="small">
            {[
              request.timing === 'off' ? 'no time' : request.timing,
              request.outstanding === undefined ? 'open loop' : `${request.outstanding} outstanding`,
              ...request.set,
            ].join(' · ')}
          </p>
          <p class="dim small">
            {result.transactions.toLocaleString('en')} transactions in {seconds.toFixed(2)} s
          </p>
        </li>
      ))}
    </ul>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      onClick={() => {
        navigator.clipboard.writeText(location.href).then(
          () => setCopied(true),
          () => prompt('The address of this run', location.href),
        );
      }}
      onBlur={() => setCopied(false)}
    >
      {copied ? 'Link copied' : 'Copy link'}
    </button>
  );
}
