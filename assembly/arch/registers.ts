// Non-secure register offsets and fields (IHI 0070 §6.2, §6.3); the identification registers' fields are in idr.
// Offsets count from page 0; page 1 starts at 0x10000. A field is packed as `dword << 16 | lsb << 8 | width`.

// Page 0
export const R_IDR0: i32 = 0x0;
export const R_IDR1: i32 = 0x4;
export const R_IDR2: i32 = 0x8;
export const R_IDR3: i32 = 0xc;
export const R_IDR4: i32 = 0x10;
export const R_IDR5: i32 = 0x14;
export const R_IIDR: i32 = 0x18;
export const R_AIDR: i32 = 0x1c;
export const R_CR0: i32 = 0x20;
export const R_CR0ACK: i32 = 0x24;
export const R_CR1: i32 = 0x28;
export const R_CR2: i32 = 0x2c;
export const R_S2PII: i32 = 0x30; // 64-bit; RES0 without IDR3.S2PI
export const R_STATUSR: i32 = 0x40;
export const R_GBPA: i32 = 0x44;
export const R_AGBPA: i32 = 0x48;
export const R_IRQ_CTRL: i32 = 0x50;
export const R_IRQ_CTRLACK: i32 = 0x54;
export const R_GERROR: i32 = 0x60;
export const R_GERRORN: i32 = 0x64;
export const R_GERROR_IRQ_CFG0: i32 = 0x68; // 64-bit
export const R_GERROR_IRQ_CFG1: i32 = 0x70;
export const R_GERROR_IRQ_CFG2: i32 = 0x74;
export const R_STRTAB_BASE: i32 = 0x80; // 64-bit
export const R_STRTAB_BASE_CFG: i32 = 0x88;
export const R_CMDQ_BASE: i32 = 0x90; // 64-bit
export const R_CMDQ_PROD: i32 = 0x98;
export const R_CMDQ_CONS: i32 = 0x9c;
export const R_EVENTQ_BASE: i32 = 0xa0; // 64-bit
export const R_EVENTQ_PROD_ALIAS: i32 = 0xa8; // optional alias of the page 1 register
export const R_EVENTQ_CONS_ALIAS: i32 = 0xac; // optional alias of the page 1 register
export const R_EVENTQ_IRQ_CFG0: i32 = 0xb0; // 64-bit
export const R_EVENTQ_IRQ_CFG1: i32 = 0xb8;
export const R_EVENTQ_IRQ_CFG2: i32 = 0xbc;
export const R_PRIQ_BASE: i32 = 0xc0; // 64-bit
export const R_PRIQ_PROD_ALIAS: i32 = 0xc8; // optional alias of the page 1 register
export const R_PRIQ_CONS_ALIAS: i32 = 0xcc; // optional alias of the page 1 register
export const R_PRIQ_IRQ_CFG0: i32 = 0xd0; // 64-bit
export const R_PRIQ_IRQ_CFG1: i32 = 0xd8;
export const R_PRIQ_IRQ_CFG2: i32 = 0xdc;
export const R_GATOS_CTRL: i32 = 0x100;
export const R_GATOS_SID: i32 = 0x108; // 64-bit
export const R_GATOS_ADDR: i32 = 0x110; // 64-bit
export const R_GATOS_PAR: i32 = 0x118; // 64-bit
export const R_MPAMIDR: i32 = 0x130;
export const R_GMPAM: i32 = 0x138;
export const R_GBPMPAM: i32 = 0x13c;
export const R_VATOS_SEL: i32 = 0x180;
export const R_IDR6: i32 = 0x190;
export const R_DPT_BASE: i32 = 0x200; // 64-bit
export const R_DPT_BASE_CFG: i32 = 0x208;
export const R_DPT_CFG_FAR: i32 = 0x210; // 64-bit
export const R_PIDR4: i32 = 0xfd0;
export const R_PIDR5: i32 = 0xfd4;
export const R_PIDR6: i32 = 0xfd8;
export const R_PIDR7: i32 = 0xfdc;
export const R_PIDR0: i32 = 0xfe0;
export const R_PIDR1: i32 = 0xfe4;
export const R_PIDR2: i32 = 0xfe8;
export const R_PIDR3: i32 = 0xfec;
export const R_CIDR0: i32 = 0xff0;
export const R_CIDR1: i32 = 0xff4;
export const R_CIDR2: i32 = 0xff8;
export const R_CIDR3: i32 = 0xffc;

