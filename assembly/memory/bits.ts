// Access to packed fields (`dword << 16 | lsb << 8 | width`) of Arm's structures (arch/) and of our own words (abi/, request/).
// With a constant field everything folds to one load, one shift and one mask.

/** Field f of the structure at ptr. */
@inline
export function field(ptr: usize, f: i32): u64 {
  return (
    (load<u64>(ptr + <usize>((f >> 16) << 3)) >> (<u64>((f >> 8) & 0xff))) &
    (u64.MAX_VALUE >> (<u64>(64 - (f & 0xff))))
  );
}

/** Field f of a 64-bit word already loaded (the field's dword part is ignored). */
@inline
export function bits(word: u64, f: i32): u64 {
  return (word >> (<u64>((f >> 8) & 0xff))) & (u64.MAX_VALUE >> (<u64>(64 - (f & 0xff))));
}

/** An address field of a word already loaded: bit n of the word is bit n of the address. */
@inline
export function address(word: u64, f: i32): u64 {
  return word & maskOf(f);
}

/** The same of the structure at ptr. */
@inline
export function addressAt(ptr: usize, f: i32): u64 {
  return load<u64>(ptr + <usize>((f >> 16) << 3)) & maskOf(f);
}

/** Field f of a 32-bit register. */
@inline
export function bits32(word: u32, f: i32): u32 {
  return (word >> (<u32>((f >> 8) & 0x1f))) & (u32.MAX_VALUE >> (<u32>(32 - (f & 0xff))));
}

/** The bits of field f in its 64-bit word. */
@inline
export function maskOf(f: i32): u64 {
  const spare: u64 = 64 - <u64>(f & 0xff);
  const lsb: u64 = (<u64>(f >> 8)) & 0xff;
  return (u64.MAX_VALUE >> spare) << lsb;
}

/** `word` with field f set to v (v is cut to the field). */
@inline
export function put(word: u64, f: i32, v: u64): u64 {
  const lsb = <u64>((f >> 8) & 0xff);
  const mask = (u64.MAX_VALUE >> (<u64>(64 - (f & 0xff)))) << lsb;
  return (word & ~mask) | ((v << lsb) & mask);
}

/** Sets field f of the structure at ptr to v (v is cut to the field). */
@inline
export function setField(ptr: usize, f: i32, v: u64): void {
  const at = ptr + <usize>((f >> 16) << 3);
  store<u64>(at, put(load<u64>(at), f, v));
}

/** The bits of field f in its 32-bit register. */
@inline
export function maskOf32(f: i32): u32 {
  const lsb: u32 = (f >> 8) & 0x1f;
  return (u32.MAX_VALUE >> (<u32>(32 - (f & 0xff)))) << lsb;
}

/** A 32-bit word with v, which fits, in field f and nothing else. */
@inline
export function in32(f: i32, v: u32): u32 {
  const lsb: u32 = (f >> 8) & 0x1f;
  return v << lsb;
}

/** 2^n, n below 64. */
@inline
export function pow2(n: u32): u64 {
  const one: u64 = 1;
  return one << n;
}

/** 2^n as a limit: the first address beyond n bits (n = 64 gives 0, meaning none). */
@inline
export function limit(n: u32): u64 {
  return n >= 64 ? 0 : pow2(n);
}
