/** A structure that is pasted: decoded, and an STE or a CD judged as the SMMU of the capture would. */
import { useState } from 'preact/hooks';
import {
  decodeStructure,
  lintCd,
  lintSte,
  STRUCTURE_WORDS,
  type DecodedStructure,
  type IdRegisters,
  type StructureKind,
} from '../../../src/inspect/index.js';
import { parseWords, sentence } from '../parts/numbers.js';
import { StructureView } from '../parts/structure-view.js';

const NAMES: Readonly<Record<StructureKind, string>> = {
  ste: 'STE',
  cd: 'CD',
  event: 'event record',
  cmd: 'command',
  l1std: 'level 1 Stream Table Descriptor',
  l1cd: 'level 1 CD descriptor',
  pte: 'stage 1 descriptor',
  s2pte: 'stage 2 descriptor',
};
const KINDS = Object.keys(NAMES) as StructureKind[];

/** What an SMMU would refuse, and the rule's section; undefined for what is not judged. */
function judge(kind: StructureKind, words: readonly bigint[], id: IdRegisters) {
  if (kind === 'ste') return { problems: lintSte(words, id), event: 'C_BAD_STE', section: 'IHI 0070 §5.2.2' };
  if (kind === 'cd')
    return { problems: lintCd(words, [], id), event: 'C_BAD_CD', section: 'IHI 0070 §5.4.1' };
  return undefined;
}

type Read = { readonly structure: DecodedStructure } | { readonly problem: string };

function read(kind: StructureKind, text: string): Read {
  try {
    const words = parseWords(text);
    const most = STRUCTURE_WORDS[kind];
    if (words.length > most)
      throw new RangeError(
        `There are ${words.length} words, expected at most ${most} of 64 bits for ${NAMES[kind]}`,
      );
    return { structure: decodeStructure(kind, words) };
  } catch (error) {
    return { problem: sentence(error) };
  }
}

export function Paste({ id }: { readonly id: IdRegisters }) {
  const [kind, setKind] = useState<StructureKind>('ste');
  const [text, setText] = useState('');
  const result = text.trim() === '' ? undefined : read(kind, text);
  const verdict =
    result !== undefined && 'structure' in result ? judge(kind, result.structure.words, id) : undefined;
  return (
    <section class="card paste" aria-labelledby="paste-title">
      <h2 id="paste-title">Decode what you have</h2>
      <div class="row">
        <label>
          <span>Structure</span>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as StructureKind)}>
            {KINDS.map((name) => (
              <option key={name} value={name}>
                {NAMES[name]}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          <span>64-bit words, the lowest first; a line of a kernel's log will do</span>
          <textarea
            class="mono"
            rows={2}
            spellcheck={false}
            placeholder="0x8001000f 0x4000000"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      </div>
      <div role="status">
        {result !== undefined && 'problem' in result && <p class="notice bad">{result.problem}</p>}
        {result !== undefined && 'structure' in result && (
          <>
            <h3>
              {result.structure.title} <span class="dim small">{result.structure.section}</span>
            </h3>
            {verdict !== undefined &&
              (verdict.problems.length === 0 ? (
                <p class="notice ok">Usable: it breaks no rule of {verdict.section}.</p>
              ) : (
                <div class="notice bad">
                  <p>
                    Not usable, {verdict.event} ({verdict.section}):
                  </p>
                  <ul>
                    {verdict.problems.map((problem) => (
                      <li key={problem}>{problem}</li>
                    ))}
                  </ul>
                </div>
              ))}
          </>
        )}
      </div>
      {result !== undefined && 'structure' in result && <StructureView structure={result.structure} />}
    </section>
  );
}
