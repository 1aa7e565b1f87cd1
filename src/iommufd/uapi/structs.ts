/** The structures of Linux's include/uapi/linux/iommufd.h, as of 7.2: offsets as a compiler for LP64 gives them. */
import { struct } from './struct.js';

export const iommuDestroy = struct('iommu_destroy', 8, { size: [0, 4], id: [4, 4] });
export const iommuIoasAlloc = struct('iommu_ioas_alloc', 12, {
  size: [0, 4],
  flags: [4, 4],
  outIoasId: [8, 4],
});
export const iommuIoasAllowIovas = struct('iommu_ioas_allow_iovas', 24, {
  size: [0, 4],
  ioasId: [4, 4],
  numIovas: [8, 4],
  reserved: [12, 4],
  allowedIovas: [16, 8],
});
export const iommuIoasCopy = struct('iommu_ioas_copy', 40, {
  size: [0, 4],
  flags: [4, 4],
  dstIoasId: [8, 4],
  srcIoasId: [12, 4],
  length: [16, 8],
  /** In with IOMMU_IOAS_MAP_FIXED_IOVA, and out. */
  dstIova: [24, 8],
  srcIova: [32, 8],
});
export const iommuIoasIovaRanges = struct('iommu_ioas_iova_ranges', 32, {
  size: [0, 4],
  ioasId: [4, 4],
  numIovas: [8, 4],
  reserved: [12, 4],
  allowedIovas: [16, 8],
  outIovaAlignment: [24, 8],
});
export const iommuIovaRange = struct('iommu_iova_range', 16, { start: [0, 8], last: [8, 8] });
export const iommuIoasMap = struct('iommu_ioas_map', 40, {
  size: [0, 4],
  flags: [4, 4],
  ioasId: [8, 4],
  reserved: [12, 4],
  userVa: [16, 8],
  length: [24, 8],
  iova: [32, 8],
});
export const iommuIoasUnmap = struct('iommu_ioas_unmap', 24, {
  size: [0, 4],
  ioasId: [4, 4],
  iova: [8, 8],
  length: [16, 8],
});
export const iommuIoasMapFile = struct('iommu_ioas_map_file', 40, {
  size: [0, 4],
  flags: [4, 4],
  ioasId: [8, 4],
  fd: [12, 4],
  start: [16, 8],
  length: [24, 8],
  iova: [32, 8],
});
export const iommuIoasChangeProcess = struct('iommu_ioas_change_process', 8, {
  size: [0, 4],
  reserved: [4, 4],
});
export const iommuOption = struct('iommu_option', 24, {
  size: [0, 4],
  optionId: [4, 4],
  op: [8, 2],
  reserved: [10, 2],
  objectId: [12, 4],
  /** In of SET, out of GET. */
  val64: [16, 8],
});
export const iommuVfioIoas = struct('iommu_vfio_ioas', 12, {
  size: [0, 4],
  /** In of SET, out of GET. */
  ioasId: [4, 4],
  op: [8, 2],
  reserved: [10, 2],
});
export const iommuHwptSetDirtyTracking = struct('iommu_hwpt_set_dirty_tracking', 16, {
  size: [0, 4],
  flags: [4, 4],
  hwptId: [8, 4],
  reserved: [12, 4],
});
export const iommuHwptGetDirtyBitmap = struct('iommu_hwpt_get_dirty_bitmap', 48, {
  size: [0, 4],
  hwptId: [4, 4],
  flags: [8, 4],
  reserved: [12, 4],
  iova: [16, 8],
  length: [24, 8],
  pageSize: [32, 8],
  data: [40, 8],
});
export const iommuHwQueueAlloc = struct('iommu_hw_queue_alloc', 40, {
  size: [0, 4],
  flags: [4, 4],
  viommuId: [8, 4],
  type: [12, 4],
  index: [16, 4],
  outHwQueueId: [20, 4],
  nestingParentIova: [24, 8],
  length: [32, 8],
});
export const iommuHwptAlloc = struct(
  'iommu_hwpt_alloc',
  48,
  {
    size: [0, 4],
    flags: [4, 4],
    devId: [8, 4],
    ptId: [12, 4],
    outHwptId: [16, 4],
    reserved: [20, 4],
    dataType: [24, 4],
    dataLen: [28, 4],
    dataUptr: [32, 8],
    faultId: [40, 4],
    reserved2: [44, 4],
  },
  24,
);
export const iommuHwInfo = struct(
  'iommu_hw_info',
  40,
  {
    size: [0, 4],
    flags: [4, 4],
    devId: [8, 4],
    dataLen: [12, 4],
    dataUptr: [16, 8],
    /** In with IOMMU_HW_INFO_FLAG_INPUT_TYPE, and out. */
    dataType: [24, 4],
    outMaxPasidLog2: [28, 1],
    reserved: [29, 1, 3],
    outCapabilities: [32, 8],
  },
  32,
);
export const iommuHwptInvalidate = struct('iommu_hwpt_invalidate', 32, {
  size: [0, 4],
  hwptId: [4, 4],
  dataUptr: [8, 8],
  dataType: [16, 4],
  entryLen: [20, 4],
  /** In and out. */
  entryNum: [24, 4],
  reserved: [28, 4],
});
export const iommuFaultAlloc = struct('iommu_fault_alloc', 16, {
  size: [0, 4],
  flags: [4, 4],
  outFaultId: [8, 4],
  outFaultFd: [12, 4],
});
export const iommuViommuAlloc = struct(
  'iommu_viommu_alloc',
  40,
  {
    size: [0, 4],
    flags: [4, 4],
    type: [8, 4],
    devId: [12, 4],
    hwptId: [16, 4],
    outViommuId: [20, 4],
    dataLen: [24, 4],
    reserved: [28, 4],
    dataUptr: [32, 8],
  },
  24,
);
export const iommuVdeviceAlloc = struct('iommu_vdevice_alloc', 24, {
  size: [0, 4],
  viommuId: [4, 4],
  devId: [8, 4],
  outVdeviceId: [12, 4],
  virtId: [16, 8],
});
export const iommuVeventqAlloc = struct('iommu_veventq_alloc', 32, {
  size: [0, 4],
  flags: [4, 4],
  viommuId: [8, 4],
  type: [12, 4],
  veventqDepth: [16, 4],
  outVeventqId: [20, 4],
  outVeventqFd: [24, 4],
  reserved: [28, 4],
});

