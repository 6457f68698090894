/** What becomes of an access to a window's page that the host has nothing behind. */
export const HOST_FAULTS = ['hang', 'sigbus', 'eio'] as const;
export type HostFault = (typeof HOST_FAULTS)[number];
