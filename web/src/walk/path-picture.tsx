/** The path as columns of nodes. A node is a button: pointing at it or focusing it shows its words, pressing it keeps them. */
import { useRef } from 'preact/hooks';
import { hex } from '../parts/numbers.js';
import type { CacheTouch, PathColumn, PathNode } from './path.js';

export interface PathPictureProps {
  readonly columns: readonly PathColumn[];
  /** What was asked, and what came of it. */
  readonly input: string;
  readonly output: string;
  readonly shown: string | undefined;
  readonly pinned: string | undefined;
  readonly edited: (node: PathNode) => boolean;
  readonly onShow: (id: string | undefined) => void;
  readonly onPin: (id: string) => void;
}

export function PathPicture(props: PathPictureProps) {
  const { columns, input, output, shown, pinned, edited, onShow, onPin } = props;
  const place = useRef<HTMLOListElement>(null);
  const move = (event: KeyboardEvent): void => {
    const way = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const nodes = [...(place.current?.querySelectorAll<HTMLButtonElement>('button.node') ?? [])];
    const at = nodes.findIndex((node) => node === document.activeElement);
    const next = way === undefined || at < 0 ? undefined : nodes[at + way];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div class="path-scroll" role="region" aria-label="Path of the transaction" tabIndex={0}>
      <ol class="path" ref={place} onKeyDown={move} onMouseLeave={() => onShow(undefined)}>
        {columns.map((column, i) => (
          <li key={i} class={column.end === undefined ? 'column' : `column end ${column.end}`}>
            <h3>{column.title}</h3>
            {column.input !== '' && <p class="mono dim small">{column.input}</p>}
            <Caches touches={column.caches} />
            <div class="tower">
              {column.nodes.map((node) => (
                <Node
                  key={node.id}
                  node={node}
                  shown={node.id === shown}
                  pinned={node.id === pinned}
                  edited={edited(node)}
                  onShow={onShow}
                  onPin={onPin}
                />
              ))}
              {i === 0 && <p class="terminal mono">{input}</p>}
              {column.end !== undefined && <p class={`terminal mono ${column.end}`}>{output}</p>}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Caches({ touches }: { readonly touches: readonly CacheTouch[] }) {
  if (touches.length === 0) return null;
  return (
    <ul class="caches" aria-label="Caches asked">
      {grouped(touches).map(({ names, short, hit }) => (
        <li key={short} class={hit ? 'hit' : 'miss'} title={`${names.join('; ')}: ${hit ? 'hit' : 'miss'}`}>
          <span class="visually-hidden">{names.join('; ')}: </span>
          <span aria-hidden="true">{short} </span>
          {hit ? 'hit' : 'miss'}
        </li>
      ))}
    </ul>
  );
}

interface Group {
  readonly names: readonly string[];
  readonly short: string;
  readonly hit: boolean;
}

/** Levels of one stage that missed one after another are one group: `S1 L3–L0`. */
function grouped(touches: readonly CacheTouch[]): Group[] {
  const groups: Group[] = [];
  for (const { name, hit } of touches) {
    const short = shortName(name);
    const [stage, level] = short.split(' L');
    const last = groups.at(-1);
    const joins = level !== undefined && last !== undefined && !hit && !last.hit;
    if (joins && last.short.startsWith(`${stage} L`)) {
      const [first] = last.short.split('–');
      groups[groups.length - 1] = { names: [...last.names, name], short: `${first}–L${level}`, hit };
    } else {
      groups.push({ names: [name], short, hit });
    }
  }
  return groups;
}

/** `stage 2 walk cache, level 1` as `S2 L1`. */
function shortName(name: string): string {
  return name
    .replace(/^stage ([12]) walk cache, level /, 'S$1 L')
    .replace(/ TLB of TBU \d+$/, ' TLB')
    .replace('configuration cache', 'config');
}

interface NodeProps {
  readonly node: PathNode;
  readonly shown: boolean;
  readonly pinned: boolean;
  readonly edited: boolean;
  readonly onShow: (id: string | undefined) => void;
  readonly onPin: (id: string) => void;
}

function Node({ node, shown, pinned, edited, onShow, onPin }: NodeProps) {
  const { id, stage, label, kind, leads, title, follows, address, structure, bad } = node;
  const word = structure?.words[0];
  const look = ['node', stage === 'config' ? 'config' : `stage${stage}`];
  if (bad) look.push('bad');
  if (shown) look.push('shown');
  if (edited) look.push('edited');
  return (
    <button
      type="button"
      class={look.join(' ')}
      aria-pressed={pinned}
      onMouseEnter={() => onShow(id)}
      onFocus={() => onShow(id)}
      onBlur={() => onShow(undefined)}
      onClick={() => onPin(id)}
    >
      <span class="top">
        <b>{label}</b>
        <em>{kind}</em>
      </span>
      {word !== undefined && <span class="mono word">{hex(word)}</span>}
      {leads !== '' && (
        <span class="mono leads">
          <span aria-hidden="true">→</span> {leads}
        </span>
      )}
      <span class="visually-hidden">
        {title}
        {address === undefined ? '' : ` at ${hex(address)}`}. {follows}
        {edited ? ' Edited.' : ''}
      </span>
    </button>
  );
}
