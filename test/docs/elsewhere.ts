/** Names that comments and pages mention and that are not ours. Each is somebody's; `unusedNames` keeps the list short. */
export const ELSEWHERE: readonly string[] = [
  // Linux
  'iommu_ops',
  'IOVA_DEFAULT_FQ_SIZE',
  'IOMMU_FAULT_WRITE',
  'ARM_SMMU_V3_IOMMUFD',
  'VFIO_DEVICE_BIND_IOMMUFD',
  'VFIO_DEVICE_ATTACH_IOMMUFD_PT',
  'VFIO_DEVICE_DETACH_IOMMUFD_PT',
  'IOMMU_RESV_SW_MSI',
  // QEMU
  'IOMMU_RO',
  '_bypass',
  '_abort',
  '_disable',
  // gem5
  'packet.proto',
  'prefetch_reserve_last_way',
  // a package, and a file of the frozen kernel's origin
  'Benchmark.js',
  'micro.js.mjs',
  // sysexits.h
  'EX_SOFTWARE',
  // registers of features that the model has not (IHI 0070 chapters 3.5.6, 9.2)
  'ECMDQ_CONS',
  'VATOS_CTRL',
  'VATOS_SID',
  'VATOS_ADDR',
  'VATOS_PAR',
  'CMDQ_CONTROL_PAGE_BASE',
  'SMMU_CMDQ_CONTROL_PAGE_BASE',
  // an example of what somebody might add
  'CMD_IMPDEF_NOP',
  // a register whose offset stands without the group's prefix
  'SMMU_PMCG_CFGR',
];
