/** Files from the user: chosen with a button, or dropped on a place. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';

export interface FilesProps {
  readonly label: string;
  readonly multiple?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** A button that lets the user choose. */
export function FileButton({ label, multiple = false, onFiles }: FilesProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        multiple={multiple}
        hidden
        aria-label={label}
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files !== null && files.length > 0) onFiles([...files]);
          event.currentTarget.value = ''; // the same file may be chosen again
        }}
      />
    </>
  );
}

export interface DropPlaceProps {
  readonly class: string;
  readonly label: string;
  readonly onFiles: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

/** A section that takes files. */
export function DropPlace({ class: look, label, onFiles, children }: DropPlaceProps) {
  const [over, setOver] = useState(false);
  return (
    <section
      class={over ? `${look} drop over` : `${look} drop`}
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const files = event.dataTransfer?.files;
        if (files !== undefined && files.length > 0) onFiles([...files]);
      }}
    >
      {children}
    </section>
  );
}
