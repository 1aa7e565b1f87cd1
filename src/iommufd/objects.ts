/** Objects by number, and who uses them (Linux, iommufd_object). */
import { integer } from '../base/check.js';
import { IommuError } from '../base/errors.js';

/** What an id stands for. */
export abstract class FdObject {
  /** 0 until it is added to a table. */
  id = 0;
  /** Objects and files that hold it; while there are any it cannot be destroyed. */
  users = 0;

  /** The kernel's name for the kind. */
  abstract readonly kind: string;
  /** Lets go of what it holds. */
  abstract release(): void;
}

/** The objects of one open file of /dev/iommu. */
export class ObjectTable {
  readonly #objects = new Map<number, FdObject>();
  #next = 1;

  get all(): readonly FdObject[] {
    return [...this.#objects.values()];
  }

  add<T extends FdObject>(object: T): T {
    object.id = this.#next++;
    this.#objects.set(object.id, object);
    return object;
  }

  find(id: number): FdObject | undefined {
    return this.#objects.get(id);
  }

  /** @throws IommuError ENOENT when there is no such object of this class */
  get<T extends FdObject>(id: number, type: abstract new (...args: never[]) => T, name: string): T {
    const object = this.#objects.get(integer(id, name, 0, 0xffff_ffff));
    if (object instanceof type) return object;
    throw new IommuError(
      'ENOENT',
      object === undefined ? `${name} ${id} is no object` : `${name} ${id} is a ${object.kind}`,
    );
  }

  /** @throws IommuError ENOENT: no such object; EBUSY: something holds it */
  destroy(id: number): void {
    const object = this.#objects.get(integer(id, 'id', 0, 0xffff_ffff));
    if (object === undefined) throw new IommuError('ENOENT', `id ${id} is no object`);
    if (object.users > 0) {
      throw new IommuError('EBUSY', `${object.kind} ${id} is in use (${object.users} users)`);
    }
    object.release();
    this.#objects.delete(id);
  }

  /** Takes an object out that has released itself. */
  forget(object: FdObject): void {
    this.#objects.delete(object.id);
  }
}
