// The page's side: the device is in a worker, and its methods give promises; the page stays responsive while a trace runs.
import { RemoteSmmu, runTraceIn } from 'smmuv3-wasm/worker';

const worker = new Worker(new URL('./smmu-worker.js', import.meta.url), { type: 'module' });
const output = /** @type {HTMLOutputElement} */ (document.querySelector('output'));
const progress = /** @type {HTMLProgressElement} */ (document.querySelector('progress'));

const smmu = await RemoteSmmu.create(worker, { timing: false });
const RAM = 0x4000_0000n;
await smmu.write(RAM, Uint8Array.of(9)); // STE 0: valid, both stages bypassed
await smmu.write64(0x80, RAM); // SMMU_STRTAB_BASE
await smmu.write32(0x20, 1); // SMMU_CR0.SMMUEN
const { status, pa } = await smmu.translate({ streamId: 0, iova: 0x9008n });

const { transactions, latency } = await runTraceIn(worker, 'gen:ring,window=1M,count=200000,seed=1', {
  outstanding: 32,
  onProgress: (fraction) => (progress.value = fraction),
});
output.textContent = `${status} 0x${pa.toString(16)}, ${transactions} transactions, p50 ${latency.p50} cycles`;
