/** Names of the signals that accesses end in. */
export const POISON = 'SIGBUS BUS_MCEERR_AR';
export const UNBACKED = 'SIGBUS BUS_ADRERR';
