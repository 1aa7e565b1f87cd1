/**
 * smmuv3-wasm/arch: what Arm IHI 0070 and DDI 0487 give names to, by those names: registers, their fields, structures in
 * memory, commands, events. A field is one packed number, `dword << 16 | lsb << 8 | width`; the functions below put values into
 * fields and take them out, so that nobody types 0x80.
 *
 * ```ts
 * smmu.write64(Register.STRTAB_BASE, pack64(addressIn(Strtab.BASE_ADDR, 0x4000_0000n)));
 * smmu.write32(Register.CR0, pack32([Cr0.SMMUEN, 1], [Cr0.EVENTQEN, 1]));
 * smmu.memory.write64(ste, pack(Ste.BYTES, [Ste.V, 1], [Ste.Config, Ste.CONFIG_S1_BYPASS_S2_TRANSLATE])[0]);
 * ```
 */
export {
  addressIn,
  bitsOf,
  getAddress,
  getField,
  pack,
  pack32,
  pack64,
  type Part,
  setField,
} from './pack.js';
// Registers by byte offset from page 0 (IHI 0070 §6.2), of a counter group from its own page 0 (§10.5).
export * as Register from '../../assembly/arch/register.js';
export * as PmcgRegister from '../../assembly/arch/pmcg-register.js';
// Fields of registers (IHI 0070 §6.3).
export * as Idr0 from '../../assembly/arch/idr0.js';
export * as Idr1 from '../../assembly/arch/idr1.js';
export * as Idr3 from '../../assembly/arch/idr3.js';
export * as Idr5 from '../../assembly/arch/idr5.js';
export * as IdRegister from '../../assembly/arch/id-register.js';
export * as Cr0 from '../../assembly/arch/cr0.js';
export * as Cr1 from '../../assembly/arch/cr1.js';
export * as Cr2 from '../../assembly/arch/cr2.js';
export * as Gbpa from '../../assembly/arch/gbpa.js';
export * as Gerror from '../../assembly/arch/gerror.js';
export * as IrqCtrl from '../../assembly/arch/irq-ctrl.js';
export * as IrqCfg from '../../assembly/arch/irq-cfg.js';
export * as Strtab from '../../assembly/arch/strtab.js';
export * as Cmdq from '../../assembly/arch/cmdq.js';
export * as Eventq from '../../assembly/arch/eventq.js';
export * as Gatos from '../../assembly/arch/gatos.js';
// Structures in memory (IHI 0070 chapter 5, DDI 0487 D8.3), and the encodings of their fields.
export * as Ste from '../../assembly/arch/ste.js';
export * as L1std from '../../assembly/arch/l1std.js';
export * as Cd from '../../assembly/arch/cd.js';
export * as L1cd from '../../assembly/arch/l1cd.js';
export * as Pte from '../../assembly/arch/pte.js';
export * as S2pte from '../../assembly/arch/s2pte.js';
export * as Mair from '../../assembly/arch/mair.js';
export * as MemAttr from '../../assembly/arch/mem-attr.js';
export * as Shareability from '../../assembly/arch/shareability.js';
export * as Geometry from '../../assembly/arch/geometry.js';
// Commands (IHI 0070 chapter 4) and events (§7.3, §10.3), by number and by field.
export * as Opcode from '../../assembly/arch/opcode.js';
export * as Command from '../../assembly/arch/command.js';
export * as Event from '../../assembly/arch/event.js';
export * as EventRecord from '../../assembly/arch/event-record.js';
export * as PmuEvent from '../../assembly/arch/pmu-event.js';
