/**
 * Invalidation on behalf of a guest in today's form: the guest's own 16-byte commands, of which the host replaces what only it
 * knows, VMID and StreamID (Linux, arm_vsmmu_cache_invalidate).
 */
import * as Command from '../../assembly/arch/command.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import { hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { maskOf, numberOf, placed, valueOf } from '../base/fields.js';
import type { Domain } from './domain.js';

/** The two words of a command as it stands in a Command queue. */
export type NativeCommand = readonly [bigint, bigint];

/** Commands between two CMD_SYNCs: a batch of the driver holds 64 with it. */
export const GUEST_COMMAND_BLOCK = 63;

/** How many of the commands were dealt with, as the kernel counts them, and what stopped it. */
export interface GuestCommandResult {
  readonly done: number;
  readonly error: IommuError | undefined;
}

const VMID = maskOf(Command.TLBI_VMID);
const STREAM_ID = maskOf(Command.StreamID);

/**
 * A guest's command as the host sends it.
 * @param sidOf the StreamID behind the guest's; undefined: the guest has no such device
 * @throws IommuError EIO: a command that is not a guest's to give, or a StreamID that it has not
 */
function convertGuestCommand(
  [word0, word1]: NativeCommand,
  vmid: number,
  sidOf: (streamId: number) => number | undefined,
): NativeCommand {
  const opcode = numberOf([word0], Command.OPCODE);
  switch (opcode) {
    case Opcode.TLBI_NSNH_ALL:
      return [BigInt(Opcode.TLBI_NH_ALL) | placed(Command.TLBI_VMID, vmid), 0n];
    case Opcode.TLBI_NH_ALL:
    case Opcode.TLBI_NH_ASID:
    case Opcode.TLBI_NH_VA:
    case Opcode.TLBI_NH_VAA:
      return [(word0 & ~VMID) | placed(Command.TLBI_VMID, vmid), word1];
    case Opcode.ATC_INV:
    case Opcode.CFGI_CD:
    case Opcode.CFGI_CD_ALL: {
      const virtual = Number(valueOf([word0], Command.StreamID));
      const streamId = sidOf(virtual);
      if (streamId === undefined)
        throw new IommuError('EIO', `no device of the guest has StreamID ${virtual}`);
      return [(word0 & ~STREAM_ID) | placed(Command.StreamID, streamId), word1];
    }
    default:
      throw new IommuError('EIO', `a guest may not send command ${hex(opcode)}`);
  }
}

/**
 * Sends commands in blocks of {@link GUEST_COMMAND_BLOCK}, each with a CMD_SYNC. The count that it gives is the kernel's and says too
 * much: of the block in which a command is refused, those before it count and have not been sent; when a block cannot be sent, all
 * of it but one. Whoever reads it must take a failure as if nothing had been done.
 */
export function issueGuestCommands(
  domain: Domain,
  commands: readonly NativeCommand[],
  sidOf: (streamId: number) => number | undefined,
): GuestCommandResult {
  const { queue } = domain.driver;
  let block: NativeCommand[] = [];
  for (const [i, command] of commands.entries()) {
    try {
      block.push(convertGuestCommand(command, domain.vmid, sidOf));
    } catch (error) {
      return { done: i, error: error as IommuError };
    }
    if (i + 1 < commands.length && block.length < GUEST_COMMAND_BLOCK) continue;
    try {
      for (const one of block) queue.add(wordsOf(one));
      queue.sync();
    } catch (error) {
      if (!(error instanceof IommuError)) throw error;
      return { done: i, error };
    }
    block = [];
  }
  return { done: commands.length, error: undefined };
}

function wordsOf([word0, word1]: NativeCommand): Uint32Array {
  return new Uint32Array(new BigUint64Array([word0, word1]).buffer);
}
