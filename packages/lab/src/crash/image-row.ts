/**
 * The images that power loss may leave at a moment, one after the other, each recovered.
 *
 *     first ─▶ image, recovered ─▶ judge ─ next ─▶ image, recovered ─▶ judge ─ next ─▶ … false
 *
 * An image is built on the one before where recovery can go on from there; else it begins from
 * nothing. So it does when a line is asked for whose answer is not recovery's alone: what is looked
 * at of an image that differs in little is looked at in no certain order, and answers need one.
 */
import { EVERYTHING, Recovery, RepeatedRecovery, isRing } from '@daxsim/daxfs';
import { Survivors } from './survivors.js';
import type { Geometry, ImageDifference, RecoveryReport, ReplayRule } from '@daxsim/daxfs';
import type { PowerLossImage, UntimedMemory } from '@daxsim/pmem';

export class ImageRow {
  private readonly survivors: Survivors;
  private readonly whole: Recovery;
  private readonly repeated: RepeatedRecovery;
  /** Recovery of a defect begins from nothing each time. */
  private readonly isWhole: boolean;
  private goesOn = false;
  private recovered = 0;

  constructor(
    memory: UntimedMemory,
    private readonly image: PowerLossImage,
    private readonly geometry: Geometry,
    rule: ReplayRule,
  ) {
    this.survivors = new Survivors(memory, (line) => isRing(geometry, line));
    this.whole = new Recovery(image, 0, rule);
    this.repeated = new RepeatedRecovery(image);
    this.isWhole = rule === 'whole';
  }

  /** By what the image, recovered, may differ from the one before. */
  get difference(): ImageDifference {
    return this.goesOn ? this.repeated.difference : EVERYTHING;
  }

  /** The answers that made the image. */
  get path(): Survivors['path'] {
    return this.survivors.path;
  }

  /** The first image of a moment. */
  first(): RecoveryReport {
    this.survivors.restart();
    return this.fromNothing();
  }

  /** The only image that these answers make; what they do not say survived as `restart` has it. */
  only(keep: (line: number, units: number) => number): RecoveryReport {
    this.image.restart(keep);
    return this.recover();
  }

  /** The next image of the moment, or null when there is none. */
  next(): RecoveryReport | null {
    const { survivors, repeated, image } = this;
    if (!survivors.next()) return null;
    const { unchanged } = survivors;
    if (!this.isWhole || !repeated.canGoOn(unchanged)) return this.fromNothing();
    survivors.goOn();
    image.again(unchanged);
    this.goesOn = true;
    const report = repeated.run(unchanged);
    this.recovered = image.decisions;
    return report;
  }

  /**
   * To be called when an image was judged: whether that asked for lines in no certain order. The
   * image is recovered again then, from nothing, and has to be judged again.
   */
  isInDoubt(): boolean {
    const { image, geometry, recovered } = this;
    if (!this.goesOn) return false;
    let isOutside = false;
    for (let answer = recovered; answer < image.decisions; answer += 1) {
      isOutside ||= !isRing(geometry, image.askedLine(answer));
    }
    if (!isOutside) return false;
    this.survivors.beginAgain(recovered);
    this.fromNothing();
    return true;
  }

  private fromNothing(): RecoveryReport {
    this.image.restart(this.survivors.keep);
    return this.recover();
  }

  private recover(): RecoveryReport {
    this.goesOn = false;
    if (!this.isWhole) return this.whole.run();
    this.repeated.restart();
    return this.repeated.run();
  }
}
