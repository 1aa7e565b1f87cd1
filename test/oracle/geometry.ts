import { POW2 } from './words.js';

/** log2 of the granule by TG0 / S2TG code; undefined if reserved (§5.2, §5.4). */
export function granuleOfTg0(code: number): number | undefined {
  return [12, 16, 14, undefined][code];
}

/** TG1 has an encoding of its own (§5.4). */
export function granuleOfTg1(code: number): number | undefined {
  return [undefined, 14, 12, 16][code];
}

/** Index bits that one full table resolves. */
export function stride(granule: number): number {
  return granule - 3;
}

/** log2 of what one entry at `level` spans. */
export function entryLog2(granule: number, level: number): number {
  return granule + stride(granule) * (3 - level);
}

/** DDI 0487 D8.2: the level at which a stage 1 input size starts. */
export function startLevelStage1(granule: number, inputSize: number): number {
  return 3 - Math.floor((inputSize - 1 - granule) / stride(granule));
}

/** {S2SL0_2, S2SL0} to start level; undefined if reserved (IHI 0070 §5.2 S2SL0). */
export function startLevelStage2(
  granule: number,
  sl0: number,
  sl02: number,
  ds: boolean,
  stt: boolean,
): number | undefined {
  if (granule === 12) {
    const code = ds ? sl02 * 4 + sl0 : sl0;
    return [2, 1, 0, stt ? 3 : undefined, -1][code];
  }
  if (granule === 14) return [3, 2, 1, ds ? 0 : undefined][sl0];
  return [3, 2, 1, undefined][sl0];
}

/** Start level and input size agree: at least one index bit, at most one full table times 16 (DDI 0487 D8.2). */
export function stage2Consistent(granule: number, start: number, inputSize: number): boolean {
  const min = entryLog2(granule, start) + 1;
  const max = min + stride(granule) - 1 + 4;
  return inputSize >= min && inputSize <= max;
}

/** Whether a Block descriptor exists at a level (DDI 0487 D8.3). */
export function blockAllowed(granule: number, level: number, ds: boolean, oas: number): boolean {
  if (level === 2) return true;
  if (granule === 12) return level === 1 || (level === 0 && ds);
  if (granule === 14) return level === 1 && ds;
  return level === 1 && oas >= 52;
}

/** log2 alignment of the first table: its size, at least 64 bytes with 52-bit output (§5.2 S2TTB, §5.4 TTB0). */
export function firstTableLog2(
  granule: number,
  start: number,
  inputSize: number,
  outputSize: number,
): number {
  const size = inputSize - entryLog2(granule, start) + 3;
  return outputSize === 52 ? Math.max(size, 6) : size;
}

/** The index into the table at `level`; the first one may run over into concatenated tables. */
export function tableIndex(granule: number, level: number, input: number, first: boolean): number {
  const index = Math.floor(input / POW2[entryLog2(granule, level)]);
  return first ? index : index % POW2[stride(granule)];
}
