/** A guest's stage 1 configuration, bound and unbound by the host's driver. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../parts/notice.js';
import { hex, sentence } from '../parts/numbers.js';
import { useAddress } from '../parts/route.js';
import { ActView } from './act-view.js';
import { ConfigFields } from './config-fields.js';
import { bytesOf, firstForm, formOf, type ConfigForm } from './guest-stage-config.js';
import { BindMachine, GUEST, MAPPED, STREAM, type Act } from './machine.js';
import { StructBytes } from './struct-bytes.js';

/** Acts that are kept to look back at. */
const KEPT = 12;

export function BindView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const [machine, setMachine] = useState<BindMachine>();
  const [form, setForm] = useState<ConfigForm>();
  const [acts, setActs] = useState<readonly Act[]>([]);
  const [at, setAt] = useState(0);
  const [problem, setProblem] = useState<string>();
  const writeAddress = useAddress('bind');
  const latest = useRef<BindMachine>(undefined);

  /** A host that has just attached the device. */
  const begin = async (from: Readonly<Record<string, string>>): Promise<void> => {
    try {
      const made = await BindMachine.create();
      latest.current?.close();
      latest.current = made;
      setMachine(made);
      setForm((form) => form ?? formOf(firstForm(made.cdTable), from));
      setActs([made.act('Attached: stage 2 alone', () => undefined)]);
      setAt(0);
      setProblem(undefined);
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  useEffect(() => {
    void begin(settings);
    return () => latest.current?.close();
  }, []);

  if (machine === undefined || form === undefined) {
    return problem === undefined ? <p class="loading">Attaching the device…</p> : <Problem text={problem} />;
  }
  const tell = (act: Act): void => {
    const next = [...acts, act].slice(-KEPT);
    setActs(next);
    setAt(next.length - 1);
  };
  const bind = (): void => {
    writeAddress(differing(form, firstForm(machine.cdTable)));
    tell(
      form.kind === 'hwpt'
        ? machine.act('Bound: HWPT_ALLOC, attach', () => machine.bindToday(bytesOf(form)))
        : machine.act('Bound', () => machine.bind(bytesOf(form))),
    );
  };
  const unbind = (): void => tell(machine.act('Unbound: stage 2 alone', () => machine.unbind()));
  const act = acts[at];
  return (
    <div class="view bind">
      <section class="card setup" aria-label="What is bound">
        <p class="story">
          StreamID <code>{hex(STREAM)}</code> belongs to a guest whose RAM is at <code>{hex(GUEST.ipa)}</code>
          . In it the guest has Context Descriptors at <code>{hex(machine.cdTable)}</code>, whose tables map{' '}
          <code>{hex(MAPPED.iova)}</code> to <code>{hex(MAPPED.ipa)}</code>.
        </p>
        <form
          class="split"
          aria-label="Guest stage 1 configuration"
          onSubmit={(event) => {
            event.preventDefault();
            bind();
          }}
        >
          <div class="config">
            <ConfigFields form={form} onChange={setForm} />
            <div class="row actions">
              <button type="submit" class="primary">
                Bind
              </button>
              <button type="button" onClick={unbind}>
                Unbind
              </button>
              <button type="button" onClick={() => void begin({})}>
                Begin anew
              </button>
            </div>
          </div>
          <StructBytes kind={form.kind} bytes={encoded(form)} />
        </form>
        <Problem text={problem} onClose={() => setProblem(undefined)} />
      </section>
      <nav class="acts" aria-label="What has been done">
        <ol>
          {acts.map(({ title, refusal }, i) => (
            <li key={i}>
              <button
                type="button"
                class={refusal === undefined ? 'chip' : 'chip bad'}
                aria-current={i === at ? 'step' : undefined}
                onClick={() => setAt(i)}
              >
                {refusal === undefined ? title : 'Refused'}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      {act !== undefined && <ActView act={act} />}
    </div>
  );
}

/** The bytes, while the form can be encoded; binding says why it cannot. */
function encoded(form: ConfigForm): Uint8Array | undefined {
  try {
    return bytesOf(form);
  } catch {
    return undefined;
  }
}

function differing(form: ConfigForm, first: ConfigForm): Record<string, string> {
  return Object.fromEntries(
    Object.entries(form).filter(([name, value]) => value !== first[name as keyof ConfigForm]),
  );
}
