/**
 * Reads that are decided within the request that made them.
 *
 * A source that waits for its load, and is promised to be alone up to the horizon, has to make all
 * decisions up to that of its read. If no other falls due before it, there is nothing to queue and
 * nothing to look for: the controller takes it at once (`Controller.readAtOnce`).
 */
import type { Controller } from './controller.js';
import type { FillBuffers } from './fill-buffers.js';

export class ReadsAtOnce {
  /** No other source asks before this time; 0 while decisions are made. */
  horizon = 0.5;
  /** When the last of these reads was decided. */
  decidedAt = 0.5;
  private controllers: readonly Controller[] = [];

  constructor(private readonly buffers: FillBuffers) {
    this.horizon = 0;
    this.decidedAt = 0;
  }

  /** Called once, with all controllers of the machine. */
  connect(controllers: readonly Controller[]): void {
    this.controllers = controllers;
  }

  /**
   * Decides a read that arrives at `controller.arriveAt` if it is next, and leaves when its data is
   * there in `controller.backAt`; else it is to be queued. `line` is as its channel counts.
   */
  serve(controller: Controller, source: number, line: number): boolean {
    if (this.horizon === 0) return false;
    this.boundBy(controller);
    if (!controller.readAtOnce(source, line)) return false;
    this.decidedAt = controller.decidedAt;
    return true;
  }

  /** Says before when no decision but the controller's own falls due. */
  private boundBy(controller: Controller): void {
    const { controllers, horizon } = this;
    const wakeAt = this.buffers.dueAt;
    controller.until = wakeAt < horizon ? wakeAt : horizon;
    if (controllers.length === 1) return;
    for (let i = 0; i < controllers.length; i += 1) {
      const other = controllers[i];
      if (other !== controller && other.dueAt < controller.until) controller.until = other.dueAt;
    }
  }
}
