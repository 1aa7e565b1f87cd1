import type { Command } from 'commander';
import { fromInput } from '../base/capture-error.js';
import { readSnapshot } from '../capture/directory.js';
import { explain } from '../explain/explain.js';
import { bringUp, deviceOptions } from '../replay/device.js';
import { outcome } from '../replay/tally.js';
import { Smmu } from '../device/smmu.js';
import type { Transaction } from '../device/transaction.js';
import { captureDirectory } from './bundled.js';
import { explanationText } from './explain-text.js';
import { parseStreamId, parseSubstreamId, parseWord } from './input.js';
import { toJson, type Output } from './output.js';

interface Options {
  readonly sid: number;
  readonly iova: bigint;
  readonly ssid?: number;
  readonly write?: boolean;
  readonly instruction?: boolean;
  readonly privileged?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

function transactionOf(options: Options): Transaction {
  return {
    streamId: options.sid,
    iova: options.iova,
    access: options.write === true ? 'write' : 'read',
    instruction: options.instruction === true,
    privileged: options.privileged === true,
    size: 1,
    ...(options.ssid === undefined ? {} : { substreamId: options.ssid }),
  };
}

async function deviceOf(directory: string): Promise<Smmu> {
  const snapshot = readSnapshot(captureDirectory(directory));
  const smmu = await fromInput(() => Smmu.create(deviceOptions(snapshot)));
  bringUp(smmu, snapshot);
  return smmu;
}

async function translate(output: Output, directory: string, options: Options): Promise<void> {
  const smmu = await deviceOf(directory);
  const transaction = transactionOf(options);
  const result = smmu.translate(transaction);
  smmu.dispose();
  if (options.json === true) {
    output.out(`${toJson({ transaction, translation: result })}\n`);
    return;
  }
  const { good, bad, dim } = output.paint;
  if (result.status !== 'ok') {
    output.out(`${bad(outcome(result))}\n`);
    return;
  }
  const { read, write, execute } = result.permissions;
  const permissions = `${read ? 'r' : '-'}${write ? 'w' : '-'}${execute ? 'x' : '-'}`;
  const { ste, cd, stage1, stage2 } = result.reads;
  const reads = dim(`memory reads: ${ste} STE, ${cd} CD, ${stage1} stage 1, ${stage2} stage 2`);
  output.out(
    `${good(outcome(result))}\npage of 0x${result.pageSize.toString(16)} bytes, ${permissions}\n${reads}\n`,
  );
}

async function explainIt(output: Output, directory: string, options: Options): Promise<void> {
  const smmu = await deviceOf(directory);
  const explanation = explain(smmu, transactionOf(options));
  smmu.dispose();
  const text =
    options.json === true
      ? toJson(explanation)
      : explanationText(explanation, output.paint, options.all === true);
  output.out(`${text}\n`);
}

function query(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<DIR>', 'a capture: a directory, or the name of a bundled one')
    .requiredOption('--sid <N>', 'StreamID', parseStreamId)
    .requiredOption('--iova <X>', 'input address', parseWord)
    .option('--ssid <N>', 'SubstreamID (PASID)', parseSubstreamId)
    .option('--write', 'a write; without it a read')
    .option('--instruction', 'an instruction read')
    .option('--privileged', 'a privileged access')
    .option('--json', 'one JSON document');
}

/** Adds `translate` and `explain`. */
export function addQueries(program: Command, output: Output): void {
  query(program, 'translate', 'translate one address with the final state of a capture')
    .addHelpText(
      'after',
      `
The registers and the memory of the snapshot are put into a device with empty caches, which then translates. Numbers are
hexadecimal with 0x, or decimal.

Examples:
  smmuv3 translate linux-s1-4k --sid 0x20 --iova 0xff200000
  smmuv3 translate linux-nested-4k --sid 0x30 --iova 0x10000000 --write --json`,
    )
    .action((directory: string, options: Options) => translate(output, directory, options));
  query(program, 'explain', 'the same, and say what happened at each step and why')
    .option('--all', 'show fields that are 0 as well')
    .addHelpText(
      'after',
      `
Each step says which address was read, the words found there field by field, what followed from them, and the section of
the specification (IHI 0070, the SMMUv3; DDI 0487, the translation tables). A fault ends with the reason in one sentence.

Examples:
  smmuv3 explain linux-s1-4k --sid 0x20 --iova 0xff200000
  smmuv3 explain linux-s2-4k --sid 0x19 --iova 0x100000000000 --write
  smmuv3 explain linux-nested-4k --sid 0x30 --iova 0x1001817c --write --all`,
    )
    .action((directory: string, options: Options) => explainIt(output, directory, options));
}
