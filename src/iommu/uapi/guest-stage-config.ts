/**
 * `struct iommu_guest_stage_config` of the 2018 bind_guest_stage series, as its author corrected it in review: one `flags`
 * byte with three masks, `asid_bits` in place of `asid`. The layout is the LP64 little-endian one, padding written out, so
 * that a VMM may hand over its own bytes:
 *
 *     0 flags u32 | 8 union, 24 bytes | 32
 *       smmu_s1: 8 flags u8 | 16 cdptr_dma u64 | 24 asid_bits u8
 *       pasidt:  8 version u32 | 12 bytes u32 | 16 base_ptr u64 | 24 pasid_bits u8
 */
import { big, hex, integer, record, show } from '../../base/check.js';
import { IommuError } from '../../base/errors.js';

export * from './prot.js';

/** `GuestStageConfig.flags`: the union holds `pasidt`. */
export const PASID_TABLE = 1;
/** `GuestStageConfig.flags`: the union holds `smmuS1`. */
export const SMMUV3_S1_CFG = 2;

/** `SmmuS1Config.flags`: the guest's SMMUEN is 0. No mask set: stage 1 translates. */
export const IOMMU_SMMU_S1_DISABLED = 1;
/** `SmmuS1Config.flags`: the guest's STE.Config bypasses stage 1. */
export const IOMMU_SMMU_S1_BYPASSED = 2;
/** `SmmuS1Config.flags`: the guest's STE.Config aborts, or its STE is invalid. */
export const IOMMU_SMMU_S1_ABORTED = 4;
const S1_FLAGS_KNOWN = IOMMU_SMMU_S1_DISABLED | IOMMU_SMMU_S1_BYPASSED | IOMMU_SMMU_S1_ABORTED;

/** `PasidTableConfig.version`. */
export const PASID_TABLE_CFG_VERSION_1 = 1;
/** `PasidTableConfig.bytes`: the size of `struct iommu_pasid_table_config`. */
export const PASID_TABLE_CFG_BYTES = 24;

/** Size of `struct iommu_guest_stage_config`. */
export const GUEST_STAGE_CONFIG_BYTES = 32;

const OFFSET_FLAGS = 0;
const OFFSET_S1_FLAGS = 8;
const OFFSET_S1_CDPTR = 16;
const OFFSET_S1_ASID_BITS = 24;
const OFFSET_PASIDT_VERSION = 8;
const OFFSET_PASIDT_BYTES = 12;
const OFFSET_PASIDT_BASE = 16;
const OFFSET_PASIDT_BITS = 24;

/** `struct iommu_smmu_s1_config`: the stage 1 of a guest whose stream has one Context Descriptor. */
export interface SmmuS1Config {
  /** IOMMU_SMMU_S1_* */
  flags: number;
  /** Guest-physical address of the Context Descriptor, 64-byte aligned. */
  cdptrDma: bigint;
  /** Width of the guest's ASIDs, 8 or 16. */
  asidBits: number;
}

/** `struct iommu_pasid_table_config`: a linear table of 2^pasidBits Context Descriptors. */
export interface PasidTableConfig {
  /** PASID_TABLE_CFG_VERSION_1 */
  version: number;
  /** Size of the structure: PASID_TABLE_CFG_BYTES. Default: that. */
  bytes?: number;
  /** Guest-physical address of the table. */
  basePtr: bigint;
  pasidBits: number;
}

/** `struct iommu_guest_stage_config`: `flags` says which of the two members holds. */
export interface GuestStageConfig {
  /** PASID_TABLE or SMMUV3_S1_CFG */
  flags: number;
  smmuS1?: SmmuS1Config;
  pasidt?: PasidTableConfig;
}

/** What a configuration asks for. */
export type GuestStageRequest = 'translate' | 'bypass' | 'abort';

/**
 * The 32 bytes of a configuration, padding zero. Any value that its field can hold is encoded, right or wrong: judging is
 * for {@link decodeGuestStageConfig} and the driver.
 * @throws TypeError or RangeError when a value does not fit its field, or the member that `flags` names is missing
 */
