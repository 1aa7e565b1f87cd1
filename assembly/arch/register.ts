// Non-secure registers by offset from page 0 (IHI 0070 §6.2); page 1 starts at 0x10000. The fields of each stand in the file of
// its name, those of a queue's registers in the queue's, those of GATOS_x and VATOS_x in gatos.

// Page 0
export const IDR0: i32 = 0x0;
export const IDR1: i32 = 0x4;
export const IDR2: i32 = 0x8;
export const IDR3: i32 = 0xc;
export const IDR4: i32 = 0x10;
export const IDR5: i32 = 0x14;
export const IIDR: i32 = 0x18;
export const AIDR: i32 = 0x1c;
export const CR0: i32 = 0x20;
export const CR0ACK: i32 = 0x24;
export const CR1: i32 = 0x28;
export const CR2: i32 = 0x2c;
export const S2PII: i32 = 0x30; // 64-bit; RES0 without IDR3.S2PI
export const STATUSR: i32 = 0x40;
export const GBPA: i32 = 0x44;
export const AGBPA: i32 = 0x48;
export const IRQ_CTRL: i32 = 0x50;
export const IRQ_CTRLACK: i32 = 0x54;
export const GERROR: i32 = 0x60;
export const GERRORN: i32 = 0x64;
export const GERROR_IRQ_CFG0: i32 = 0x68; // 64-bit
export const GERROR_IRQ_CFG1: i32 = 0x70;
export const GERROR_IRQ_CFG2: i32 = 0x74;
export const STRTAB_BASE: i32 = 0x80; // 64-bit
export const STRTAB_BASE_CFG: i32 = 0x88;
export const CMDQ_BASE: i32 = 0x90; // 64-bit
export const CMDQ_PROD: i32 = 0x98;
export const CMDQ_CONS: i32 = 0x9c;
export const EVENTQ_BASE: i32 = 0xa0; // 64-bit
export const EVENTQ_PROD_ALIAS: i32 = 0xa8; // optional alias of the page 1 register
export const EVENTQ_CONS_ALIAS: i32 = 0xac; // optional alias of the page 1 register
export const EVENTQ_IRQ_CFG0: i32 = 0xb0; // 64-bit
export const EVENTQ_IRQ_CFG1: i32 = 0xb8;
export const EVENTQ_IRQ_CFG2: i32 = 0xbc;
export const PRIQ_BASE: i32 = 0xc0; // 64-bit
export const PRIQ_PROD_ALIAS: i32 = 0xc8; // optional alias of the page 1 register
export const PRIQ_CONS_ALIAS: i32 = 0xcc; // optional alias of the page 1 register
export const PRIQ_IRQ_CFG0: i32 = 0xd0; // 64-bit
export const PRIQ_IRQ_CFG1: i32 = 0xd8;
export const PRIQ_IRQ_CFG2: i32 = 0xdc;
export const GATOS_CTRL: i32 = 0x100;
export const GATOS_SID: i32 = 0x108; // 64-bit
export const GATOS_ADDR: i32 = 0x110; // 64-bit
export const GATOS_PAR: i32 = 0x118; // 64-bit
export const MPAMIDR: i32 = 0x130;
export const GMPAM: i32 = 0x138;
export const GBPMPAM: i32 = 0x13c;
export const VATOS_SEL: i32 = 0x180;
export const IDR6: i32 = 0x190;
export const DPT_BASE: i32 = 0x200; // 64-bit
export const DPT_BASE_CFG: i32 = 0x208;
export const DPT_CFG_FAR: i32 = 0x210; // 64-bit
export const PIDR4: i32 = 0xfd0;
export const PIDR5: i32 = 0xfd4;
export const PIDR6: i32 = 0xfd8;
export const PIDR7: i32 = 0xfdc;
export const PIDR0: i32 = 0xfe0;
export const PIDR1: i32 = 0xfe4;
export const PIDR2: i32 = 0xfe8;
export const PIDR3: i32 = 0xfec;
export const CIDR0: i32 = 0xff0;
export const CIDR1: i32 = 0xff4;
export const CIDR2: i32 = 0xff8;
export const CIDR3: i32 = 0xffc;

// Command queue control pages (IDR1.ECMDQ): descriptor n at CMDQ_CONTROL_PAGE_x0 + n * stride, n of 0..255
export const CMDQ_CONTROL_PAGE_BASE0: i32 = 0x4000; // 64-bit
export const CMDQ_CONTROL_PAGE_CFG0: i32 = 0x4008;
export const CMDQ_CONTROL_PAGE_STATUS0: i32 = 0x400c;

// Secure registers: RAZ/WI to Non-secure accesses
export const SECURE_FIRST: i32 = 0x8000;
export const SECURE_LAST: i32 = 0xffff;

// Page 1
export const PAGE1: i32 = 0x10000;
export const EVENTQ_PROD: i32 = 0x100a8;
export const EVENTQ_CONS: i32 = 0x100ac;
export const PRIQ_PROD: i32 = 0x100c8;
export const PRIQ_CONS: i32 = 0x100cc;
export const MANDATORY_PAGES_BYTES: i32 = 0x20000;

// VATOS page at VATOS_PAGE0 + IDR2.BA_VATOS * 0x10000; offsets inside that page
export const VATOS_PAGE0: i32 = 0x20000;
