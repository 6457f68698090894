/** Operations on names that workloads are made of: files made, removed, renamed and moved. */
import { OpenFlag } from '@daxsim/daxfs';
import type { Recording } from './recording.js';
import type { PathItem, RecordedCall } from './recorded-system.js';

type NameOperation = 'create' | 'remove' | 'rename' | 'moveName';

const MAKE = OpenFlag.ReadWrite | OpenFlag.Create;

/** Records them in two directories, of which the one that files are moved to is locked first. */
export function recordNames(on: Recording): { readonly [name in NameOperation]: PathItem[] } {
  for (const path of ['/to', '/from']) {
    on.run({ recipe: 'mkdir', registers: { path: on.pathId(path), mode: 0o755 } });
  }
  const make = (path: string): RecordedCall[] => {
    const call = on.openCall(path, MAKE);
    return [call, { recipe: 'close', registers: { handle: call.registers.handle ?? 0 } }];
  };
  const renamed = (from: string, to: string): RecordedCall => {
    return { recipe: 'rename', registers: { path: on.pathId(from), path2: on.pathId(to) } };
  };
  const create = on.many((i) => make(`/to/new${i}`));
  const rename = on.many((i) => [renamed(`/to/new${i}`, `/to/old${i}`)]);
  const remove = on.many((i) => {
    return [{ recipe: 'unlink', registers: { path: on.pathId(`/to/old${i}`) } }];
  });
  const moveName = on.each(
    (i) => make(`/from/${i}`),
    (i) => [renamed(`/from/${i}`, `/to/${i}`)],
  );
  return { create, rename, remove, moveName };
}