// Command queue control pages (IDR1.ECMDQ): descriptor n at R_CMDQ_CONTROL_PAGE_x + n * stride, n of 0..255
export const R_CMDQ_CONTROL_PAGE_BASE0: i32 = 0x4000; // 64-bit
export const R_CMDQ_CONTROL_PAGE_CFG0: i32 = 0x4008;
export const R_CMDQ_CONTROL_PAGE_STATUS0: i32 = 0x400c;
export const CMDQ_CONTROL_PAGE_STRIDE: i32 = 32;

// Secure registers: RAZ/WI to Non-secure accesses
export const R_SECURE_FIRST: i32 = 0x8000;
export const R_SECURE_LAST: i32 = 0xffff;

// Page 1
export const R_PAGE1: i32 = 0x10000;
export const R_EVENTQ_PROD: i32 = 0x100a8;
export const R_EVENTQ_CONS: i32 = 0x100ac;
export const R_PRIQ_PROD: i32 = 0x100c8;
export const R_PRIQ_CONS: i32 = 0x100cc;
export const R_MANDATORY_PAGES_BYTES: i32 = 0x20000;

// VATOS page at R_VATOS_PAGE0 + IDR2.BA_VATOS * 0x10000; offsets inside that page
export const R_VATOS_PAGE0: i32 = 0x20000;
export const VATOS_PAGE_CTRL: i32 = 0xa00;
export const VATOS_PAGE_SID: i32 = 0xa08; // 64-bit
export const VATOS_PAGE_ADDR: i32 = 0xa10; // 64-bit; only TYPE 1 is accepted
export const VATOS_PAGE_PAR: i32 = 0xa18; // 64-bit

// CR0 and CR0ACK (§6.3.9); each field updates on its own
export const CR0_DPT_WALK_EN: i32 = (0 << 16) | (10 << 8) | 1; // [10] with IDR3.DPT
export const CR0_VMW: i32 = (0 << 16) | (6 << 8) | 3; // [8:6] 0 exact VMID match, 1..4 ignore that many low bits on invalidation, 5..7 as 0; with IDR0.VMW
export const CR0_ATSCHK: i32 = (0 << 16) | (4 << 8) | 1; // [4] check ATS Translated traffic; with IDR0.ATS
export const CR0_CMDQEN: i32 = (0 << 16) | (3 << 8) | 1; // [3] Command queue processing
export const CR0_EVENTQEN: i32 = (0 << 16) | (2 << 8) | 1; // [2] Event queue writes
export const CR0_PRIQEN: i32 = (0 << 16) | (1 << 8) | 1; // [1] PRI queue writes, effective only with SMMUEN; with IDR0.PRI
export const CR0_SMMUEN: i32 = (0 << 16) | (0 << 8) | 1; // [0] translation

// CR1: cacheability 0 NC, 1 WB, 2 WT, 3 reserved (as NC); shareability as SH_*, ignored when both are NC
export const CR1_TABLE_SH: i32 = (0 << 16) | (10 << 8) | 2; // [11:10] Stream table, VMS and DPT accesses
export const CR1_TABLE_OC: i32 = (0 << 16) | (8 << 8) | 2; // [9:8]
export const CR1_TABLE_IC: i32 = (0 << 16) | (6 << 8) | 2; // [7:6]
export const CR1_QUEUE_SH: i32 = (0 << 16) | (4 << 8) | 2; // [5:4] queue accesses
export const CR1_QUEUE_OC: i32 = (0 << 16) | (2 << 8) | 2; // [3:2]
export const CR1_QUEUE_IC: i32 = (0 << 16) | (0 << 8) | 2; // [1:0]

