/**
 * Who a task is: user, group and file mode mask. Whoever submits operations sets them between two
 * operations, as setfsuid(2), setfsgid(2) and umask(2) do; a task that was never set is the
 * superuser with mask 0.
 *
 * Left out: supplementary groups, capabilities one by one (user 0 has all, others none).
 */
import { IntColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

const SUPERUSER = 0;

export class Credentials {
  private readonly uids: IntColumn;
  private readonly gids: IntColumn;
  private readonly masks: IntColumn;

  constructor(space: StateSpace) {
    this.uids = new IntColumn(space, 'world.uids');
    this.gids = new IntColumn(space, 'world.gids');
    this.masks = new IntColumn(space, 'world.umasks');
  }

  /** Numbers below 2^31. */
  set(task: number, uid: number, gid: number): void {
    this.uids.set(task, uid);
    this.gids.set(task, gid);
  }

  /** Permissions that the task's new files and directories do not get, 0 … 0o777. */
  setUmask(task: number, mask: number): void {
    this.masks.set(task, mask);
  }

  uid(task: number): number {
    return this.uids.get(task);
  }

  gid(task: number): number {
    return this.gids.get(task);
  }

  umask(task: number): number {
    return this.masks.get(task);
  }

  isSuperuser(task: number): boolean {
    return this.uids.get(task) === SUPERUSER;
  }
}
