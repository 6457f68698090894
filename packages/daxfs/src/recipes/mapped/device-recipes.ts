/**
 * What a device does to pinned pages, and pinning for it without locks. The pages are those of a
 * DAX file or of the page cache, which differ in their steps alone.
 *
 *     pinFast         peek ─▶ take ── another now ─▶ slowly, with a fault if need be
 *     deviceWrite     past every fault and every lock
 *     releaseWritten  each page dirty, under the lock of what stands for it ─▶ let go
 */
import type { Recipe } from '@daxsim/sim';
import { checkPin, settlePin } from '../../steps/mapped/pinning.js';
import type { World } from '../../world.js';
import {
  again,
  branch,
  call,
  check,
  leave,
  nothing,
  operation,
  region,
  repeat,
  seq,
  service,
  step,
} from '../files/shapes.js';
import { pinPage } from './pin-page.js';
import type { Part } from '../files/shapes.js';
import type { Step } from '../../steps/files/answers.js';

/** The steps by which the two kinds of pages differ. */
export interface DeviceSteps {
  /** Takes the page at the cursor slowly, or says which fault it needs. */
  readonly pin: Step;
  /** Reads the translation at the cursor without any lock: `Found`, `Slow`, `End`. */
  readonly peek: Step;
  /** Takes the page that was read, if it is still there: `Pinned`, `Changed`. */
  readonly take: Step;
  /** Stores over all bytes of the pin. */
  readonly store: Part;
  /** Lets go of the pin. */
  readonly release: Step;
  /** Aims at the next page that was written to: `Found`, `End`. */
  readonly nextWritten: Step;
  /** Region under whose lock `mark` makes that page dirty. */
  readonly markedUnder: string;
  readonly mark: Step;
  /** About the marking, for `explain`. */
  readonly aboutMarking: string;
}

/** The recipes over pages of one kind. */
export function deviceRecipes(of: DeviceSteps): readonly Recipe<World>[] {
  const slowly = pinPage(of.pin);
  return [
    operation(
      'pinFast',
      'pin_user_pages_fast on bytes of a mapping, under the number `pin`.',
      check(checkPin),
      repeat(
        'pages',
        seq(
          branch(of.peek, {
            Found: branch(of.take, { Pinned: nothing(), Changed: slowly }),
            Slow: slowly,
            End: leave('pages'),
          }),
          again('pages'),
        ),
      ),
      check(settlePin),
    ),
    operation('deviceWrite', 'A device stores over all bytes of a pin.', of.store),
    operation(
      'releaseWritten',
      'unpin_user_pages_dirty_lock: the pages were written, and are let go.',
      call('tagWrittenPages', { give: ['pin'], take: [] }),
      step(of.release),
    ),
    service(
      'tagWrittenPages',
      of.aboutMarking,
      repeat(
        'pages',
        seq(
          branch(of.nextWritten, { Found: nothing(), End: leave('pages') }),
          region(of.markedUnder, step(of.mark)),
          again('pages'),
        ),
      ),
    ),
  ];
}