// CR2
export const CR2_REC_CFG_ATS: i32 = (0 << 16) | (3 << 8) | 1; // [3] record configuration errors of ATS traffic; with IDR0.ATSRECERR
export const CR2_PTM: i32 = (0 << 16) | (2 << 8) | 1; // [2] private TLB maintenance: ignore broadcast invalidation; with IDR0.BTM
export const CR2_RECINVSID: i32 = (0 << 16) | (1 << 8) | 1; // [1] record C_BAD_STREAMID
export const CR2_E2H: i32 = (0 << 16) | (0 << 8) | 1; // [0] EL2 streams are EL2-E2H; with IDR0.Hyp

// S2PII: sixteen 4-bit base interpretations, field p at [4p+3:4p]
export const S2PII_PII: i32 = (0 << 16) | (0 << 8) | 64; // [63:0] all sixteen
export const S2PII_NONE: i32 = 0x0; // 0x1 and 0x5 are reserved, as NONE
export const S2PII_MRO: i32 = 0x2;
export const S2PII_MRO_TL1: i32 = 0x3;
export const S2PII_WO: i32 = 0x4;
export const S2PII_MRO_TL0: i32 = 0x6;
export const S2PII_MRO_TL01: i32 = 0x7;
export const S2PII_RO: i32 = 0x8;
export const S2PII_RO_uX: i32 = 0x9;
export const S2PII_RO_pX: i32 = 0xa;
export const S2PII_RO_puX: i32 = 0xb;
export const S2PII_RW: i32 = 0xc;
export const S2PII_RW_uX: i32 = 0xd;
export const S2PII_RW_pX: i32 = 0xe;
export const S2PII_RW_puX: i32 = 0xf;

// STATUSR
export const STATUSR_DORMANT: i32 = (0 << 16) | (0 << 8) | 1; // [0] nothing cached and no prefetch in flight; RAZ without IDR0.DORMHINT

// GBPA (§6.3.14): attributes of traffic that bypasses while SMMUEN is 0
export const GBPA_Update: i32 = (0 << 16) | (31 << 8) | 1; // [31] write as 1 to start, reads 0 when done
export const GBPA_ABORT: i32 = (0 << 16) | (20 << 8) | 1; // [20] abort instead of bypass
export const GBPA_INSTCFG: i32 = (0 << 16) | (18 << 8) | 2; // [19:18] 0 and 1 incoming, 2 data, 3 instruction; reads only
export const GBPA_PRIVCFG: i32 = (0 << 16) | (16 << 8) | 2; // [17:16] 0 and 1 incoming, 2 unprivileged, 3 privileged
export const GBPA_SHCFG: i32 = (0 << 16) | (12 << 8) | 2; // [13:12] 0 Non-shareable, 1 incoming, 2 Outer, 3 Inner Shareable
export const GBPA_ALLOCCFG: i32 = (0 << 16) | (8 << 8) | 4; // [11:8] 0b0xxx incoming, 0b1RWT
export const GBPA_MTCFG: i32 = (0 << 16) | (4 << 8) | 1; // [4] 1: replace the memory type by MemAttr
export const GBPA_MemAttr: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] as STE.MemAttr

// IRQ_CTRL and IRQ_CTRLACK; the CMD_SYNC interrupt has no enable
export const IRQ_CTRL_EVENTQ_IRQEN: i32 = (0 << 16) | (2 << 8) | 1; // [2]
export const IRQ_CTRL_PRIQ_IRQEN: i32 = (0 << 16) | (1 << 8) | 1; // [1] with IDR0.PRI
export const IRQ_CTRL_GERROR_IRQEN: i32 = (0 << 16) | (0 << 8) | 1; // [0]

