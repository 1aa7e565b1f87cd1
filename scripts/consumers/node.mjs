/** Node, and TypeScript as strict as it gets without Node's types. */
import { join } from 'node:path';
import { ROOT } from '../parts.mjs';

/** @typedef {import('./project.mjs').Project} Project */

/** Every entry, and one answer of each. */
const PROGRAM = `
import { Smmu, IommuError, type Translation } from 'smmuv3-wasm';
import { HostIommu, IommuError as OfIommu, PROT_READ } from 'smmuv3-wasm/iommu';
import { CaptureError, openTrace } from 'smmuv3-wasm/trace';
import { runTrace, CaptureError as OfRun } from 'smmuv3-wasm/run';
import { decodeSte, lintSte, why } from 'smmuv3-wasm/inspect';
import { Cr0, pack, pack32, Register, Ste } from 'smmuv3-wasm/arch';
import { coreWasm } from 'smmuv3-wasm/inline';
import { RemoteSmmu, serveSmmu, type Port } from 'smmuv3-wasm/worker';
import { Iommufd, IommuError as OfIommufd } from 'smmuv3-wasm/iommufd';
import { iommufdBackend, VirtualSmmu } from 'smmuv3-wasm/vsmmu';
import { preset } from 'smmuv3-wasm/presets/gem5-default';

const is = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(what);
};
is('IommuError is one class', IommuError === OfIommu && IommuError === OfIommufd);
is('CaptureError is one class', CaptureError === OfRun);
{
  using smmu = await Smmu.create({ timing: preset.timing, caches: preset.caches });
  const translation: Translation = smmu.translate({ streamId: 0, iova: 0x9008n });
  is('translated', translation.status === 'ok' && translation.pa === 0x9008n);
  const iommu = await HostIommu.probe(smmu, { pool: { base: 0x4000_0000n, size: 1 << 20 } });
  const device = iommu.addDevice({ streamIds: [1] });
  const domain = iommu.domainAlloc({ type: 'dma' });
  iommu.attachDevice(domain, device);
  iommu.map(domain, 0x1000n, 0x4010_0000n, 4096n, PROT_READ);
  is('mapped', smmu.translate({ streamId: 1, iova: 0x1010n }).pa === 0x4010_0010n);
  is('an IOAS', new Iommufd(iommu).ioasAlloc() > 0);
  is('a virtual SMMU', typeof VirtualSmmu === 'function' && typeof iommufdBackend === 'function');
  is('explained', why(smmu, { streamId: 1, iova: 0x5000n })!== undefined);
  const ports = [(): Port => new Worker('w.js'), (): Port => new MessageChannel().port1, (): Port => self];
  is('a worker', ports.length === 3 && typeof RemoteSmmu.create === 'function' && typeof serveSmmu === 'function');
  is('a register by name', (smmu.read32(Register.CR0) & pack32([Cr0.SMMUEN, 1])) !== 0);
  const ste = pack(Ste.BYTES, [Ste.V, 1], [Ste.Config, Ste.CONFIG_S1_BYPASS_S2_TRANSLATE]);
  is('decoded', decodeSte(ste).fields.some(({ name, value }) => name === 'V' && value === 1n));
  is('linted', lintSte(ste, smmu.id).length > 0);
}
is('the core inline', (await Smmu.create({ module: coreWasm() })).read32(Register.CR0) === 0);
const bytes = new TextEncoder().encode('iova,stream_id\\n0x1000,1\\n0x2000,1\\n');
async function* chunks(): AsyncGenerator<Uint8Array> {
  yield bytes;
}
const source = await openTrace({ name: 'two.csv', chunks: chunks() });
const { transactions, version } = await runTrace(source, { outstanding: 4, tableMemory: 1 << 26 });
is('run', transactions === 2 && version !== 'sources');
const error: unknown = await openTrace({ name: 'x', chunks: chunks(), fraction: () => 0 }, { format: 'jsonl' })
  .then((opened) => runTrace(opened))
  .catch((reason: unknown) => reason);
is('a malformed trace', error instanceof CaptureError && error.message.startsWith('x, line 1'));
export {};
`;

/** @param {Project} project */
export function node(project) {
  const { transpiled, compiler } = compile(project, '6', 'nodenext');
  return said(compiler) || said(project.node([transpiled]));
}

/**
 * @param {Project} project @param {'5.9' | '6'} version @param {'nodenext' | 'bundler'} resolution
 */
export function typescript(project, version, resolution) {
  return said(compile(project, version, resolution).compiler);
}

/** @typedef {{ transpiled: string, compiler: { status: number | null, stdout: string, stderr: string } }} Compiled */

/** @type {Map<string, Compiled>} */
const compiled = new Map();

/** @param {Project} project @param {string} version @param {string} resolution @returns {Compiled} */
function compile(project, version, resolution) {
  const folder = `typescript-${version}-${resolution}`;
  const known = compiled.get(folder);
  if (known !== undefined) return known;
  project.write(`${folder}/main.ts`, PROGRAM);
  const compilerOptions = {
    target: 'es2022',
    module: resolution === 'bundler' ? 'esnext' : 'nodenext',
    moduleResolution: resolution,
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    outDir: 'out',
    rootDir: '.',
  };
  project.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['main.ts'] }));
  const tsc = join(
    ROOT,
    'node_modules',
    version === '6' ? 'typescript/lib/tsc.js' : 'typescript-5.9/lib/tsc.js',
  );
  const result = { transpiled: `${folder}/out/main.js`, compiler: project.node([tsc, '-p', folder]) };
  compiled.set(folder, result);
  return result;
}

/** @param {{ status: number | null, stdout: string, stderr: string }} ran @returns {string} empty when it went well */
function said({ status, stdout, stderr }) {
  return status === 0 ? '' : `${stdout}${stderr}`.trim() || `exit code ${status}`;
}
