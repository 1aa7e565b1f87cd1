/** The words of one node, by field; they can be edited where they have an address. */
import { StructureView } from '../parts/structure-view.js';
import { hex } from '../parts/numbers.js';
import type { PathNode } from './path.js';

export interface DetailProps {
  readonly node: PathNode | undefined;
  readonly pinned: boolean;
  /** As recorded, where they were edited. */
  readonly recorded: (address: bigint) => bigint | undefined;
  readonly onEdit: (address: bigint, word: bigint) => void;
  readonly onUnpin: () => void;
}

export function Detail({ node, pinned, recorded, onEdit, onUnpin }: DetailProps) {
  if (node === undefined) {
    return (
      <aside class="detail card empty" aria-label="Decoded words">
        <p class="dim">
          Point at a box, or move to it with the keyboard, to see its words by field. Press it to keep it here
          and to edit it: the walk follows.
        </p>
      </aside>
    );
  }
  const { title, section, follows, address, structure } = node;
  const before =
    structure !== undefined && address !== undefined
      ? structure.words.map((word, i) => recorded(address + BigInt(8 * i)) ?? word)
      : undefined;
  return (
    <aside class={pinned ? 'detail card pinned' : 'detail card'} aria-label="Decoded words">
      <header>
        <h2>{title}</h2>
        {pinned && (
          <button type="button" class="link" onClick={onUnpin}>
            Close
          </button>
        )}
      </header>
      <p class="dim small">
        {section}
        {address !== undefined && (
          <>
            {section === '' ? '' : ' · '}at <span class="mono">{hex(address)}</span>
          </>
        )}
      </p>
      {follows !== '' && <p class="follows">{follows}</p>}
      {structure !== undefined && (
        <StructureView
          structure={structure}
          {...(before === undefined ? {} : { before })}
          {...(pinned && address !== undefined
            ? { onEdit: (i: number, word: bigint) => onEdit(address + BigInt(8 * i), word) }
            : {})}
        />
      )}
    </aside>
  );
}
