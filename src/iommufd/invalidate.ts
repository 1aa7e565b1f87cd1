/** HWPT_INVALIDATE: a guest's own commands, in an array. */
import { IommuError, type IommuErrorCode } from '../base/errors.js';
import { integer } from '../base/check.js';
import type { NativeCommand } from '../iommu/index.js';
import { NestedHwpt } from './nested-hwpt.js';
import { FdObject, type ObjectTable } from './objects.js';
import { IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 } from './uapi/constants.js';
import { decodeStruct } from './uapi/struct.js';
import { iommuViommuArmSmmuv3Invalidate } from './uapi/structs.js';
import { Viommu } from './viommu.js';

/** Commands to be sent. */
export interface Invalidation {
  /** A VIOMMU. */
  readonly hwptId: number;
  /** Default IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3. */
  readonly dataType?: number;
  /** Commands as pairs of words, or as the bytes of an array of `entryLen` bytes each (default 16). */
  readonly entries: readonly NativeCommand[] | Uint8Array;
  readonly entryLen?: number;
}

const MAX_ENTRIES = 2 ** 19;
const PAGE = 4096;

/**
 * Of a failed invalidation: the count that the kernel returns. It says too much, since of the last block of 63 nothing may have been
 * sent: take the whole as not done, and invalidate everything.
 */
export class InvalidationError extends IommuError {
  constructor(
    code: IommuErrorCode,
    message: string,
    /** `iommu_hwpt_invalidate.entry_num` as it comes back. */
    readonly entryNum: number,
  ) {
    super(code, message);
  }
}

/** @returns how many were done: all. @throws InvalidationError */
export function invalidate(objects: ObjectTable, asked: Invalidation): number {
  const { dataType = IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3, entries } = asked;
  const { size } = iommuViommuArmSmmuv3Invalidate;
  const entryLen = asked.entryLen ?? size;
  integer(entryLen, 'entry_len', 0, 0xffff_ffff);
  const raw = entries instanceof Uint8Array;
  const count = raw ? (entryLen === 0 ? 0 : entries.length / entryLen) : entries.length;
  const refuse = (code: IommuErrorCode, message: string): never => {
    throw new InvalidationError(code, message, 0);
  };
  if (raw && entries.length > 0 && entryLen === 0) refuse('EINVAL', 'entry_len must not be 0');
  if (!Number.isInteger(count))
    refuse('EINVAL', `${entries.length} bytes are no entries of ${entryLen} bytes`);
  if (entryLen > PAGE || count > MAX_ENTRIES)
    refuse('EINVAL', `entry_len must be at most ${PAGE}, entry_num at most ${MAX_ENTRIES}`);
  const viommu = viommuOf(objects, asked.hwptId);
  if (count === 0) return 0;
  if (dataType !== IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3)
    refuse('EINVAL', `data_type must be ARM_SMMUV3 1, not ${dataType}`);
  const commands = raw ? decode(entries, entryLen, refuse) : entries;
  const { iommu, domain } = viommu.parent;
  const { done, error } = iommu.guestCommands(domain, commands, viommu.sidOf);
  if (error !== undefined) throw new InvalidationError(error.code, error.message.replace(/^\w+: /, ''), done);
  return done;
}

function viommuOf(objects: ObjectTable, id: number): Viommu {
  try {
    const object = objects.get(id, FdObject, 'hwpt_id');
    if (object instanceof Viommu) return object;
    throw object instanceof NestedHwpt
      ? new IommuError('EOPNOTSUPP', 'on an SMMUv3 the VIOMMU takes invalidations')
      : new IommuError('EINVAL', `hwpt_id ${id} is a ${object.kind}`);
  } catch (error) {
    if (!(error instanceof IommuError)) throw error;
    throw new InvalidationError(error.code, error.message.replace(/^\w+: /, ''), 0);
  }
}

function decode(
  bytes: Uint8Array,
  entryLen: number,
  refuse: (code: IommuErrorCode, message: string) => never,
): NativeCommand[] {
  const { size } = iommuViommuArmSmmuv3Invalidate;
  if (entryLen < size) refuse('EINVAL', `an entry has ${size} bytes, not ${entryLen}`);
  const commands: NativeCommand[] = [];
  for (let at = 0; at < bytes.length; at += entryLen) {
    const entry = bytes.subarray(at, at + entryLen);
    if (entry.subarray(size).some((byte) => byte !== 0))
      refuse('E2BIG', `an entry has more than the ${size} bytes that are known`);
    const [word0, word1] = decodeStruct(iommuViommuArmSmmuv3Invalidate, entry).cmd;
    commands.push([word0, word1]);
  }
  return commands;
}
