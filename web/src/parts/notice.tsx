/** A message that must be read: what went wrong, in one sentence. */
export function Problem({
  text,
  onClose,
}: {
  readonly text: string | undefined;
  readonly onClose?: () => void;
}) {
  return (
    <div role="alert">
      {text !== undefined && (
        <p class="notice bad">
          <span>{text}</span>
          {onClose !== undefined && (
            <button type="button" class="link" onClick={onClose}>
              Close
            </button>
          )}
        </p>
      )}
    </div>
  );
}
