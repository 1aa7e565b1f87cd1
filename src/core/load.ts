/**
 * Loading the core, in Node and in the browser. Nothing of Node is imported statically: a page loads this file as it is.
 * An Smmu gets its instance here and nowhere else.
 */
import type * as NodeFiles from 'node:fs/promises';
import { type Core, typedExports } from './exports.js';
import { fingerprint, fingerprintText } from './fingerprint.js';
import { withSharedMemory } from './shared-core.js';

/** Where the core may come from; absent: the one that the package brings. */
export type CoreSource = WebAssembly.Module | BufferSource | Response;

/** What the module imports, see assembly/memory/host.ts. */
export interface CoreImports {
  env: { memory: WebAssembly.Memory };
  host: {
    busRead(pa: number, ptr: number, length: number): number;
    busWrite(pa: number, ptr: number, length: number): number;
    busCas(pa: number, expected: bigint, desired: bigint, found: number): number;
    tbuOf(streamId: number): number;
    walkLatency(pa: number, what: number, level: number, streamId: number, cycle: number): number;
  };
}

/** An instance, and the fingerprint of the build that it came from. */
export interface LoadedCore {
  readonly core: Core;
  readonly build: string;
}

interface CompiledCore {
  readonly module: WebAssembly.Module;
  readonly build: string;
}

/** A custom section of this name, when the build wrote one, tells builds apart (WebAssembly tool conventions). */
const BUILD_ID_SECTION = 'build_id';

/** The bundled core, compiled, by whether its memory is shared. */
const bundled = new Map<boolean, Promise<CompiledCore>>();

/**
 * Instantiates the core over the memory in `imports`.
 * @throws TypeError when `source` is none of the kinds that it may be, or no SMMU core; CompileError when it is no WebAssembly.
 */
export async function loadCore(source: CoreSource | undefined, imports: CoreImports): Promise<LoadedCore> {
  const shared = isShared(imports.env.memory);
  const { module, build } = await (source === undefined ? bundledCore(shared) : compile(source, shared));
  return { core: typedExports(await instantiate(module, imports)), build };
}

/** Whether threads share it. */
export function isShared({ buffer }: WebAssembly.Memory): boolean {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}

/** The bundled core is compiled once for all devices of the program. */
function bundledCore(shared: boolean): Promise<CompiledCore> {
  const known = bundled.get(shared);
  if (known !== undefined) return known;
  const compiled = bundledCoreBytes()
    .then((bytes) => compile(bytes, shared))
    .catch((error: unknown) => {
      bundled.delete(shared); // the next one may have more luck
      throw error;
    });
  bundled.set(shared, compiled);
  return compiled;
}

/** Where the package's core lies. Bundlers know this form and take the file along. */
function bundledUrl(): URL {
  try {
    return new URL('../../core.wasm', import.meta.url);
  } catch (error) {
    // A bundle that is no module has no URL of its own.
    throw missing('this script has no import.meta.url', error);
  }
}

/**
 * The bytes of the core that the package brings.
 * @throws Error that says what to do when a bundler or a server has lost it
 */
export async function bundledCoreBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const url = bundledUrl();
  const bytes = url.protocol === 'file:' ? await readFile(url) : await fetched(url);
  // Servers of single-page applications answer with a page for whatever they do not have.
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw missing(`${url.href} is no WebAssembly module`);
  return bytes;
}

/** What a WebAssembly module begins with. */
const MAGIC: readonly number[] = [0x00, 0x61, 0x73, 0x6d];

function missing(reason: string, cause?: unknown): Error {
  return new Error(
    `the core was not found: ${reason}. When a bundler does not take dist/core.wasm along, serve that file and give it as the ` +
      "option 'module', or give coreWasm() of smmuv3-wasm/inline",
    { cause },
  );
}

async function fetched(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch((error: unknown) => {
    throw missing(`${url.href} could not be fetched`, error);
  });
  if (!response.ok) throw missing(`${url.href} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Node's fetch does not read files. The module's name stands in a variable so that bundlers leave it alone. */
async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const name = 'node:fs/promises';
  const fs = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as typeof NodeFiles;
  // Run from the sources, as the tests are: the core has been built into dist/.
  for (const place of [url, new URL('dist/core.wasm', url)]) {
    try {
      return new Uint8Array(await fs.readFile(place));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    }
  }
  throw missing(`there is no file ${url.href}`);
}

async function bytesOf(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) {
    throw new TypeError(`module could not be fetched: ${response.url} answered ${response.status}`);
  }
  return response.arrayBuffer();
}

async function compile(source: CoreSource, shared: boolean): Promise<CompiledCore> {
  if (typeof Response !== 'undefined' && source instanceof Response)
    return compile(await bytesOf(source), shared);
  if (source instanceof WebAssembly.Module) {
    if (shared)
      throw new TypeError(
        'module must be bytes or a Response when memory is shared: they are changed for it',
      );
    return { module: source, build: buildOf(source) };
  }
  const bytes = asBytes(source);
  if (bytes === undefined) {
    throw new TypeError('module must be a WebAssembly.Module, an ArrayBuffer, a view of one, or a Response');
  }
  const module = await WebAssembly.compile(shared ? (withSharedMemory(bytes) ?? bytes) : bytes);
  return { module, build: buildOf(module, bytes) };
}

/** The bytes of a buffer or view, of other realms too (jest and iframes have their own ArrayBuffer); undefined: it is neither. */
export function asBytes(source: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
  }
  const tag = Object.prototype.toString.call(source);
  return tag === '[object ArrayBuffer]' ? new Uint8Array(source as ArrayBuffer) : undefined;
}

/**
 * The build's own id if it carries one, else a fingerprint of its bytes. A compiled module does not give its bytes back:
 * without an id its interface must do, which tells layouts apart but not two builds of one layout.
 */
function buildOf(module: WebAssembly.Module, bytes?: Uint8Array): string {
  const [id] = WebAssembly.Module.customSections(module, BUILD_ID_SECTION);
  if (id !== undefined) return fingerprint(new Uint8Array(id));
  if (bytes !== undefined) return fingerprint(bytes);
  const face = [...WebAssembly.Module.imports(module), ...WebAssembly.Module.exports(module)];
  return fingerprintText(JSON.stringify(face));
}

/**
 * AssemblyScript's loader turns a failed assertion of a debug build into an Error with file and line. A page without a
 * bundler cannot resolve a package's name; the core imports nothing of the loader, so there it is instantiated plainly.
 */
async function instantiate(module: WebAssembly.Module, imports: CoreImports): Promise<WebAssembly.Exports> {
  const loader = await import('@assemblyscript/loader').catch(() => undefined);
  if (loader !== undefined) {
    const { instance } = await loader.instantiate(
      module,
      imports as unknown as Record<string, Record<string, unknown>>,
    );
    return instance.exports; // the loader's own `exports` wraps every function in a closure
  }
  const abort = (_message: number, _file: number, line: number, column: number): never => {
    throw new Error(`the core failed an assertion at line ${line}, column ${column}`);
  };
  const plain = { env: { ...imports.env, abort }, host: { ...imports.host } };
  return (await WebAssembly.instantiate(module, plain)).exports;
}
