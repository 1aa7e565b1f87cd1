/** The bytes of the structure as they will lie in memory, each field under its name. */
import { LAYOUT, structureOf, type Kind } from './guest-stage-config.js';

export interface StructBytesProps {
  readonly kind: Kind;
  readonly bytes: Uint8Array | undefined;
}

const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');

export function StructBytes({ kind, bytes }: StructBytesProps) {
  if (bytes === undefined) return null;
  return (
    <table class="struct-bytes small">
      <caption>
        <code>{structureOf(kind)}</code>, {bytes.length} bytes, little-endian
      </caption>
      <thead>
        <tr>
          <th scope="col">Offset</th>
          <th scope="col">Field</th>
          <th scope="col">Bytes</th>
        </tr>
      </thead>
      <tbody>
        {LAYOUT[kind].map(([name, offset, size]) => (
          <tr key={name}>
            <td class="mono dim">{offset}</td>
            <th scope="row" class="mono">
              {name}
            </th>
            <td class="mono">{[...bytes.subarray(offset, offset + size)].map(hexByte).join(' ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
