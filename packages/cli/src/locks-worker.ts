/** A worker thread of `locks`: runs the cases that it is sent. */
import { LocksSweep, type LocksRecording, type LocksRequest } from '@daxsim/lab';
import { serveParts } from './shards.js';

serveParts((run) => {
  const { request, recording } = run as { request: LocksRequest; recording: LocksRecording };
  const sweep = new LocksSweep(request, recording);
  return (part) => sweep.run(part);
});
