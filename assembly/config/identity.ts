// What the ID registers say, as the legality rules ask for it (IHI 0070 §6.3.1 to §6.3.8).
import { idrField } from '../state/regs';
import * as Idr5 from '../arch/idr5';

@inline
export function id0(f: i32): u32 {
  return idrField(0, f);
}
@inline
export function id1(f: i32): u32 {
  return idrField(1, f);
}
@inline
export function id3(f: i32): u32 {
  return idrField(3, f);
}
@inline
export function id5(f: i32): u32 {
  return idrField(5, f);
}

/** IDR5 announces the granule (log2; 0 stands for a reserved code). */
export function granuleSupported(g: u32): bool {
  if (g == 12) return id5(Idr5.GRAN4K) != 0;
  if (g == 14) return id5(Idr5.GRAN16K) != 0;
  return g == 16 && id5(Idr5.GRAN64K) != 0;
}
