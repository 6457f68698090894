/** What happens inside rwsems, under the names of Linux' lock events. */
export interface RwsemEvents {
  rwsem_sleep_reader: number;
  rwsem_sleep_writer: number;
  rwsem_wake_reader: number;
  rwsem_wake_writer: number;
  rwsem_opt_lock: number;
  rwsem_opt_fail: number;
  rwsem_rlock: number;
  rwsem_rlock_fast: number;
  rwsem_rlock_fail: number;
  rwsem_rlock_handoff: number;
  rwsem_rlock_steal: number;
  rwsem_wlock: number;
  rwsem_wlock_fail: number;
  rwsem_wlock_handoff: number;
}

/** All counts zero. */
export function noRwsemEvents(): RwsemEvents {
  return {
    ...{ rwsem_sleep_reader: 0, rwsem_sleep_writer: 0, rwsem_wake_reader: 0, rwsem_wake_writer: 0 },
    ...{ rwsem_opt_lock: 0, rwsem_opt_fail: 0, rwsem_rlock: 0, rwsem_rlock_fast: 0 },
    ...{ rwsem_rlock_fail: 0, rwsem_rlock_handoff: 0, rwsem_rlock_steal: 0 },
    ...{ rwsem_wlock: 0, rwsem_wlock_fail: 0, rwsem_wlock_handoff: 0 },
  };
}
