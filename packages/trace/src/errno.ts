/** Error numbers by name, as on x86-64 Linux (include/uapi/asm-generic/errno*.h). */
const byName: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOVERFLOW: 75,
  ENOTSUP: 95,
  EOPNOTSUPP: 95,
  ESTALE: 116,
  EDQUOT: 122,
  ERESTARTSYS: 512,
  ERESTARTNOINTR: 513,
  ERESTARTNOHAND: 514,
  ERESTART_RESTARTBLOCK: 516,
};

/** Number used for an error name that the table does not know. */
export const unknownErrno = 4095;

const nameByNumber = new Map<number, string>();
for (const [name, number] of Object.entries(byName)) {
  if (!nameByNumber.has(number) || name === 'EOPNOTSUPP') nameByNumber.set(number, name);
}

/** `ENOENT` → 2; an unknown name is `unknownErrno`. */
export function errnoByName(name: string): number {
  return byName[name] ?? unknownErrno;
}

/** 2 → `ENOENT`; 0 → ``. */
export function errnoName(errno: number): string {
  if (errno === 0) return '';
  return nameByNumber.get(errno) ?? `E${errno}`;
}
