/**
 * The number types of the portable files (`assembly/arch/*`, `assembly/abi/`), which `asc` and `tsc` both compile.
 * For `asc` they are WebAssembly's types; on the host each is a plain number or boolean.
 */
type i8 = number;
type i16 = number;
type i32 = number;
type u8 = number;
type u16 = number;
type u32 = number;
type usize = number;
type f64 = number;
type bool = boolean;
