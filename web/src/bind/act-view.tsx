/** What came of an act: the STE before and after, the commands, and what the device reaches now. */
import { commandName, decodeStructure, type DecodedField } from '../../../src/inspect/index.js';
import { hex, hex64 } from '../parts/numbers.js';
import type { Act, Probe } from './machine.js';

export function ActView({ act }: { readonly act: Act }) {
  const { title, refusal, before, after, commands, probes } = act;
  return (
    <>
      <div role="status">
        {refusal === undefined ? (
          <div class="verdict ok">
            <p class="conclusion">{title}</p>
          </div>
        ) : (
          <div class="verdict bad">
            <p class="conclusion">Refused, and nothing has changed</p>
            <p>{refusal}</p>
          </div>
        )}
      </div>
      <div class="act">
        <SteChange before={before} after={after} />
        <div class="side">
          <Commands commands={commands} />
          <Probes probes={probes} />
        </div>
      </div>
    </>
  );
}

interface SteChangeProps {
  readonly before: readonly bigint[];
  readonly after: readonly bigint[];
}

function SteChange({ before, after }: SteChangeProps) {
  const [old, now] = [before, after].map((words) => decodeStructure('ste', words).fields) as [
    readonly DecodedField[],
    readonly DecodedField[],
  ];
  const rows = now
    .map((field) => ({
      field,
      was: old.find(
        ({ name, dword, bits }) => name === field.name && dword === field.dword && bits === field.bits,
      ),
    }))
    .filter(({ field, was }) => field.value !== 0n || (was?.value ?? 0n) !== 0n || field.name === 'V');
  return (
    <section class="card ste-change" aria-labelledby="ste-title">
      <h2 id="ste-title">The STE</h2>
      <div class="table-scroll" role="group" aria-label="STE before and after" tabIndex={0}>
        <table class="compare">
          <caption class="visually-hidden">Words of the STE</caption>
          <thead>
            <tr>
              <th scope="col">Word</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {after.slice(0, 4).map((word, i) => (
              <tr key={i} class={word === before[i] ? '' : 'changed'}>
                <th scope="row">{i}</th>
                <td class="mono">{hex64(before[i] ?? 0n)}</td>
                <td class="mono">
                  {hex64(word)}
                  {word !== before[i] && <span class="visually-hidden"> (changed)</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <table class="compare by-field">
          <caption class="visually-hidden">Fields of the STE</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
              <th scope="col">Meaning</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ field, was }) => {
              const changed = was?.value !== field.value;
              return (
                <tr key={`${field.dword}${field.bits}`} class={changed ? 'changed' : ''}>
                  <th scope="row">
                    {field.name} <span class="mono dim">{`${field.dword}${field.bits}`}</span>
                  </th>
                  <td class="mono">{hex(was?.value ?? 0n)}</td>
                  <td class="mono">
                    {hex(field.value)}
                    {changed && <span class="visually-hidden"> (changed)</span>}
                  </td>
                  <td>{field.meaning}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="dim small">Words 4 to 7 stay 0. Fields that are 0 before and after are left out.</p>
    </section>
  );
}

function Commands({ commands }: Pick<Act, 'commands'>) {
  return (
    <section class="card" aria-labelledby="commands-title">
      <h2 id="commands-title">Commands issued</h2>
      {commands.length === 0 ? (
        <p class="dim">None.</p>
      ) : (
        <ol class="commands">
          {commands.map((words, i) => {
            const { fields, section } = decodeStructure('cmd', words);
            const told = fields.filter(({ name, value }) => name !== 'Opcode' && value !== 0n);
            return (
              <li key={i}>
                <b>{commandName(words)}</b> <span class="dim small">{section}</span>
                <p class="mono small dim">{words.map(hex).join(' ')}</p>
                {told.length > 0 && (
                  <p class="small">{told.map(({ name, value }) => `${name} ${hex(value)}`).join(', ')}</p>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

function Probes({ probes }: { readonly probes: readonly Probe[] }) {
  return (
    <section class="card" aria-labelledby="probes-title">
      <h2 id="probes-title">What the device reaches now</h2>
      <ul class="probes">
        {probes.map(({ what, address, ok, conclusion, why }) => (
          <li key={what} class={ok ? 'ok' : 'bad'}>
            <p>
              <span class="mono">{hex(address)}</span> <span class="dim">{what}</span>
            </p>
            <p class="conclusion">{conclusion}</p>
            {why !== undefined && <p class="small">{why}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
