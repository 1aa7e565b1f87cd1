/** One transaction through a recorded SMMU: what was read on the way, what it says, and where it ended. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Explanation } from '../../../src/explain/index.js';
import {
  BUNDLED,
  fetchBundled,
  isBundled,
  readGiven,
  type BundledName,
  type Recording,
} from '../captures/bundled.js';
import { DropPlace, FileButton } from '../parts/files.js';
import { Problem } from '../parts/notice.js';
import { hex, sentence } from '../parts/numbers.js';
import { useAddress } from '../parts/route.js';
import { Detail } from './detail.js';
import { Paste } from './paste.js';
import { nodesOf, pathOf, type PathNode } from './path.js';
import { PathPicture } from './path-picture.js';
import { queryOfExample, queryOfSettings, settingsOf, transactionOf, type Query } from './query.js';
import { QueryForm } from './query-form.js';
import { examplesOf, firstQuestion, streamsOf } from './questions.js';
import { WalkSession } from './session.js';
import { Verdict } from './verdict.js';

const FIRST: BundledName = 'linux-nested-4k';
const EMPTY: Query = { sid: '', iova: '', ssid: '', access: 'read', privileged: false };

interface Opened {
  readonly recording: Recording;
  readonly session: WalkSession;
}

export function WalkView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const [opened, setOpened] = useState<Opened>();
  const [query, setQuery] = useState<Query>(EMPTY);
  const [explanation, setExplanation] = useState<Explanation>();
  const [keep, setKeep] = useState(false);
  const [pinned, setPinned] = useState<string>();
  const [pointed, setPointed] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const writeAddress = useAddress('walk');
  const latest = useRef<WalkSession>(undefined);

  const ask = (session: WalkSession, wanted: Query, warm: boolean): void => {
    try {
      const transaction = transactionOf(wanted);
      if (!warm) session.begin();
      setExplanation(session.walk(transaction));
      setProblem(undefined);
      setQuery(wanted);
      const capture = session.snapshot.name;
      writeAddress({
        ...(isBundled(capture) && capture !== FIRST ? { capture } : {}),
        ...settingsOf(wanted),
      });
    } catch (error) {
      setProblem(sentence(error));
    }
  };

  /** Nothing of what is shown changes before the new recording stands. */
  const open = async (read: Promise<Recording>, wanted: Query | undefined): Promise<void> => {
    try {
      const recording = await read;
      const session = await WalkSession.open(recording.snapshot);
      latest.current?.close();
      latest.current = session;
      setOpened({ recording, session });
      setPinned(undefined);
      ask(session, wanted ?? queryOfExample(firstQuestion(recording.questions)), false);
    } catch (error) {
      setProblem(sentence(error));
    }
  };

  useEffect(() => {
    const { capture = FIRST } = settings;
    void open(fetchBundled(isBundled(capture) ? capture : FIRST), queryOfSettings(settings));
    return () => latest.current?.close();
  }, []);

  const answered = explanation !== undefined;
  useEffect(() => {
    if (answered) performance.mark('answer'); // npm run web:timing reads it
  }, [answered]);

  if (opened === undefined || explanation === undefined) {
    return problem === undefined ? <p class="loading">Loading the capture…</p> : <Problem text={problem} />;
  }
  const { recording, session } = opened;
  const { name } = recording.snapshot;
  const columns = pathOf(explanation);
  // What was pressed stays while others are passed on the way to its fields.
  const shown = pinned ?? pointed;
  const node = nodesOf(columns).find(({ id }) => id === shown);
  const { transaction, translation } = explanation;
  const change = (edit: () => void): void => {
    edit();
    ask(session, query, keep);
  };
  return (
    <div class="view walk">
      <DropPlace
        class="card setup"
        label="What is asked"
        onFiles={(files) => void open(readGiven(files), undefined)}
      >
        <QueryForm
          query={query}
          streams={streamsOf(recording.questions)}
          examples={examplesOf(recording.questions)}
          onChange={setQuery}
          onSubmit={(wanted) => ask(session, wanted, keep)}
        >
          <CaptureChoice name={name} onChoose={(chosen) => void open(fetchBundled(chosen), undefined)} />
        </QueryForm>
        <div class="row">
          <FileButton
            label="Open a capture…"
            multiple
            onFiles={(files) => void open(readGiven(files), undefined)}
          />
          <p class="dim small">or drop its files here: registers.json, memory.json, memory.bin.gz</p>
        </div>
        <Problem text={problem} onClose={() => setProblem(undefined)} />
      </DropPlace>
      <Verdict explanation={explanation} />
      <div class="stage">
        <section class="card picture" aria-labelledby="picture-title">
          <header>
            <h2 id="picture-title">The path</h2>
            <label class="check">
              <input
                type="checkbox"
                checked={keep}
                onChange={(event) => setKeep(event.currentTarget.checked)}
              />
              <span>caches keep what they hold</span>
            </label>
            {keep && (
              <button type="button" onClick={() => ask(session, query, false)}>
                Empty the caches
              </button>
            )}
            {session.edits.length > 0 && (
              <button type="button" onClick={() => change(() => session.restore())}>
                Take {session.edits.length === 1 ? 'the edit' : `${session.edits.length} edits`} back
              </button>
            )}
          </header>
          <PathPicture
            columns={columns}
            input={`${transaction.access ?? 'read'} ${hex(transaction.iova)}`}
            output={
              translation.status === 'ok'
                ? hex(translation.pa)
                : (translation.event?.name ?? translation.status)
            }
            shown={shown}
            pinned={pinned}
            edited={(of) => isEdited(session, of)}
            onShow={setPointed}
            onPin={(id) => setPinned(id === pinned ? undefined : id)}
          />
          <Legend />
        </section>
        <Detail
          node={node}
          pinned={pinned !== undefined}
          recorded={(address) => session.edited(address)?.recorded}
          onEdit={(address, word) => change(() => session.edit(address, word))}
          onUnpin={() => setPinned(undefined)}
        />
        <Paste id={session.smmu.id} />
      </div>
    </div>
  );
}

interface CaptureChoiceProps {
  readonly name: string;
  readonly onChoose: (name: BundledName) => void;
}

function CaptureChoice({ name, onChoose }: CaptureChoiceProps) {
  return (
    <label>
      <span>Capture</span>
      <select
        value={isBundled(name) ? name : ''}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          if (isBundled(chosen)) onChoose(chosen);
        }}
      >
        {!isBundled(name) && <option value="">{name}</option>}
        {Object.entries(BUNDLED).map(([id, description]) => (
          <option key={id} value={id}>
            {description}
          </option>
        ))}
      </select>
    </label>
  );
}

function isEdited(session: WalkSession, { address, structure }: PathNode): boolean {
  if (address === undefined || structure === undefined) return false;
  const end = address + BigInt(8 * structure.words.length);
  return session.edits.some((edit) => edit.address >= address && edit.address < end);
}

function Legend() {
  return (
    <ul class="legend small" aria-label="What the colours mean">
      <li class="config">configuration</li>
      <li class="stage1">stage 1</li>
      <li class="stage2">stage 2</li>
    </ul>
  );
}
