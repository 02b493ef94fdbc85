/** What is going on in an upload just now, as far as this process knows. Nothing of it has to survive. */
export interface UploadActivity {
  users: number;
  /** parts that are being written at their places */
  inPlace: Set<number>;
  writes: Set<Promise<void>>;
  /** completed or aborted, or about to be: nothing may be written any more */
  isOver: boolean;
  /** the last of those who complete or abort */
  ending: Promise<unknown>;
}

/** Uploads that somebody is busy with, by id; forgotten when nobody is. */
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

  /** Who is stopped because the upload comes to its end is told so when the end is there to be seen. */
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

  /** Those who complete or abort go one after another; the later ones find what the first left. */
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

/** Stops writers before their next write, and waits for the writes that are under way. */
export async function stopWriters(activity: UploadActivity): Promise<void> {
  activity.isOver = true;
  await Promise.allSettled(activity.writes);
}