// GERROR and GERRORN (§6.3.19): a flag is active while its two bits differ
export const GERROR_DPT_ERR: i32 = (0 << 16) | (10 << 8) | 1; // [10] with IDR3.DPT
export const GERROR_CMDQP_ERR: i32 = (0 << 16) | (9 << 8) | 1; // [9] with IDR1.ECMDQ
export const GERROR_SFM_ERR: i32 = (0 << 16) | (8 << 8) | 1; // [8] service failure mode
export const GERROR_MSI_GERROR_ABT_ERR: i32 = (0 << 16) | (7 << 8) | 1; // [7] raises no GERROR interrupt itself
export const GERROR_MSI_PRIQ_ABT_ERR: i32 = (0 << 16) | (6 << 8) | 1; // [6]
export const GERROR_MSI_EVENTQ_ABT_ERR: i32 = (0 << 16) | (5 << 8) | 1; // [5]
export const GERROR_MSI_CMDQ_ABT_ERR: i32 = (0 << 16) | (4 << 8) | 1; // [4]
export const GERROR_PRIQ_ABT_ERR: i32 = (0 << 16) | (3 << 8) | 1; // [3] the PRI queue is not written while active
export const GERROR_EVENTQ_ABT_ERR: i32 = (0 << 16) | (2 << 8) | 1; // [2] the Event queue is not written while active
export const GERROR_CMDQ_ERR: i32 = (0 << 16) | (0 << 8) | 1; // [0] the Command queue is not consumed while active

// The same flags as masks
export const GERROR_BIT_DPT_ERR: i32 = 1 << 10;
export const GERROR_BIT_CMDQP_ERR: i32 = 1 << 9;
export const GERROR_BIT_SFM_ERR: i32 = 1 << 8;
export const GERROR_BIT_MSI_GERROR_ABT_ERR: i32 = 1 << 7;
export const GERROR_BIT_MSI_PRIQ_ABT_ERR: i32 = 1 << 6;
export const GERROR_BIT_MSI_EVENTQ_ABT_ERR: i32 = 1 << 5;
export const GERROR_BIT_MSI_CMDQ_ABT_ERR: i32 = 1 << 4;
export const GERROR_BIT_PRIQ_ABT_ERR: i32 = 1 << 3;
export const GERROR_BIT_EVENTQ_ABT_ERR: i32 = 1 << 2;
export const GERROR_BIT_CMDQ_ERR: i32 = 1 << 0;

// GERROR_IRQ_CFGn, EVENTQ_IRQ_CFGn and PRIQ_IRQ_CFGn have one shape (§3.18)
export const IRQ_CFG0_ADDR: i32 = (0 << 16) | (2 << 8) | 54; // [55:2] 0: no MSI
export const IRQ_CFG1_DATA: i32 = (0 << 16) | (0 << 8) | 32; // [31:0]
export const PRIQ_IRQ_CFG2_LO: i32 = (0 << 16) | (31 << 8) | 1; // [31] 1: interrupt on messages with Last set, 0: on empty to non-empty
export const IRQ_CFG2_SH: i32 = (0 << 16) | (4 << 8) | 2; // [5:4] see SH_*; ignored for Device
export const IRQ_CFG2_MemAttr: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] as STE.MemAttr

// STRTAB_BASE and STRTAB_BASE_CFG (§6.3.24, §6.3.25)
export const STRTAB_BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62] read-allocate hint
export const STRTAB_BASE_ADDR: i32 = (0 << 16) | (6 << 8) | 50; // [55:6] aligned by the SMMU to the table size of the literal LOG2SIZE
export const STRTAB_BASE_CFG_FMT: i32 = (0 << 16) | (16 << 8) | 2; // [17:16] see STRTAB_FMT_*; 2 and 3 behave as linear
export const STRTAB_BASE_CFG_SPLIT: i32 = (0 << 16) | (6 << 8) | 5; // [10:6] 6, 8 or 10; other values behave as 6; ignored when linear
export const STRTAB_BASE_CFG_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 6; // [5:0] log2 of the number of StreamIDs; capped to IDR1.SIDSIZE for range and index
export const STRTAB_FMT_LINEAR: i32 = 0;
export const STRTAB_FMT_2LVL: i32 = 1;

