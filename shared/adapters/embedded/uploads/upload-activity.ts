/** Operations in progress on one upload in this process. Not persistent. */
export interface UploadActivity {
  users: number;
  /** parts being written at their offset */
  inPlace: Set<number>;
  writes: Set<Promise<void>>;
  /** completed or aborted, or about to be: no further writes */
  isOver: boolean;
  /** the last of the running complete and abort calls */
  ending: Promise<unknown>;
}

/** Active uploads by id; entries are removed when their last operation ends. */
export class UploadActivities {
  readonly #activities = new Map<string, UploadActivity>();

  async use<T>(id: string, work: (activity: UploadActivity) => Promise<T>): Promise<T> {
    const activity = this.#activities.get(id) ?? {
      users: 0,
      inPlace: new Set(),
      writes: new Set(),
      isOver: false,
      ending: Promise.resolve(),
    };
    this.#activities.set(id, activity);
    activity.users++;
    try {
      return await work(activity);
    } finally {
      activity.users--;
      if (activity.users === 0) this.#activities.delete(id);
    }
  }

  /**
   * A writer interrupted by complete or abort rejects only once that has finished, so its caller sees the final state.
   */
  write<T>(id: string, work: (activity: UploadActivity) => Promise<T>): Promise<T> {
    return this.use(id, async activity => {
      try {
        return await work(activity);
      } catch (error) {
        if (activity.isOver) await activity.ending;
        throw error;
      }
    });
  }

  /** Runs complete and abort calls one after another; later calls see the result of the first. */
  end<T>(id: string, end: (activity: UploadActivity) => Promise<T>): Promise<T> {
    return this.use(id, activity => {
      const ended = activity.ending.then(() => end(activity));
      activity.ending = ended.catch(() => {
        activity.isOver = false;
      });
      return ended;
    });
  }
}

/** Stops writers before their next write, and waits for running writes. */
export async function stopWriters(activity: UploadActivity): Promise<void> {
  activity.isOver = true;
  await Promise.allSettled(activity.writes);
}
