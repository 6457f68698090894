/**
 * Checksums of what a client sends, where somebody wants them: they are made of a page when it goes
 * and compared when it has arrived (Linux 6.12 net/sunrpc/auth_gss, krb5i; fs/9p; BDI_CAP_STABLE).
 */
import { R } from '../../registers.js';
import { WorldFlag } from '../../world.js';
import type { Step } from '../files/answers.js';

/** Makes the checksum of the page that goes, or of its copy. */
export const sumPage: Step = {
  name: 'sumPage',
  outcomes: ['Ok'],
  touches: ['cachedBytes'],
  run(world, frame) {
    world.sums?.make(frame.get(R.slot));
    return 0;
  },
};

/** Compares: a page that changed on its way was not stable. */
export const compareSum: Step = {
  name: 'compareSum',
  outcomes: ['Ok'],
  touches: ['cachedBytes'],
  run(world, frame) {
    const isSame = world.sums?.take(frame.get(R.slot)) ?? true;
    if (!isSame) world.flags.add(WorldFlag.UnstablePages, 1);
    return 0;
  },
};