// CMDQ_BASE, EVENTQ_BASE and PRIQ_BASE (§6.3.26 and on)
export const CMDQ_BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62] read-allocate hint
export const EVENTQ_BASE_WA: i32 = (0 << 16) | (62 << 8) | 1; // [62] write-allocate hint
export const PRIQ_BASE_WA: i32 = (0 << 16) | (62 << 8) | 1; // [62] write-allocate hint
export const CMDQ_BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5] aligned by the SMMU to the queue size, at least 32 bytes
export const EVENTQ_BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5]
export const PRIQ_BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5]
export const CMDQ_BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] log2 of the entries; capped to IDR1.CMDQS in use, reads back as written
export const EVENTQ_BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] capped to IDR1.EVENTQS in use
export const PRIQ_BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] capped to IDR1.PRIQS in use

// PROD and CONS; WR and RD hold the index with its wrap bit just above, so the wrap bit moves with LOG2SIZE
export const CMDQ_PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const CMDQ_CONS_ERR: i32 = (0 << 16) | (24 << 8) | 7; // [30:24] see CERROR_*; meaningful while GERROR.CMDQ_ERR is active
export const CMDQ_CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const EVENTQ_PROD_OVFLG: i32 = (0 << 16) | (31 << 8) | 1; // [31] toggled on overflow
export const EVENTQ_PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const EVENTQ_CONS_OVACKFLG: i32 = (0 << 16) | (31 << 8) | 1; // [31] overflow acknowledged when equal to OVFLG
export const EVENTQ_CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const PRIQ_PROD_OVFLG: i32 = (0 << 16) | (31 << 8) | 1; // [31] toggled on overflow
export const PRIQ_PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const PRIQ_CONS_OVACKFLG: i32 = (0 << 16) | (31 << 8) | 1; // [31] overflow acknowledged when equal to OVFLG
export const PRIQ_CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

// CMDQ_CONS.ERR and ECMDQ_CONS.ERR_REASON (§7.1)
export const CERROR_NONE: i32 = 0;
export const CERROR_ILL: i32 = 1; // illegal or unsupported command
export const CERROR_ABT: i32 = 2; // external abort on command fetch
export const CERROR_ATC_INV_SYNC: i32 = 3; // CMD_SYNC could not complete an earlier CMD_ATC_INV

// GMPAM and GBPMPAM (§6.3.42, §6.3.43); the Update protocol of GBPA
export const GMPAM_Update: i32 = (0 << 16) | (31 << 8) | 1; // [31]
export const GMPAM_SO_PMG: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] PMG of accesses made by the SMMU itself
export const GMPAM_SO_PARTID: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] PARTID of accesses made by the SMMU itself

export const GBPMPAM_Update: i32 = (0 << 16) | (31 << 8) | 1; // [31]
export const GBPMPAM_GBP_PMG: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] PMG of bypassing traffic
export const GBPMPAM_GBP_PARTID: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] PARTID of bypassing traffic

// Address translation operations (§6.3.37-§6.3.40, §9.1): GATOS_CTRL and VATOS_CTRL
export const GATOS_CTRL_RUN: i32 = (0 << 16) | (0 << 8) | 1; // [0] set by software, cleared by the SMMU when PAR is valid

// GATOS_SID and VATOS_SID
export const GATOS_SID_SSID_VALID: i32 = (0 << 16) | (52 << 8) | 1; // [52] RES0 when IDR1.SSIDSIZE is 0
export const GATOS_SID_SUBSTREAMID: i32 = (0 << 16) | (32 << 8) | 20; // [51:32]
export const GATOS_SID_STREAMID: i32 = (0 << 16) | (0 << 8) | 32; // [31:0]

