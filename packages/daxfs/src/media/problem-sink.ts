/** Told what does not hold on a media image: `inode 7`, and what is wrong there. */
export type ProblemSink = (where: string, what: string) => void;
