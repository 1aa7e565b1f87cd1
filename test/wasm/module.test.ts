import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const CORE = new URL('../../dist/core.wasm', import.meta.url);
const bytes = readFileSync(CORE);
const module = new WebAssembly.Module(bytes);

/** Numbers of the WebAssembly binary format, Core Specification 2.0 §5.5.2. */
const SECTION_IMPORT = 2;
const SECTION_START = 8;
const SECTION_DATA = 11;
const SECTION_DATA_COUNT = 12;

/** Everything that the core may ask of its embedder, with the reason. */
const DOCUMENTED_IMPORTS = /^(?:env\.memory|host\.\w+)$/;

/** The core is 32-bit AssemblyScript for one device; far beyond this something that does not belong was linked in. */
const SIZE_BUDGET = 256 * 1024;

interface Section {
  id: number;
  body: Buffer;
}

function unsignedLeb(from: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0, next = at; ; shift += 7) {
    const byte = from.readUInt8(next++);
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next };
  }
}

function sectionsOf(wasm: Buffer): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < wasm.length;) {
    const id = wasm.readUInt8(at);
    const { value: size, next } = unsignedLeb(wasm, at + 1);
    sections.push({ id, body: wasm.subarray(next, next + size) });
    at = next + size;
  }
  return sections;
}

/** The limits of the imported memory: flags, then the initial size in pages. */
function importedMemory(sections: Section[]): { flags: number; initial: number } {
  const { body } = sections.find(({ id }) => id === SECTION_IMPORT)!;
  const name = Buffer.from('\x03env\x06memory\x02', 'latin1');
  const at = body.indexOf(name) + name.length;
  return { flags: body.readUInt8(at), initial: unsignedLeb(body, at + 1).value };
}

describe('dist/core.wasm', () => {
  const sections = sectionsOf(bytes);

  test('has neither data nor start code: all its addresses are relative to a base given at run time', () => {
    const ids = sections.map(({ id }) => id);
    expect(ids).not.toContain(SECTION_START);
    expect(ids).not.toContain(SECTION_DATA);
    expect(ids).not.toContain(SECTION_DATA_COUNT);
  });

  test('imports what is documented and nothing else', () => {
    const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
    expect(imports).toContain('env.memory');
    expect(imports.filter((name) => !DOCUMENTED_IMPORTS.test(name))).toEqual([]);
  });

  test('accepts any memory: private, without a maximum and with no initial size', () => {
    expect(importedMemory(sections)).toEqual({ flags: 0, initial: 0 });
  });

  test('brings no allocator: neither the runtime nor the memory is exported', () => {
    const exports = WebAssembly.Module.exports(module);
    expect(exports.filter(({ name }) => name.startsWith('__')).map(({ name }) => name)).toEqual([]);
    expect(exports.filter(({ kind }) => kind === 'memory' || kind === 'table')).toEqual([]);
  });

  test('allocates nothing: the memory is never grown, which every allocator of AssemblyScript does', () => {
    const disassembler = fileURLToPath(new URL('../../node_modules/binaryen/bin/wasm-dis', import.meta.url));
    const text = execFileSync(process.execPath, [disassembler, fileURLToPath(CORE)], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    expect(text).toContain('(module');
    expect(text).not.toContain('memory.grow');
  });

  test('stays within its size budget', () => {
    expect(bytes.length).toBeLessThan(SIZE_BUDGET);
  });
});