export function encodeGuestStageConfig(config: GuestStageConfig): Uint8Array {
  record(config, 'config', ['flags', 'smmuS1', 'pasidt']);
  const bytes = new Uint8Array(GUEST_STAGE_CONFIG_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(OFFSET_FLAGS, integer(config.flags, 'config.flags', 0, 0xffff_ffff), true);
  if (memberOf(config) === 'pasidt') encodePasidTable(view, config.pasidt!);
  else encodeSmmuS1(view, config.smmuS1!);
  return bytes;
}

/** The member to encode: what `flags` names; with a wrong `flags`, the one that is there. */
function memberOf(config: GuestStageConfig): 'smmuS1' | 'pasidt' {
  const named =
    config.flags === PASID_TABLE ? 'pasidt' : config.flags === SMMUV3_S1_CFG ? 'smmuS1' : undefined;
  const member = named ?? (config.smmuS1 === undefined ? 'pasidt' : 'smmuS1');
  if (config[member] === undefined) {
    throw new TypeError(`config.${member} is missing; config.flags = ${config.flags} asks for it`);
  }
  return member;
}

function encodeSmmuS1(view: DataView, s1: SmmuS1Config): void {
  record(s1, 'config.smmuS1', ['flags', 'cdptrDma', 'asidBits']);
  view.setUint8(OFFSET_S1_FLAGS, integer(s1.flags, 'config.smmuS1.flags', 0, 0xff));
  view.setBigUint64(OFFSET_S1_CDPTR, u64(s1.cdptrDma, 'config.smmuS1.cdptrDma'), true);
  view.setUint8(OFFSET_S1_ASID_BITS, integer(s1.asidBits, 'config.smmuS1.asidBits', 0, 0xff));
}

function encodePasidTable(view: DataView, table: PasidTableConfig): void {
  record(table, 'config.pasidt', ['version', 'bytes', 'basePtr', 'pasidBits']);
  const { version, bytes = PASID_TABLE_CFG_BYTES, basePtr, pasidBits } = table;
  view.setUint32(OFFSET_PASIDT_VERSION, integer(version, 'config.pasidt.version', 0, 0xffff_ffff), true);
  view.setUint32(OFFSET_PASIDT_BYTES, integer(bytes, 'config.pasidt.bytes', 0, 0xffff_ffff), true);
  view.setBigUint64(OFFSET_PASIDT_BASE, u64(basePtr, 'config.pasidt.basePtr'), true);
  view.setUint8(OFFSET_PASIDT_BITS, integer(pasidBits, 'config.pasidt.pasidBits', 0, 0xff));
}

function u64(value: bigint, name: string): bigint {
  return big(value, name, 0n, (1n << 64n) - 1n);
}

/**
 * The object form of 32 bytes, and the checks that need no SMMU: one known member, known masks, version and size, aligned
 * addresses. Padding is not looked at: in C it may hold anything.
 * @throws IommuError EINVAL; TypeError or RangeError when `bytes` are not 32 bytes
 */
export function decodeGuestStageConfig(bytes: Uint8Array): GuestStageConfig {
  if (!ArrayBuffer.isView(bytes)) throw new TypeError(`config must be a Uint8Array, not ${show(bytes)}`);
  if (bytes.byteLength !== GUEST_STAGE_CONFIG_BYTES) {
    throw new RangeError(
      `config must have the ${GUEST_STAGE_CONFIG_BYTES} bytes of struct iommu_guest_stage_config, not ${bytes.byteLength}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint32(OFFSET_FLAGS, true);
  switch (flags) {
    case SMMUV3_S1_CFG:
      return { flags, smmuS1: decodeSmmuS1(view) };
    case PASID_TABLE:
      return { flags, pasidt: decodePasidTable(view) };
    default:
      throw new IommuError(
        'EINVAL',
        `config.flags must be PASID_TABLE (1) or SMMUV3_S1_CFG (2), not ${hex(flags)}`,
      );
  }
}

function decodeSmmuS1(view: DataView): SmmuS1Config {
  const flags = view.getUint8(OFFSET_S1_FLAGS);
  const cdptrDma = view.getBigUint64(OFFSET_S1_CDPTR, true);
  const asidBits = view.getUint8(OFFSET_S1_ASID_BITS);
  if ((flags & ~S1_FLAGS_KNOWN) !== 0) {
    throw new IommuError(
      'EINVAL',
      `smmu_s1.flags has unknown bits: ${hex(flags & ~S1_FLAGS_KNOWN)}; known are DISABLED 1, BYPASSED 2, ABORTED 4`,
    );
  }
  checkDescriptorAddress(cdptrDma, 'smmu_s1.cdptr_dma');
  if (asidBits !== 8 && asidBits !== 16) {
    throw new IommuError('EINVAL', `smmu_s1.asid_bits must be 8 or 16, not ${asidBits}`);
  }
  return { flags, cdptrDma, asidBits };
}

function decodePasidTable(view: DataView): PasidTableConfig {
  const version = view.getUint32(OFFSET_PASIDT_VERSION, true);
  const bytes = view.getUint32(OFFSET_PASIDT_BYTES, true);
  const basePtr = view.getBigUint64(OFFSET_PASIDT_BASE, true);
  const pasidBits = view.getUint8(OFFSET_PASIDT_BITS);
  if (version !== PASID_TABLE_CFG_VERSION_1) {
    throw new IommuError('EINVAL', `pasidt.version must be ${PASID_TABLE_CFG_VERSION_1}, not ${version}`);
  }
  if (bytes !== PASID_TABLE_CFG_BYTES) {
    throw new IommuError(
      'EINVAL',
      `pasidt.bytes must be ${PASID_TABLE_CFG_BYTES}, the size of the structure, not ${bytes}`,
    );
  }
  checkDescriptorAddress(basePtr, 'pasidt.base_ptr');
  return { version, bytes, basePtr, pasidBits };
}

/** STE.S1ContextPtr holds bits [51:6] (IHI 0070 §5.2). */
function checkDescriptorAddress(address: bigint, name: string): void {
  if ((address & 63n) !== 0n) {
    throw new IommuError('EINVAL', `${name} must be 64-byte aligned, not ${hex(address)}`);
  }
  if (address >> 52n !== 0n)
    throw new IommuError('EINVAL', `${name} must be below 2^52, not ${hex(address)}`);
}

/**
 * What the configuration asks of stage 1. DISABLED and BYPASSED go before ABORTED, as in the VMM of the series' author; a
 * PASID table always translates.
 */
export function guestStageRequest(config: GuestStageConfig): GuestStageRequest {
  const flags = config.flags === SMMUV3_S1_CFG ? config.smmuS1!.flags : 0;
  if ((flags & (IOMMU_SMMU_S1_DISABLED | IOMMU_SMMU_S1_BYPASSED)) !== 0) return 'bypass';
  return (flags & IOMMU_SMMU_S1_ABORTED) !== 0 ? 'abort' : 'translate';
}
