import { MASKS, type ConfigForm, type Kind } from './guest-stage-config.js';

export interface ConfigFieldsProps {
  readonly form: ConfigForm;
  readonly onChange: (form: ConfigForm) => void;
}

const KINDS: readonly (readonly [kind: Kind, name: string])[] = [
  ['smmu_s1', '2018: SMMUV3_S1_CFG'],
  ['pasidt', '2018: PASID_TABLE'],
  ['hwpt', 'iommufd: ARM_SMMUV3'],
];

/** The fields of the structure that is handed over, by their names. */
export function ConfigFields({ form, onChange }: ConfigFieldsProps) {
  const set = (change: Partial<ConfigForm>): void => onChange({ ...form, ...change });
  const flags = Number(form.flags);
  return (
    <>
      <fieldset class="segmented">
        <legend>Interface, and what is handed over</legend>
        {KINDS.map(([kind, name]) => (
          <label key={kind}>
            <input type="radio" name="kind" checked={form.kind === kind} onChange={() => set({ kind })} />
            <span class="mono">{name}</span>
          </label>
        ))}
      </fieldset>
      {form.kind === 'hwpt' && (
        <>
          <p class="small dim">
            Words 0 and 1 of the guest’s own STE: Config, S1Fmt, S1ContextPtr, S1CDMax; S1DSS and the
            attributes of its tables.
          </p>
          <div class="row">
            <Text label="ste[0]" size={18} value={form.ste0} onChange={(ste0) => set({ ste0 })} />
            <Text label="ste[1]" size={18} value={form.ste1} onChange={(ste1) => set({ ste1 })} />
          </div>
        </>
      )}
      {form.kind === 'smmu_s1' && (
        <>
          <fieldset class="masks">
            <legend>
              <code>smmu_s1.flags</code>
            </legend>
            {Object.entries(MASKS).map(([name, [mask, meaning]]) => (
              <label key={name} class="check">
                <input
                  type="checkbox"
                  checked={(flags & mask) !== 0}
                  onChange={(event) =>
                    set({ flags: String(event.currentTarget.checked ? flags | mask : flags & ~mask) })
                  }
                />
                <span>
                  <code>{name}</code> <span class="dim small">{meaning}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <div class="row">
            <Text
              label="smmu_s1.cdptr_dma"
              size={18}
              value={form.cdptr}
              onChange={(cdptr) => set({ cdptr })}
            />
            <Text
              label="smmu_s1.asid_bits"
              size={6}
              value={form.asidBits}
              onChange={(asidBits) => set({ asidBits })}
            />
          </div>
        </>
      )}
      {form.kind === 'pasidt' && (
        <div class="row">
          <Text
            label="pasidt.version"
            size={6}
            value={form.version}
            onChange={(version) => set({ version })}
          />
          <Text
            label="pasidt.base_ptr"
            size={18}
            value={form.basePtr}
            onChange={(basePtr) => set({ basePtr })}
          />
          <Text
            label="pasidt.pasid_bits"
            size={6}
            value={form.pasidBits}
            onChange={(pasidBits) => set({ pasidBits })}
          />
        </div>
      )}
    </>
  );
}

interface TextProps {
  readonly label: string;
  readonly size: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Text({ label, size, value, onChange }: TextProps) {
  return (
    <label>
      <span class="mono">{label}</span>
      <input
        class="mono"
        size={size}
        value={value}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
