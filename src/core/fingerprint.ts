/** Fingerprints that tell builds, configurations and damaged snapshots apart. Not for secrets. */

const PRIME = 0x01000193; // FNV-1a, 32 bits
const OFFSET_BASIS = 0x811c9dc5;
/** A second lane with its own start and multiplier (MurmurHash3's first constant) makes 64 bits of it. */
const SECOND_BASIS = 0x2f0b4f27;
const SECOND_PRIME = 0xcc9e2d51;

const { imul } = Math;

/** 64-bit fingerprint of the bytes as 16 hexadecimal digits. */
export function fingerprint(bytes: Uint8Array): string {
  let a = OFFSET_BASIS;
  let b = SECOND_BASIS;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    a = imul(a ^ byte, PRIME);
    b = imul((b ^ byte) + (b >>> 15), SECOND_PRIME);
  }
  return hex32(a) + hex32(b);
}

/** Fingerprint of text, by its UTF-8 bytes. */
export function fingerprintText(text: string): string {
  return fingerprint(new TextEncoder().encode(text));
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
