/** A structure's words, its bits as a strip for each word, and its fields; where it may be edited, both words and fields. */
import { useId, useState } from 'preact/hooks';
import type { DecodedField, DecodedStructure } from '../../../src/inspect/index.js';
import { hex, hex64, parseNumber, sentence } from './numbers.js';

/** Fields that decide what all others mean: shown even when they are 0. */
const DECIDING: ReadonlySet<string> = new Set(['V', 'Config', 'Span', 'Type', 'Opcode', 'Event']);

export interface StructureProps {
  readonly structure: DecodedStructure;
  /** What the words were before: fields that differ are marked. */
  readonly before?: readonly bigint[];
  /** Given, the words can be edited. */
  readonly onEdit?: (index: number, word: bigint) => void;
}

interface Bits {
  readonly high: number;
  readonly low: number;
}

function bitsOf(field: DecodedField): Bits {
  const [high = 0, low = high] = field.bits.replace(/[[\]]/g, '').split(':').map(Number);
  return { high, low };
}

function mask({ high, low }: Bits): bigint {
  return ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
}

const keyOf = (field: DecodedField): string => `${field.dword}${field.bits}${field.name}`;

export function StructureView({ structure, before, onEdit }: StructureProps) {
  const [all, setAll] = useState(false);
  const [lit, setLit] = useState<string>();
  const { words, fields } = structure;
  const many = words.length > 1;
  const changed = (field: DecodedField): boolean => {
    const old = before?.[field.dword];
    return old !== undefined && ((old ^ (words[field.dword] ?? 0n)) & mask(bitsOf(field))) !== 0n;
  };
  const shown = fields.filter(
    (field) => all || field.value !== 0n || DECIDING.has(field.name) || changed(field),
  );
  const hidden = fields.length - shown.length;
  return (
    <div class="structure">
      <ol class="words" aria-label="Words, the lowest first">
        {words.map((word, i) => (
          <Word
            key={i}
            index={many ? i : undefined}
            word={word}
            changed={before !== undefined && before[i] !== word}
            fields={fields.filter((field) => field.dword === i)}
            lit={lit}
            onLight={setLit}
            {...(onEdit === undefined ? {} : { onEdit: (value) => onEdit(i, value) })}
          />
        ))}
      </ol>
      <table class="fields">
        <caption class="visually-hidden">Fields of {structure.title}</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Bits</th>
            <th scope="col">Value</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((field) => (
            <tr
              key={keyOf(field)}
              class={[
                keyOf(field) === lit ? 'lit' : '',
                field.name === 'RES0' ? 'bad' : '',
                changed(field) ? 'changed' : '',
              ].join(' ')}
              onMouseEnter={() => setLit(keyOf(field))}
              onMouseLeave={() => setLit(undefined)}
            >
              <th scope="row">
                {field.name}
                {changed(field) && <span class="visually-hidden"> (changed)</span>}
              </th>
              <td class="mono dim">
                {many ? field.dword : ''}
                {field.bits}
              </td>
              <td class="mono">
                <FieldValue
                  field={field}
                  {...(onEdit === undefined || field.name === 'RES0'
                    ? {}
                    : {
                        onEdit: (value) => {
                          const bits = bitsOf(field);
                          const rest = (words[field.dword] ?? 0n) & ~mask(bits);
                          onEdit(field.dword, rest | (value << BigInt(bits.low)));
                        },
                      })}
                />
              </td>
              <td>{meaningOf(field)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {(hidden > 0 || all) && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Hide fields that are 0' : `Show ${hidden} ${hidden === 1 ? 'field' : 'fields'} that are 0`}
        </button>
      )}
    </div>
  );
}

const valueText = (field: DecodedField): string =>
  field.value < 10n ? field.value.toString() : hex(field.value);

/** A meaning that only repeats the number adds nothing. */
const meaningOf = (field: DecodedField): string => (field.meaning === valueText(field) ? '' : field.meaning);

function FieldValue({
  field,
  onEdit,
}: {
  readonly field: DecodedField;
  readonly onEdit?: (value: bigint) => void;
}) {
  if (onEdit === undefined) return <>{valueText(field)}</>;
  const { high, low } = bitsOf(field);
  return (
    <NumberCell
      label={`${field.name}, ${high - low + 1} ${high === low ? 'bit' : 'bits'}`}
      name={field.name}
      text={valueText(field)}
      bits={high - low + 1}
      onEdit={onEdit}
    />
  );
}

interface WordProps {
  readonly index: number | undefined;
  readonly word: bigint;
  readonly changed: boolean;
  readonly fields: readonly DecodedField[];
  readonly lit: string | undefined;
  readonly onLight: (key: string | undefined) => void;
  readonly onEdit?: (value: bigint) => void;
}

function Word({ index, word, changed, fields, lit, onLight, onEdit }: WordProps) {
  return (
    <li class={changed ? 'changed' : ''}>
      {index !== undefined && <span class="dim mono">{index}</span>}
      {onEdit === undefined ? (
        <code>{hex64(word)}</code>
      ) : (
        <NumberCell
          label={index === undefined ? 'Word' : `Word ${index}`}
          name={index === undefined ? 'the word' : `word ${index}`}
          text={hex64(word)}
          bits={64}
          onEdit={onEdit}
        />
      )}
      <span class="strip" aria-hidden="true">
        {segments(fields).map(({ bits, field }) => (
          <i
            key={bits.low}
            style={{ flexGrow: bits.high - bits.low + 1 }}
            class={[
              field === undefined ? 'gap' : field.value === 0n ? 'zero' : 'set',
              field !== undefined && keyOf(field) === lit ? 'lit' : '',
            ].join(' ')}
            title={field === undefined ? undefined : `${field.name} ${field.bits}`}
            onMouseEnter={() => onLight(field === undefined ? undefined : keyOf(field))}
            onMouseLeave={() => onLight(undefined)}
          />
        ))}
      </span>
    </li>
  );
}

/** The word from bit 63 down, cut where fields begin and end; overlapping fields (there are some in event records) once. */
function segments(
  fields: readonly DecodedField[],
): { readonly bits: Bits; readonly field: DecodedField | undefined }[] {
  const placed = fields
    .map((field) => ({ bits: bitsOf(field), field }))
    .sort((a, b) => b.bits.high - a.bits.high);
  const cut: { bits: Bits; field: DecodedField | undefined }[] = [];
  let next = 63;
  for (const piece of placed) {
    if (piece.bits.high > next) continue;
    if (piece.bits.high < next)
      cut.push({ bits: { high: next, low: piece.bits.high + 1 }, field: undefined });
    cut.push(piece);
    next = piece.bits.low - 1;
  }
  if (next >= 0) cut.push({ bits: { high: next, low: 0 }, field: undefined });
  return cut;
}

interface CellProps {
  readonly label: string;
  readonly name: string;
  readonly text: string;
  readonly bits: number;
  readonly onEdit: (value: bigint) => void;
}

/** A number that Enter, or leaving it, puts in place; Escape takes it back. */
function NumberCell({ label, name, text, bits, onEdit }: CellProps) {
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const id = useId();
  const leave = (): void => {
    setDraft(undefined);
    setProblem(undefined);
  };
  const commit = (): void => {
    if (draft === undefined || draft === text) return leave();
    try {
      const value = parseNumber(draft, name, bits);
      leave();
      onEdit(value);
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <span class="cell">
      <input
        class="mono"
        aria-label={label}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : id}
        spellcheck={false}
        autocomplete="off"
        size={bits === 64 ? 19 : Math.max(4, Math.ceil(bits / 4) + 3)}
        value={draft ?? text}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') leave();
        }}
      />
      {problem !== undefined && (
        <span id={id} class="problem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
