// A driver compiled to Wasm, over a device in Node: its memory is lent to the SMMU, so that its pointers are physical addresses; its
// loads and stores of device memory are mmioImports; while it has interrupts off, they wait.
//
//   node examples/wasm-driver/run.mjs        compiles driver.ts by AssemblyScript, a development dependency of this repository
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { Smmu } from 'smmuv3-wasm';

const source = readFileSync(fileURLToPath(new URL('driver.ts', import.meta.url)), 'utf8');
const { binary, error, stderr } = await asc.compileString(source, {
  optimizeLevel: 2,
  runtime: 'stub',
  importMemory: true,
  noExportMemory: true,
});
if (error !== null || binary === null) throw new Error(stderr.toString());

// 8 MiB are the driver's machine, RAM from address 0 on; behind them the SMMU has its state.
const RAM_BYTES = 8 << 20;
/** @type {import('smmuv3-wasm').SmmuOptions} */
const options = { timing: false, batchBytes: 0, ram: [{ base: 0n, size: RAM_BYTES, offset: 0 }] };
const memory = new WebAssembly.Memory({ initial: (RAM_BYTES + Smmu.coreBytes(options)) / 65536 + 1 });

/** @type {{ probe(): void, attach(stream: number): void, map(iova: number, pa: number): void, unmap(iova: number): void,
 *   handleEvents(): void, faultCount(): number, lastFaultAddress(): bigint } | undefined} */
let driver;
const smmu = await Smmu.create({
  ...options,
  memory,
  coreBase: RAM_BYTES,
  onInterrupt: () => driver?.handleEvents(),
});
const instance = await WebAssembly.instantiate(await WebAssembly.compile(new Uint8Array(binary)), {
  env: { memory, abort: () => undefined },
  smmu: smmu.mmioImports(0x0900_0000),
  cpu: {
    interruptsOff: () => smmu.deferInterrupts(true),
    interruptsOn: () => smmu.deferInterrupts(false),
  },
});
driver = /** @type {NonNullable<typeof driver>} */ (/** @type {unknown} */ (instance.exports));

driver.probe();
driver.attach(3);
driver.map(0x20_0000, 0x60_0000);
console.log(smmu.dmaWrite(3, 0x20_0010n, new TextEncoder().encode('from a device')).status); // → ok
console.log(new TextDecoder().decode(new Uint8Array(memory.buffer, 0x60_0010, 13))); // → from a device
driver.unmap(0x20_0000);
console.log(smmu.dmaRead(3, 0x20_0010n, new Uint8Array(4)).status); // → abort
console.log(driver.faultCount(), driver.lastFaultAddress().toString(16)); // → 1 200010
