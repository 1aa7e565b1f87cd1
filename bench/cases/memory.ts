/** Bytes: linear memory of one device above its RAM, and the module. */
import { statSync } from 'node:fs';
import { Smmu } from '../../src/index.js';
import type { Figure } from '../row.js';

const RAM_BYTES = 64 * 2 ** 20;
const BAR_BYTES = 8 * 2 ** 20;
const MODULE_BYTES = 160_000;
const WASM_PAGE = 65536;

export function memoryFigures(): Figure[] {
  const ram = [{ base: 0x4000_0000n, size: RAM_BYTES }];
  const above = (batchBytes?: number): number => {
    const bytes = Smmu.coreBytes({ ram, ...(batchBytes === undefined ? {} : { batchBytes }) });
    return Math.ceil(bytes / WASM_PAGE) * WASM_PAGE;
  };
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB above 64 MiB of RAM`;
  const figure = (name: string, bytes: number): Figure => ({
    name,
    value: mib(bytes),
    number: bytes,
    bar: '≤ 8 MiB',
    met: bytes <= BAR_BYTES,
  });
  const module = statSync(new URL('../../core.wasm', import.meta.url)).size;
  return [
    {
      name: 'module',
      value: `${(module / 1000).toFixed(1)} KB`,
      number: module,
      bar: `≤ ${MODULE_BYTES / 1000} KB`,
      met: module <= MODULE_BYTES,
    },
    figure('memory of one device, default options', above()),
    figure('memory of one device, batchBytes: 0', above(0)),
  ];
}
