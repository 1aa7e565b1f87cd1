/** The registers as WebAssembly imports: what a driver compiled to Wasm calls for its loads and stores of device memory. */
import { hex, integer } from '../base/check.js';

/** By addresses of the driver's machine; parameters and results are WebAssembly's, which knows no unsigned numbers. */
export interface MmioImports {
  [name: string]: ((address: number) => number | bigint) | ((address: number, value: never) => void);
  /** `(i32) -> i32` */
  mmioRead32(address: number): number;
  /** `(i32) -> i64` */
  mmioRead64(address: number): bigint;
  /** `(i32, i32)` */
  mmioWrite32(address: number, value: number): void;
  /** `(i32, i64)` */
  mmioWrite64(address: number, value: bigint): void;
}

interface Registers {
  read32(offset: number): number;
  read64(offset: number): bigint;
  write32(offset: number, value: number): void;
  write64(offset: number, value: bigint): void;
}

/** Bytes of the two pages of registers (IHI 0070 §6.1). */
const REGISTER_BYTES = 0x2_0000;

/** The imports over `registers` at `base` of a 32-bit address space. @throws RangeError or TypeError for `base` */
export function mmioImports(registers: Registers, base: number): MmioImports {
  integer(base, 'base', 0, 2 ** 32 - REGISTER_BYTES);
  const offsetOf = (address: number): number => {
    const offset = (address >>> 0) - base;
    if (offset < 0 || offset >= REGISTER_BYTES)
      throw new RangeError(
        `the driver's access at ${hex(address >>> 0)} is outside the SMMU's registers, ${hex(base)} to ${hex(base + REGISTER_BYTES - 1)}`,
      );
    return offset;
  };
  return {
    mmioRead32: (address) => registers.read32(offsetOf(address)) | 0,
    mmioRead64: (address) => BigInt.asIntN(64, registers.read64(offsetOf(address))),
    mmioWrite32: (address, value) => registers.write32(offsetOf(address), value >>> 0),
    mmioWrite64: (address, value) => registers.write64(offsetOf(address), BigInt.asUintN(64, value)),
  };
}