// GATOS_ADDR and VATOS_ADDR
export const GATOS_ADDR_ADDR: i32 = (0 << 16) | (12 << 8) | 52; // [63:12]
export const GATOS_ADDR_TYPE: i32 = (0 << 16) | (10 << 8) | 2; // [11:10] see GATOS_TYPE_*
export const GATOS_ADDR_PnU: i32 = (0 << 16) | (9 << 8) | 1; // [9] 1 privileged
export const GATOS_ADDR_RnW: i32 = (0 << 16) | (8 << 8) | 1; // [8] 1 read
export const GATOS_ADDR_InD: i32 = (0 << 16) | (7 << 8) | 1; // [7] 1 instruction; ignored for writes
export const GATOS_ADDR_HTTUI: i32 = (0 << 16) | (6 << 8) | 1; // [6] 1: no hardware update of translation tables
export const GATOS_TYPE_RESERVED: i32 = 0;
export const GATOS_TYPE_S1: i32 = 1;
export const GATOS_TYPE_S2: i32 = 2;
export const GATOS_TYPE_S1_S2: i32 = 3;

// GATOS_PAR and VATOS_PAR after success
export const GATOS_PAR_ATTR: i32 = (0 << 16) | (56 << 8) | 8; // [63:56] MAIR format
export const GATOS_PAR_ADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12] with Size 1 the lowest set bit N gives 2^(N+1) bytes and is no part of the address
export const GATOS_PAR_Size: i32 = (0 << 16) | (11 << 8) | 1; // [11] 0 4 KB, 1 see ADDR
export const GATOS_PAR_SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] see SH_*
export const GATOS_PAR_FAULT: i32 = (0 << 16) | (0 << 8) | 1; // [0] 0 success, 1 fault

// GATOS_PAR and VATOS_PAR after a fault
export const GATOS_PAR_IMPDEF: i32 = (0 << 16) | (60 << 8) | 4; // [63:60] IMPLEMENTATION DEFINED
export const GATOS_PAR_FADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12] IPA of a stage 2 fault, where defined
export const GATOS_PAR_FAULTCODE: i32 = (0 << 16) | (4 << 8) | 8; // [11:4] see GATOS_FAULT_*
export const GATOS_PAR_REASON: i32 = (0 << 16) | (1 << 8) | 2; // [2:1] see GATOS_REASON_*
export const GATOS_REASON_OTHER: i32 = 0; // stage 1, or no stage 2 fault
export const GATOS_REASON_CD: i32 = 1;
export const GATOS_REASON_TT: i32 = 2;
export const GATOS_REASON_IN: i32 = 3;

// FAULTCODE; the codes below INTERNAL_ERR are event numbers
export const GATOS_FAULT_INV_REQ: i32 = 0xff;
export const GATOS_FAULT_INV_STAGE: i32 = 0xfe;
export const GATOS_FAULT_INTERNAL_ERR: i32 = 0xfd;
export const GATOS_FAULT_C_BAD_STREAMID: i32 = 0x02;
export const GATOS_FAULT_F_STE_FETCH: i32 = 0x03;
export const GATOS_FAULT_C_BAD_STE: i32 = 0x04;
export const GATOS_FAULT_F_STREAM_DISABLED: i32 = 0x06;
export const GATOS_FAULT_C_BAD_SUBSTREAMID: i32 = 0x08;
export const GATOS_FAULT_F_CD_FETCH: i32 = 0x09;
export const GATOS_FAULT_C_BAD_CD: i32 = 0x0a;
export const GATOS_FAULT_F_WALK_EABT: i32 = 0x0b;
export const GATOS_FAULT_F_TRANSLATION: i32 = 0x10;
export const GATOS_FAULT_F_ADDR_SIZE: i32 = 0x11;
export const GATOS_FAULT_F_ACCESS: i32 = 0x12;
export const GATOS_FAULT_F_PERMISSION: i32 = 0x13;
export const GATOS_FAULT_F_TLB_CONFLICT: i32 = 0x20;
export const GATOS_FAULT_F_CFG_CONFLICT: i32 = 0x21;
export const GATOS_FAULT_F_VMS_FETCH: i32 = 0x25;

