/** Mutants of the virtual SMMU and of what it stands on (`node scripts/mutate-host.mjs`). */

/** The whole stack with random guests. */
const STACK = 'vsmmu/property';
const DEVICES = 'vsmmu/devices';
const EVENTS = 'vsmmu/events';
const IDEAS = 'vsmmu/ideas';

/** @type {import('../anchors.mjs').Mutant[]} */
export const hostMutants = [
  {
    at: 'device/tickets#Tickets',
    find: 'return Math.max(this.#last + 1, now);',
    put: 'return Math.max(this.#last, now);',
    breaks: 'a transaction that does not say when arrives a cycle after the last one',
    tests: ['host/look-up'],
  },
  {
    at: 'device/tickets#Tickets',
    find: 'this.#last >= MOST || ',
    put: '',
    breaks: 'arrivals go on beyond what a number holds',
    tests: ['host/look-up'],
  },
  {
    at: 'device/look-up#lookUpsOf',
    find: 'if (result >= 0) return result;\n      return Number.isNaN',
    put: 'return Number.isNaN',
    breaks: 'what follows a look-up is for one that left something',
    tests: ['host/lookup-arguments', 'timing-host/calls'],
  },
  {
    at: 'vsmmu/bind-backend#Bind',
    find: 'if (tlbs.length > 0) this.iommu.cacheInvalidate',
    put: 'if (tlbs.length > 1) this.iommu.cacheInvalidate',
    breaks: 'an invalidation that comes alone is done like any other',
    tests: [STACK, IDEAS],
  },
  {
    at: 'vsmmu/iommufd-backend#Backend',
    find: 'entries: commands });',
    put: 'entries: commands.slice(0, 1) });',
    breaks: 'every command of a batch goes to the host',
    tests: [STACK, IDEAS],
  },
  {
    at: 'vsmmu/bind-backend#Bind',
    find: `this.#bind(device, IOMMU_SMMU_S1_ABORTED);
    if (bits === 0)`,
    put: `this.#bind(device, IOMMU_SMMU_S1_BYPASSED);
    if (bits === 0)`,
    breaks: 'from one STE to the next a stream aborts, and never bypasses',
    tests: [STACK, DEVICES],
  },
  {
    at: 'vsmmu/iommufd-backend#Backend',
    find: 'this.fd.attachDevice(devId, this.#abort);',
    put: 'this.fd.attachDevice(devId, this.#bypass);',
    breaks: 'a device that comes aborts until its policy is known',
    tests: [STACK, DEVICES],
  },
  {
    at: 'vsmmu/bind-backend#Bind',
    find: 'this.iommu.attachVirtualSte(this.domain, device, ABORT_VSTE);',
    put: 'this.iommu.attachDevice(this.domain, device);',
    breaks: 'a device that comes aborts until its policy is known',
    tests: [STACK, DEVICES],
  },
  {
    at: 'vsmmu/event-queue#GuestEventQueue',
    find: '>= ring.entries;',
    put: '>= ring.entries / 2;',
    breaks: 'an event is lost only when the guest’s queue is full',
    tests: [STACK, IDEAS],
  },
  {
    at: 'iommufd/veventq#Veventq',
    find: 'events === this.depth ?',
    put: 'events >= this.depth / 2 ?',
    breaks: 'an event is lost only when the host’s queue is full',
    tests: [STACK, 'iommufd/queues'],
  },
  {
    at: 'iommu/device#IommuDevice',
    find: 'queue.add(cfgiSte(streamId));',
    put: '',
    breaks: 'an STE that changes is followed by CFGI_STE',
    tests: [STACK, 'iommufd/vste'],
  },
  {
    at: 'vsmmu/policy#samePolicy',
    find: 'a.ste[0] === b.ste[0] && a.ste[1] === b.ste[1]',
    put: 'a.ste[1] === b.ste[1]',
    breaks: 'an STE that leads to other tables is installed',
    tests: [STACK, IDEAS],
  },
  {
    at: 'vsmmu/streams#Streams',
    find: `this.stats.failedBatches++;
      this.#owed = true;
      return this.#settleDebts();`,
    put: `this.stats.failedBatches++;
      return this.#settleDebts();`,
    breaks: 'a batch that the host fails is made good by a full invalidation',
    tests: [STACK, IDEAS],
  },
  {
    at: 'vsmmu/streams#Streams',
    find: "if (wanted.kind === 'translate' && !this.#settleDebts())",
    put: 'if (false)',
    breaks: 'no stream translates before what is owed has been invalidated',
    tests: [STACK, DEVICES],
  },
  {
    at: 'vsmmu/streams#Streams',
    find: 'if (this.#tried(assigned, wanted) ||',
    put: "if (this.#tried(assigned, wanted) || former?.kind === 'bypass' ||",
    breaks: 'a stream whose STE the host refuses aborts, where it came from bypass too',
    tests: [STACK, IDEAS],
  },
  {
    at: 'vsmmu/iommufd-backend#Backend',
    find: "this.#readEvents(); // what is still under way is this device's",
    put: '',
    breaks: 'no event comes under the number of the next device',
    tests: [STACK, EVENTS],
  },
  {
    at: 'vsmmu/virtual-smmu#VirtualSmmu',
    find: `if (this.#streams.present.length > 0) return command.words;
      this.#streams.owe();`,
    put: 'if (this.#streams.present.length > 0) return command.words;',
    breaks: 'an invalidation with no device to do it for is owed',
    tests: [STACK, DEVICES],
  },
  {
    at: 'vsmmu/policy#streamPolicy',
    find: 'if (!registers.smmuen) {',
    put: 'if (!registers.smmuen || (registers.gbpa & (1 << 20)) !== 0) {',
    breaks: 'GBPA with SMMUEN = 1 changes no stream',
    tests: [STACK, IDEAS],
  },
  {
    at: 'vsmmu/command-queue#GuestCommandQueue',
    find: `if (!this.#flush(at)) return false;
    this.effects.perform(command);`,
    put: 'this.effects.perform(command);',
    breaks: 'CMD_SYNC completes after what was before it',
    tests: [STACK, IDEAS],
  },
  {
    at: 'iommu/guest-commands#convertGuestCommand',
    find: '(word0 & ~VMID) | placed(Command.TLBI_VMID, vmid), word1',
    put: 'word0 & ~VMID, word1',
    breaks: 'a guest’s TLBI has the VMID of its stage 2',
    tests: [STACK, 'iommufd/commands'],
  },
  {
    at: 'iommufd/device#BoundDevice',
    find: 'placed(EventRecord.StreamID, vdevice.virtId)',
    put: '(word0 & STREAM_ID)',
    breaks: 'the guest is told of a fault under the StreamID that it knows',
    tests: [STACK, 'iommufd/queues'],
  },
  {
    at: 'vsmmu/streams#Streams',
    find: 'for (const batch of fullInvalidation(translating)) this.backend.invalidate(batch);',
    put: 'this.backend.invalidate(fullInvalidation(translating).flat());',
    breaks: 'a device drops its translations after the SMMU has',
    tests: ['vsmmu/ats'],
  },
  {
    at: 'vsmmu/policy#steIllegal',
    find: 'fields.ATS === 1 && numberOf(ste, Ste.EATS) === Ste.EATS_SPLIT',
    put: 'false',
    breaks: 'split-stage ATS is ILLEGAL without stage 2',
    tests: ['vsmmu/ats'],
  },
  {
    at: 'iommu/domain#Domain',
    find: 'if (clear) this.invalidate({ unmapped: 0n, leaves, tables: [] });',
    put: '',
    breaks: 'no TLB holds a leaf as dirty that has become clean',
    tests: ['iommufd/dirty'],
  },
  {
    at: 'iommufd/ioas#Ioas',
    find: 'if (writes && pieces.some(({ writable }) => !writable))',
    put: 'if (false)',
    breaks: 'a copy is not writable where its source is not',
    tests: ['iommufd/ioas'],
  },
];