/** Payload of HWPT_ALLOC: words 0 and 1 of the guest's STE. */
export const iommuHwptArmSmmuv3 = struct('iommu_hwpt_arm_smmuv3', 16, { ste: [0, 8, 2] });
/** Payload of GET_HW_INFO: IDR0 to IDR5, IIDR, AIDR. */
export const iommuHwInfoArmSmmuv3 = struct('iommu_hw_info_arm_smmuv3', 40, {
  flags: [0, 4],
  reserved: [4, 4],
  idr: [8, 4, 6],
  iidr: [32, 4],
  aidr: [36, 4],
});
/** One entry of HWPT_INVALIDATE: a command as it stands in a Command queue. */
export const iommuViommuArmSmmuv3Invalidate = struct('iommu_viommu_arm_smmuv3_invalidate', 16, {
  cmd: [0, 8, 2],
});
export const iommufdVeventHeader = struct('iommufd_vevent_header', 8, { flags: [0, 4], sequence: [4, 4] });
export const iommuVeventArmSmmuv3 = struct('iommu_vevent_arm_smmuv3', 32, { evt: [0, 8, 4] });
/** What is read from a fault queue. */
export const iommuHwptPgfault = struct('iommu_hwpt_pgfault', 40, {
  flags: [0, 4],
  devId: [4, 4],
  pasid: [8, 4],
  grpid: [12, 4],
  perm: [16, 4],
  reserved: [20, 4],
  addr: [24, 8],
  length: [32, 4],
  cookie: [36, 4],
});
/** What is written to a fault queue. */
export const iommuHwptPageResponse = struct('iommu_hwpt_page_response', 8, { cookie: [0, 4], code: [4, 4] });