// VATOS_SEL
export const VATOS_SEL_VMID: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] [15:8] RES0 without IDR0.VMID16

// DPT_BASE, DPT_BASE_CFG and DPT_CFG_FAR (§6.3.46-§6.3.48); the first two are read-only while CR0.DPT_WALK_EN or its acknowledge is 1
export const DPT_BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62] read-allocate hint
export const DPT_BASE_BADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12] aligned to the table size, at least 4 KB

export const DPT_BASE_CFG_L0DPTSZ: i32 = (0 << 16) | (20 << 8) | 4; // [23:20] 0, 4, 6, 9 are 30, 34, 36, 39 bits per level 0 entry
export const DPT_BASE_CFG_DPTGS: i32 = (0 << 16) | (14 << 8) | 2; // [15:14] 0 4 KB, 1 64 KB, 2 16 KB
export const DPT_BASE_CFG_DPTPS: i32 = (0 << 16) | (0 << 8) | 3; // [2:0] 0..6 are 32, 36, 40, 42, 44, 48, 52 bits

export const DPT_CFG_FAR_FADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12]
export const DPT_CFG_FAR_DPT_FAULTCODE: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] 0 disabled, 1 walk fault, 2 granule protection, 3 external abort
export const DPT_CFG_FAR_LEVEL: i32 = (0 << 16) | (1 << 8) | 1; // [1]
export const DPT_CFG_FAR_FAULT: i32 = (0 << 16) | (0 << 8) | 1; // [0] a write with 0 clears the register, any other write is ignored

// CMDQ_CONTROL_PAGE_BASE<n>, _CFG<n>, _STATUS<n> (§6.3.49 and on)
export const CMDQ_CONTROL_PAGE_BASE_ADDR: i32 = (0 << 16) | (16 << 8) | 40; // [55:16] offset from page 0
export const CMDQ_CONTROL_PAGE_BASE_CMDQGS: i32 = (0 << 16) | (1 << 8) | 2; // [2:1] 1: 64 KB pages
export const CMDQ_CONTROL_PAGE_BASE_PRESET: i32 = (0 << 16) | (0 << 8) | 1; // [0] 1: queues preset in place
export const CMDQ_CONTROL_PAGE_CFG_EN: i32 = (0 << 16) | (0 << 8) | 1; // [0] RES1
export const CMDQ_CONTROL_PAGE_STATUS_ENACK: i32 = (0 << 16) | (0 << 8) | 1; // [0] RES1

// One ECMDQ: 16 bytes, spaced 64 KB >> IDR6.CMDQ_CONTROL_PAGE_LOG2NUMQ apart
export const ECMDQ_OFFSET_BASE: i32 = 0x0; // 64-bit
export const ECMDQ_OFFSET_PROD: i32 = 0x8;
export const ECMDQ_OFFSET_CONS: i32 = 0xc;

export const ECMDQ_BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62]
export const ECMDQ_BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5]
export const ECMDQ_BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] capped to IDR1.CMDQS

export const ECMDQ_PROD_EN: i32 = (0 << 16) | (31 << 8) | 1; // [31] enable
export const ECMDQ_PROD_ERRACK: i32 = (0 << 16) | (23 << 8) | 1; // [23] error acknowledged when equal to ERR
export const ECMDQ_PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const ECMDQ_CONS_ENACK: i32 = (0 << 16) | (31 << 8) | 1; // [31] follows EN
export const ECMDQ_CONS_ERR_REASON: i32 = (0 << 16) | (24 << 8) | 3; // [26:24] see CERROR_*
export const ECMDQ_CONS_ERR: i32 = (0 << 16) | (23 << 8) | 1; // [23] toggled on error
export const ECMDQ_CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]
