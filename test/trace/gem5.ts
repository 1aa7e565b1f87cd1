/** Packet traces as gem5 writes them (src/proto/packet.proto), byte by byte. */

export interface TracePacket {
  tick?: bigint;
  command?: number;
  address?: bigint;
  size?: number;
  flags?: number;
  id?: number;
}

/** A number in groups of seven bits, the lowest first (protobuf.dev, Encoding). */
function varint(value: bigint | number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

/** A field of wire type 0, left out when it is undefined. */
function field(number: number, value: bigint | number | undefined): number[] {
  return value === undefined ? [] : [...varint(number * 8), ...varint(value)];
}

function text(number: number, value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

const message = (bytes: number[]): number[] => [...varint(bytes.length), ...bytes];

/** A whole trace; `frequency`: ticks per second. */
export function packetTrace(
  packets: readonly TracePacket[],
  frequency: bigint | undefined = 10n ** 12n,
): Uint8Array {
  const header = [...text(1, 'system.monitor'), ...field(2, 0), ...field(3, frequency)];
  return Uint8Array.from([
    ...new TextEncoder().encode('gem5'),
    ...message(header),
    ...packets.flatMap(({ tick, command = 1, address, size, flags, id }) =>
      message([
        ...field(1, tick),
        ...field(2, command),
        ...field(3, address),
        ...field(4, size),
        ...field(5, flags),
        ...field(6, id),
      ]),
    ),
  ]);
}

/** A read of 64 bytes. */
export const readAt = (tick: bigint, address = 0x1000n): TracePacket => ({ tick, address, size: 64 });
