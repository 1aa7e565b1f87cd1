/**
 * smmuv3-wasm/inline: the core inside of JavaScript, for bundlers that lose the file core.wasm and for pages of a single file.
 *
 * ```ts
 * const smmu = await Smmu.create({ module: coreWasm() });
 * ```
 */

/** The bytes of dist/core.wasm in base64: the bundle's build puts them in place of the name (scripts/bundle.mjs). */
declare const CORE_BASE64: string;

/**
 * The core's bytes, for the option `module`: the same as in dist/core.wasm, a third larger in the bundle than the file.
 * Every device compiles what it is given; for many, give each the same `await WebAssembly.compile(coreWasm())`.
 */
export function coreWasm(): Uint8Array<ArrayBuffer> {
  const text = atob(CORE_BASE64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
